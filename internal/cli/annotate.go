package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/annotate"
	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
)

const annotateHelp = `Annotate prints what the image of the Go module in DIR (default ".") would say of itself: title, source, revision,
version, time, licenses and what the configuration adds, for builds that other tools make. It needs no BuildKit, no network
and no Go. The flags that "modship build" has too mean the same here.

Exit codes:
  0  the annotations have been printed
  1  a file or the repository could not be read
  2  a mistake in the flags, in the configuration or in the module; all that can be found at once are reported`

const annotateExamples = `  modship annotate
  mapfile -t args < <(modship annotate --format annotations --level index,manifest) && docker buildx build "${args[@]}" .
  modship annotate --format bake | docker buildx bake -f docker-bake.hcl -f -`

// newAnnotateCommand prints annotations for other builders.
func newAnnotateCommand(env Env) *cobra.Command {
	var (
		o        SourceOptions
		contexts ContextOptions
		out      annotate.Output
	)
	cmd := &cobra.Command{
		Use:     "annotate [DIR]",
		Short:   "Print the annotations of a Go module for other builders",
		Long:    annotateHelp,
		Example: annotateExamples,
		Args:    oneDir,
		RunE: func(_ *cobra.Command, args []string) error {
			o.Dir = append(args, ".")[0]
			return printAnnotations(env, o, contexts, out)
		},
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&out.Format, "format", annotate.FormatJSON, "`FORMAT` of the output: "+strings.Join(annotate.Formats(), ", "))
	f.StringSliceVar(&out.Levels, "level", nil, "`LEVEL`s that the annotations are for: "+strings.Join(annotate.Levels(), ", ")+"\n(default: buildx's own, manifest)")
	f.StringVar(&out.BakeTarget, "bake-target", "", "`NAME` of the target of bake (default: default)")
	o.addFlags(f)
	f.Lookup("platform").Usage = "`PLATFORM`s of the image; what is not the same for all is left out (default: linux on this machine's architecture)"
	contexts.addFlags(f)
	f.Lookup("build-context").Usage = "named context `NAME=DIR` of source in the configuration; what is no folder is not looked at"
	return cmd
}

// maxAnnotate is how long a module may be looked at. The command runs outside of any build step, on trees of anybody.
const maxAnnotate = 2 * time.Minute

// inTime gives what f gives, or an error after a while. It does not stop f: the process is to end.
func inTime[T any](limit time.Duration, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := f()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-time.After(limit):
		var none T
		return none, fmt.Errorf("the module has been looked at for %s, and no end is in sight", limit)
	}
}

// printAnnotations prints to standard output only what has no mistake.
func printAnnotations(env Env, o SourceOptions, contexts ContextOptions, out annotate.Output) error {
	var mistakes diag.List
	if wrong := loginIn(o.Dir); wrong != nil {
		return wrong
	}
	if _, remote := remoteOf(o.Dir); remote || strings.Contains(o.Dir, "://") {
		return &diag.Error{Msg: o.Dir + " is an address, and modship annotate looks at folders of this machine", Help: "name the folder of a clone of it"}
	}
	src, place := o.read(env, &mistakes)
	folders := contexts.folders(&mistakes)
	out.Check(&mistakes)
	if err := mistakes.Err(); err != nil {
		return err
	}
	if len(src.Platforms) == 0 {
		src.Platforms = []string{"linux/" + runtime.GOARCH}
	}
	if place.words != "" {
		fmt.Fprintln(env.Stderr, safetext.Line(place.words))
	}
	if src.Unread != "" {
		Warn(env.Stderr, src.Unread)
	}
	req := annotate.Request{Dir: place.context, Shown: shownContext(place.context), Folder: place.folder, Package: place.main, Name: src.Name, Config: src.Config, Ignore: src.Ignore, File: src.File, Git: gitUser(env.LookupEnv), Target: o.Target,
		Platforms: src.Platforms, Args: src.Args, Labels: src.Labels, Contexts: folders}
	found, err := inTime(maxAnnotate, func() (*annotate.Found, error) { return annotate.Read(req) })
	if found != nil {
		for _, w := range found.Warnings {
			Warn(env.Stderr, w)
		}
	}
	if err == nil {
		err = out.Write(env.Stdout, found)
	}
	if err != nil && len(diag.All(err)) == 0 {
		return failed(err) // anything else is a mistake of the user
	}
	return err
}

// source is what a command line says of the image to make of a local folder, for commands that build nothing and are to
// understand it as `modship build` does.
type source struct {
	// Name and Config are the configuration file, the empty one if there is none. Ignore is the ignore file of its own that it
	// has beside it, or nil.
	Name           string
	Config, Ignore []byte
	// File is the path of the configuration file, or "".
	File string
	// Platforms are in normal form, each once.
	Platforms []string
	// Unread is what is to be said of an ignore file without effect, or "".
	Unread string
	// Args are the build arguments, with SOURCE_DATE_EPOCH of the environment where they do not have it.
	Args, Labels map[string]string
}

// read reads the flags, and looks whether there is the folder. Of env it uses Stdin and LookupEnv.
func (o SourceOptions) read(env Env, mistakes *diag.List) (source, localPlace) {
	implied := map[string]string{}
	if value, _ := env.LookupEnv(buildarg.Workspace); value == noWork {
		implied[buildarg.Workspace] = value
	}
	p := locate(o.Dir, o.workspaceOff(implied, env.LookupEnv), noContexts)
	d := p.definition(o.File, env.Stdin, mistakes)
	p = p.configured(d.config(o.Target, o.args(nil, env.LookupEnv)))
	refuseIrregular(filepath.Join(p.context, dockerui.DefaultDockerignoreName), mistakes)
	openContext(p.context, mistakes)
	s := source{
		Name:      d.name,
		File:      d.files[d.name].path,
		Platforms: parsePlatforms(o.Platforms, mistakes),
		Args:      parseKeyValues("build-arg", o.BuildArgs, env.LookupEnv, mistakes),
		Labels:    parseKeyValues("label", o.Labels, emptyValue, mistakes),
		Unread:    p.unreadIgnore(d),
	}
	if len(*mistakes) > 0 {
		return s, p // a missing file has been reported
	}
	s.Config = d.read(d.name, mistakes)
	if ignore := d.name + dockerui.DefaultDockerignoreName; d.files[ignore].path != "" {
		s.Ignore = d.read(ignore, mistakes)
	}
	for _, name := range []string{buildarg.Epoch, buildarg.Workspace} {
		v, ok := env.LookupEnv(name)
		if _, given := s.Args[name]; ok && !given && (name != buildarg.Workspace || v == noWork) {
			s.Args[name] = v
		}
	}
	return s, p
}

// read reads a file of the definition, up to one byte more than a configuration may have.
func (d definition) read(name string, mistakes *diag.List) []byte {
	f, err := d.files.Open(name)
	if err != nil {
		flagMistake(mistakes, "file", "%v", err)
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		flagMistake(mistakes, "file", "reading %s: %v", name, err)
	}
	return data
}
