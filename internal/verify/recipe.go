package verify

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/net/publicsuffix"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/imagename"
	"github.com/modship-build/modship/internal/safetext"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// Recipe is what a build is told to make an image again. Every value in it has been looked at, but for those of Labels, which are texts
// that go nowhere but into labels.
type Recipe struct {
	// Source is where the image says that its source is: an https URL, or "". It is not one to fetch from before [CheckFetch] says so.
	Source string `json:"source,omitempty"`
	// Revision is a full hash, Tag the tag that the version stands for, without the folder of a module before it; both may be "".
	Revision string `json:"revision,omitempty"`
	Tag      string `json:"tag,omitempty"`
	// Module is the path of the main module of the program, or "".
	Module string `json:"module,omitempty"`
	// Go is an exact version, such as "1.26.8", or "".
	Go string `json:"go,omitempty"`
	// Platforms are in their normal forms.
	Platforms []string `json:"platforms"`
	// Target, Context, Folder, Main, ModuleDir and File are as in [image.Recipe].
	Target    string `json:"target,omitempty"`
	Context   string `json:"context,omitempty"`
	Folder    string `json:"folder,omitempty"`
	Main      string `json:"main,omitempty"`
	ModuleDir string `json:"moduleDir,omitempty"`
	File      string `json:"file,omitempty"`
	// Args are the names of arguments whose values the image does not say.
	Args []string `json:"args,omitempty"`
	// Labels are those that the build was given, and so is Epoch, the time of the image in seconds since 1970.
	Labels map[string]string `json:"labels,omitempty"`
	Epoch  int64             `json:"epoch"`
	// Base is the base image with its tag, BaseDigest what it stood for.
	Base       string        `json:"base,omitempty"`
	BaseDigest digest.Digest `json:"baseDigest,omitempty"`
	// Builder is the builder image with its digest.
	Builder string `json:"builder,omitempty"`
	// Images are those of source, image.files and contexts, with tag and digest, Contexts the names of the contexts that the build was given.
	Images   []string `json:"images,omitempty"`
	Contexts []string `json:"contexts,omitempty"`
	// Index says that several platforms, or annotations, are in one index.
	Index bool `json:"index,omitempty"`
	// Compression is that of the layer with the program: "gzip", "zstd" or "uncompressed".
	Compression string `json:"compression"`
}

// form says what a value that an image gives may be.
type form struct {
	key   string
	valid func(string) bool
	set   func(*Recipe, string)
}

var revision = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// forms is the table of the values. One of another form is an error: it is not passed over, because then something else would be built.
func forms() []form {
	return []form{
		{ocispec.AnnotationSource, isRemote, func(r *Recipe, v string) { r.Source = v }},
		{ocispec.AnnotationRevision, revision.MatchString, func(r *Recipe, v string) { r.Revision = v }},
		{image.KeyTarget, isName, func(r *Recipe, v string) { r.Target = v }},
		{image.KeyContext, isPath, func(r *Recipe, v string) { r.Context = v }},
		{image.KeyFolder, isPath, func(r *Recipe, v string) { r.Folder = v }},
		{image.KeyModule, isPath, func(r *Recipe, v string) { r.ModuleDir = v }},
		{image.KeyMain, isPackage, func(r *Recipe, v string) { r.Main = v }},
		{image.KeyFile, isPath, func(r *Recipe, v string) { r.File = v }},
		{image.KeyArgs, listOf(argName.MatchString), func(r *Recipe, v string) { r.Args = strings.Split(v, ",") }},
		{image.KeyBuilder, isPinned, func(r *Recipe, v string) { r.Builder = v }},
		{image.KeyImages, listOf(isPinned), func(r *Recipe, v string) { r.Images = strings.Split(v, ",") }},
		{image.KeyContexts, listOf(isContext), func(r *Recipe, v string) { r.Contexts = strings.Split(v, ",") }},
		{ocispec.AnnotationBaseImageName, isTagged, func(r *Recipe, v string) { r.Base = v }},
		{ocispec.AnnotationBaseImageDigest, isDigest, func(r *Recipe, v string) { r.BaseDigest = digest.Digest(v) }},
	}
}

var (
	name     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	pathElem = regexp.MustCompile(`^[A-Za-z0-9_.@+-]+$`)
	argName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func isName(v string) bool { return name.MatchString(v) }

// isPath takes fewer names than there may be in a repository: a path becomes a part of a URL.
func isPath(v string) bool {
	return fs.ValidPath(v) && v != "." && !slices.ContainsFunc(strings.Split(v, "/"), func(elem string) bool {
		return !pathElem.MatchString(elem) || strings.HasPrefix(elem, "-")
	})
}

// isPackage takes the folder of a package as modship build writes it.
func isPackage(v string) bool {
	dir, ok := strings.CutPrefix(v, "./")
	return ok && isPath(dir)
}

func listOf(valid func(string) bool) func(string) bool {
	return func(v string) bool {
		return !slices.ContainsFunc(strings.Split(v, ","), func(elem string) bool { return !valid(elem) })
	}
}

// isContext takes a name in the form that BuildKit looks contexts up in.
func isContext(v string) bool {
	name, err := imagename.OfContext(v)
	return err == nil && name == v
}

func isDigest(v string) bool { return digest.Digest(v).Validate() == nil }

func isPinned(v string) bool {
	named, err := reference.ParseNamed(v)
	_, pinned := named.(reference.Canonical)
	return err == nil && pinned
}

func isTagged(v string) bool {
	_, err := reference.ParseNamed(v)
	return err == nil
}

func isRemote(v string) bool { return vcs.NormalizeRemote(v) != "" }

// Recipe gives what a build is told, for these platforms, or for all if there are none. The error names the value that cannot be taken.
func (img *Image) Recipe(only []string) (*Recipe, error) {
	chosen, err := img.choose(only)
	if err != nil {
		return nil, err
	}
	r := &Recipe{Labels: map[string]string{}, Index: len(img.Platforms) > 1 || img.annotated()}
	for _, p := range chosen {
		if _, err := target.Parse(p.Name); err != nil {
			return nil, fmt.Errorf("%s says that it is for %q: %w", img.Reference, p.Name, err)
		}
		r.Platforms = append(r.Platforms, p.Name)
	}
	first := chosen[0]
	for _, f := range forms() {
		value, ok := first.Said[f.key]
		if !ok || value == "" {
			continue
		}
		if !f.valid(value) {
			return nil, fmt.Errorf("%s: the annotation %s is %q, which is not what it can be", img.Reference, f.key, shorten(value))
		}
		f.set(r, value)
	}
	r.addVersions(first)
	r.addLabels(first)
	if created := first.Config.Created; created != nil {
		r.Epoch = max(0, created.Unix())
	}
	r.addCompression(first)
	return r, nil
}

// choose gives the images for some platforms.
func (img *Image) choose(only []string) ([]Platform, error) {
	if len(only) == 0 {
		return img.Platforms, nil
	}
	var chosen []Platform
	for _, name := range only {
		p := img.find(name)
		if p == nil {
			return nil, fmt.Errorf("%s has no image for %s", img.Reference, name)
		}
		chosen = append(chosen, *p)
	}
	return chosen, nil
}

// addVersions takes the Go version and the module from the program, because of what an image says that is what it cannot help saying.
func (r *Recipe) addVersions(p Platform) {
	for _, said := range []string{p.Module, p.Said[image.KeyGoModule]} {
		if r.Module == "" && module.CheckImportPath(said) == nil {
			r.Module = said
		}
	}
	for _, said := range []string{p.GoVersion, p.Said[image.KeyGoVersion]} {
		said, _, _ = strings.Cut(said, " ") // experiments
		if v, err := config.GoVersion(said); err == nil && r.Go == "" && said != "" {
			r.Go = v
		}
	}
	version, _, _ := strings.Cut(p.Said[ocispec.AnnotationVersion], "+")
	if semver.IsValid(version) && semver.Canonical(version) == version && !module.IsPseudoVersion(version) {
		r.Tag = version
	}
}

// addLabels takes the values of labels that the build was given from the labels.
func (r *Recipe) addLabels(p Platform) {
	for key := range strings.SplitSeq(p.Said[image.KeyLabels], ",") {
		if value, ok := p.Config.Config.Labels[key]; ok && config.CheckLabel(key, value) == nil {
			r.Labels[key] = value
		}
	}
}

// addCompression takes that of the layer on top. Media types are no choice: BuildKit makes no images with annotations and Docker's.
func (r *Recipe) addCompression(p Platform) {
	r.Compression = "gzip"
	if n := len(p.Node.Layers); n > 0 {
		switch media := p.Node.Layers[n-1].Descriptor.MediaType; {
		case strings.HasSuffix(media, "zstd"):
			r.Compression = "zstd"
		case !strings.HasSuffix(media, "gzip"):
			r.Compression = "uncompressed"
		}
	}
}

// annotated tells whether the root is an index that modship has made for more than one image.
func (img *Image) annotated() bool {
	var index ocispec.Index
	return img.Root.Config == nil && decode(img.Root.Raw, &index) == nil && len(index.Annotations) > 0
}

// CheckFetch says whether source, which nobody but the image has named, may be fetched: a repository of the public web, without a password.
// Where a name leads is for the network of the daemon to know; addresses that are no names are not fetched.
func CheckFetch(source string) error {
	u, err := url.Parse(source)
	switch {
	case err != nil || u.Scheme != "https" || vcs.NormalizeRemote(source) != strings.TrimSuffix(source, ".git"):
		return fmt.Errorf("the image says that its source is %q, which is not the https URL of a repository", shorten(source))
	case u.Port() != "" || !public(u.Hostname()):
		return fmt.Errorf("the image says that its source is at %q, which is not a host of the public web", u.Host)
	}
	return nil
}

// public tells whether a host is a name below a suffix of the public web that ICANN knows. Numbers in any form that a resolver reads as an
// address, and the names of networks of one's own such as .internal, are below none.
func public(host string) bool {
	if slices.Contains(strings.Split(host, "."), "") || strings.HasSuffix(host, ".arpa") {
		return false
	}
	for domain, below := host, true; below; _, domain, below = strings.Cut(domain, ".") {
		suffix, icann := publicsuffix.PublicSuffix(domain)
		if icann {
			return suffix != host
		}
		domain = suffix // of somebody who gives out names, itself below another suffix
	}
	return false
}

// URLs gives the addresses to fetch the source from repository, each better than the next: with the tag that gives the version, and without.
// BuildKit checks that a tag is the revision.
func (r *Recipe) URLs(repository string) []string {
	query := func(pairs ...string) string {
		var parts []string
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				parts = append(parts, pairs[i]+"="+url.QueryEscape(pairs[i+1]))
			}
		}
		return repository + "?" + strings.Join(parts, "&")
	}
	var urls []string
	if r.Tag != "" {
		if dir := path.Join(r.Context, r.ModuleDir); dir != "" {
			urls = append(urls, query("tag", dir+"/"+r.Tag, "checksum", r.Revision, "subdir", r.Context))
		}
		urls = append(urls, query("tag", r.Tag, "checksum", r.Revision, "subdir", r.Context))
	}
	return append(urls, query("ref", r.Revision, "subdir", r.Context))
}

// shorten bounds what is shown of a value.
func shorten(value string) string {
	if len(value) > 200 {
		return value[:200] + "…"
	}
	return value
}

func decode(text []byte, into any) error { return json.Unmarshal(text, into) }

// Words says in lines what is built.
func (r *Recipe) Words(from string) string {
	lines := []string{"building again " + strings.Join(r.Platforms, ", ") + " from " + safetext.Line(from)}
	for _, said := range []struct{ name, value string }{
		{"Go", r.Go}, {"target", r.Target}, {"folder", r.Context}, {"module", r.ModuleDir}, {"main package", r.Main},
		{"configuration", r.File}, {"tag", r.Tag},
		{"base image", strings.TrimSuffix(r.Base+"@"+r.BaseDigest.String(), "@")}, {"builder image", r.Builder},
		{"images", strings.Join(r.Images, ", ")}, {"contexts", strings.Join(r.Contexts, ", ")},
		{"labels", strings.Join(slices.Sorted(maps.Keys(r.Labels)), ", ")},
		{"arguments whose values the image does not say", strings.Join(r.Args, ", ")},
	} {
		if said.value != "" {
			lines = append(lines, "  "+said.name+": "+safetext.Line(said.value))
		}
	}
	return strings.Join(lines, "\n")
}
