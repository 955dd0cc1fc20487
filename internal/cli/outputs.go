package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/console"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// output is one export and the path that it is written to: empty for an image, "-" for standard output.
type output struct {
	client.ExportEntry
	dest string
	// file is what is written at dest; nil if that is no file.
	file *archive
	// load is the value of --load that this output is made for, and store the image store that it gets into; both may be "".
	load, store string
	// finish, if not nil, does what is left to do when the build has succeeded. kind and temporary are for it.
	finish    func(context.Context) error
	kind      *kind
	temporary string // a folder that is removed at the end
}

// outputTypes are the values of type= in --output. A registry is an image that is pushed; cacheonly makes nothing.
var outputTypes = []string{
	client.ExporterImage, "registry", client.ExporterOCI, client.ExporterDocker, client.ExporterTar, client.ExporterLocal,
	"cacheonly",
}

// OutputOptions are the flags that say what becomes of the result.
type OutputOptions struct {
	Tags         []string
	Push         bool
	Load         string // "", docker, kind, or kind:CLUSTER
	Outputs      []string
	Compression  string
	MetadataFile string
	ImageRefFile string
	Quiet        bool // print the name and digest alone
}

func (o *OutputOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.Tags, "tag", "t", nil, "`NAME` of the image")
	f.BoolVar(&o.Push, "push", false, "push the image to its registry")
	f.StringVar(&o.Load, "load", "", "load the image into Docker, or with `kind[:CLUSTER]` into a cluster of kind")
	f.Lookup("load").NoOptDefVal = loadDocker
	f.StringArrayVarP(&o.Outputs, "output", "o", nil, "`OUTPUT` of the build, type=image|registry|oci|docker|tar|local[,dest=PATH]; a path alone\n"+
		"is a directory, - a tar on standard output")
	f.StringVar(&o.Compression, "compression", "", "`METHOD` for layers of images: auto, gzip or zstd; auto is zstd for images on scratch")
	f.StringVar(&o.MetadataFile, "metadata-file", "", "write the digests and descriptors of the result to `FILE` as JSON")
	f.StringVar(&o.ImageRefFile, "image-ref-file", "", "`FILE` for NAME@DIGEST of the image, a line for each repository")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print NAME@DIGEST of the image only, or the digest of one without a name")
}

// parse reads the flags --output, --push and --tag. An [archive] replaces an older file when the build has
// succeeded; buildctl's own parser empties it at once.
func (o OutputOptions) parse(stdout io.Writer, mistakes *diag.List) []output {
	var outputs []output
	for _, v := range o.Outputs {
		out, err := parseOutput(v)
		if err == nil {
			err = out.resolve(stdout)
		}
		if err != nil {
			flagMistake(mistakes, "output", "%v", err).Help = outputHelp(v)
		}
		outputs = append(outputs, out)
	}
	outputs = append(outputs, o.parseLoad(mistakes)...)
	names := parseTags(o.Tags, mistakes)
	outputs = o.withImage(outputs, len(names) > 0)
	for _, out := range outputs {
		if len(names) > 0 && out.isImage() {
			out.Attrs["name"] = strings.Join(names, ",")
		}
		if out.pushes() && out.Attrs["name"] == "" {
			mistakes.Addf(diag.Range{}, "what is pushed needs a name").Help = "give it with --tag"
		}
	}
	o.checkStdout(outputs, mistakes)
	o.checkFiles(outputs, mistakes)
	if o.ImageRefFile != "" && !slices.ContainsFunc(outputs, func(out output) bool { return out.isImage() && out.Attrs["name"] != "" }) {
		flagMistake(mistakes, "image-ref-file", "no image of this build has a name").Help = "give it with --tag"
	}
	return slices.DeleteFunc(outputs, func(out output) bool { return out.Type == "cacheonly" })
}

// parseOutput reads one value of --output. A value that is no list of key=value is a directory, or a tar on standard output.
func parseOutput(v string) (output, error) {
	if v == "-" {
		return newOutput(client.ExporterTar, v), nil
	}
	if v != "" && !strings.HasPrefix(v, "type=") && !strings.ContainsAny(v, `,"`) {
		return newOutput(client.ExporterLocal, v), nil
	}
	pairs, err := parsePairs(v)
	if err != nil {
		return newOutput("", ""), fmt.Errorf("%s: %w", v, err)
	}
	out := newOutput(find(pairs, "type"), find(pairs, "dest"))
	for _, p := range pairs {
		if p.key != "type" && p.key != "dest" {
			out.Attrs[p.key] = p.value
		}
	}
	if out.Type == "registry" {
		out.Type = client.ExporterImage
		out.Attrs["push"] = "true"
	}
	if !slices.Contains(outputTypes, out.Type) {
		return out, fmt.Errorf("%s: unknown type %q", v, out.Type)
	}
	if key, meant, _ := checkAttributes(out); key != "" {
		return out, fmt.Errorf("%s: type=%s has no %s=; did you mean %s=?", v, out.Type, key, meant)
	}
	return out, nil
}

func newOutput(typ, dest string) output {
	return output{ExportEntry: client.ExportEntry{Type: typ, Attrs: map[string]string{}}, dest: dest}
}

// resolve turns the path of o into what the client library writes to.
func (o *output) resolve(stdout io.Writer) error {
	asTar, err := strconv.ParseBool(o.Attrs["tar"])
	asTar = asTar || err != nil
	switch {
	case o.Type == client.ExporterImage, o.Type == "cacheonly":
		if o.dest != "" {
			return fmt.Errorf("type=%s is not written to a file, so dest=%s has no meaning", o.Type, o.dest)
		}
	case o.Type == client.ExporterLocal, o.Type != client.ExporterTar && !asTar:
		o.OutputDir = o.dest
		return checkDir(o.dest)
	case o.dest == "", o.dest == "-":
		o.dest = "-"
		o.Output = func(map[string]string) (io.WriteCloser, error) { return nopCloser{stdout}, nil }
		return checkTerminal(stdout)
	default:
		o.file = &archive{dest: o.dest}
		o.Output = func(map[string]string) (io.WriteCloser, error) { return o.file.create() }
		return checkFile(o.dest)
	}
	return nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func checkTerminal(w io.Writer) error {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if _, err := console.ConsoleFromFile(f); err == nil {
		return errors.New("an archive is not written to a terminal: give dest=FILE, or send it elsewhere")
	}
	return nil
}

func checkDir(dest string) error {
	if dest == "" || dest == "-" {
		return errors.New("this type needs a directory: dest=DIR")
	}
	if fi, err := os.Stat(dest); err == nil && !fi.IsDir() {
		return fmt.Errorf("%s is not a directory", dest)
	}
	return nil
}

func checkFile(dest string) error {
	if fi, err := os.Stat(dest); err == nil && fi.IsDir() {
		return fmt.Errorf("%s is a directory", dest)
	}
	if fi, err := os.Stat(filepath.Dir(dest)); errors.Is(err, fs.ErrNotExist) || err == nil && !fi.IsDir() {
		return fmt.Errorf("there is no directory %s", filepath.Dir(dest))
	}
	return nil
}

// outputHelp suggests a type, or the key that other tools have under another name.
func outputHelp(v string) string {
	pairs, err := parsePairs(v)
	if err != nil {
		return ""
	}
	if meant := renamed(pairs); meant != "" {
		return "did you mean " + meant + "?"
	}
	typ := find(pairs, "type")
	if slices.Contains(outputTypes, typ) {
		return ""
	}
	if s := diag.Suggest(typ, outputTypes); s != "" {
		return s
	}
	return "want type=" + strings.Join(outputTypes, "|")
}

// renamed gives a value with the keys that are read here, or "" if it has them: other tools have output for dest, and type may be mistyped.
func renamed(pairs []pair) string {
	list := slices.Clone(pairs)
	for i, p := range pairs {
		switch {
		case p.key == "output":
			list[i].key = "dest"
		case find(pairs, "type") == "" && diag.Suggest(p.key, []string{"type"}) != "":
			list[i].key = "type"
		}
	}
	if slices.Equal(list, pairs) {
		return ""
	}
	return formatPairs(list)
}

// withImage adds the image that --push or --tag ask for, unless --output has one.
func (o OutputOptions) withImage(outputs []output, named bool) []output {
	i := slices.IndexFunc(outputs, func(out output) bool { return out.Type == client.ExporterImage })
	if i < 0 && (o.Push || named && len(o.Outputs) == 0 && o.Load == "") {
		i = len(outputs)
		outputs = append(outputs, newOutput(client.ExporterImage, ""))
	}
	if i >= 0 && o.Push {
		for _, out := range outputs[i:] {
			if out.Type == client.ExporterImage {
				out.Attrs["push"] = "true"
			}
		}
	}
	return outputs
}

// checkStdout sees to it that one thing at most is written to standard output.
func (o OutputOptions) checkStdout(outputs []output, mistakes *diag.List) {
	users := 0
	for _, out := range outputs {
		if out.dest == "-" {
			users++
		}
	}
	if o.Quiet {
		users++
	}
	if users > 1 {
		mistakes.Addf(diag.Range{}, "more than one output, or the digest of --quiet, is to go to standard output").
			Help = "give all but one a dest="
	}
}

// parseTags returns full image names. They have a tag but no digest, which is the result of a build and not its name.
func parseTags(tags []string, mistakes *diag.List) []string {
	var names []string
	for _, t := range tags {
		example, mistake := exampleName(t)
		if mistake != nil {
			*mistakes = append(*mistakes, mistake)
			continue
		}
		named, err := reference.ParseNormalizedNamed(example)
		if err != nil {
			flagMistake(mistakes, "tag", "%q: %v", t, err)
			continue
		}
		if _, ok := named.(reference.Digested); ok {
			flagMistake(mistakes, "tag", "%q: a name with a digest cannot be given to a new image", t)
			continue
		}
		if name := reference.TagNameOnly(named).String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// isImage tells whether the output has a name and annotations.
func (o output) isImage() bool {
	return o.Type == client.ExporterImage || o.Type == client.ExporterOCI || o.Type == client.ExporterDocker
}

func (o output) pushes() bool {
	push, _ := strconv.ParseBool(o.Attrs["push"])
	return push && o.Type == client.ExporterImage
}
