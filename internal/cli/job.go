package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/vcs"
)

// job is a build that has no mistakes as far as the client can see.
type job struct {
	options  Options
	opt      client.SolveOpt
	outputs  []output
	display  progressui.Display
	mode     progressui.DisplayMode
	warnings []string
	// folders are those that were made for outputs.
	folders []string
	// origins are the settings of Go that are the machine's and nobody's flags.
	origins map[string]goSetting
}

// inputs is what the solve needs from the machine besides the flags.
type inputs struct {
	context     fsutil.FS
	repository  *repository // nil if there is none
	sharedKey   string
	definition  definition
	args        map[string]string // build arguments that the machine implies
	lookupEnv   func(string) (string, bool)
	attachables []session.Attachable
}

// prepare looks at everything before a daemon is looked for. The error lists all mistakes as [diag.Error]s.
func prepare(ctx context.Context, env Env, o Options) (*job, error) {
	var mistakes diag.List
	j := &job{options: o}
	repository, problem := findRepository(o.Dir, GitUser(env.LookupEnv))
	args, origins, warnings := defaultArgs(ctx, env, o.BuildArgs, &mistakes)
	in := inputs{
		context:     openContext(o.Dir, &mistakes),
		repository:  repository,
		sharedKey:   sharedKey(env.Hostname, o.Dir),
		definition:  chooseDefinition(o.Dir, o.File, env.Stdin, &mistakes),
		args:        args,
		lookupEnv:   env.LookupEnv,
		attachables: attachables(o, env, &mistakes),
	}
	j.outputs = parseOutputs(o, env.Stdout, &mistakes)
	j.opt = solveOpt(o, in, j.outputs, &mistakes)
	j.origins = origins
	j.mode = progressMode(o, env.LookupEnv)
	if problem != "" {
		warnings = append(warnings, problem)
	}
	j.warnings = slices.Concat(warnings, unusedCredentials(o), outputWarnings(o, j.outputs))
	var err error
	if j.display, err = progressui.NewDisplay(env.Stderr, j.mode); err != nil {
		flagMistake(&mistakes, "progress", "%v", err)
	}
	return j, mistakes.Err()
}

// commit puts the archives in their places.
func (j *job) commit() error {
	for _, out := range j.outputs {
		if err := out.file.commit(); err != nil {
			return err
		}
	}
	return nil
}

// discard removes what commit has not put in its place.
func (j *job) discard() {
	for _, out := range j.outputs {
		out.file.discard()
	}
	for _, dir := range slices.Backward(j.folders) {
		_ = os.Remove(dir) // which leaves those that have something in them
	}
}

// makeFolders makes the folders that outputs go to and that are not there, as mkdir does: BuildKit's client library would make them for
// their owner alone, who need not be the one to run the programs.
func (j *job) makeFolders() error {
	for _, out := range j.outputs {
		var missing []string
		for dir := out.OutputDir; dir != ""; dir = filepath.Dir(dir) {
			if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
				break // what is wrong with it, those say that use it
			}
			missing = append(missing, dir)
		}
		for _, dir := range slices.Backward(missing) {
			if err := os.Mkdir(dir, 0o777); err != nil {
				return fmt.Errorf("making the folder of an output: %w", err)
			}
			j.folders = append(j.folders, dir)
		}
	}
	return nil
}

// solveOpt maps the flags to the request. It reads no more of the machine than what the values of --build-context name.
func solveOpt(o Options, in inputs, outputs []output, mistakes *diag.List) client.SolveOpt {
	locals := []string{dockerui.DefaultLocalNameContext, dockerui.DefaultLocalNameDockerfile, frontend.StepLocal, vcs.Local}
	named := parseContexts(o.BuildContexts, locals, mistakes)
	opt := client.SolveOpt{
		LocalMounts:   named.locals,
		OCIStores:     named.stores,
		SharedKey:     in.sharedKey,
		FrontendAttrs: frontendAttrs(o, in.args, in.lookupEnv, mistakes),
		// The client library hands the imports to the frontend too, as its option cache-imports.
		CacheImports: parseCacheFrom(o, mistakes),
		CacheExports: parseCacheTo(o, mistakes),
		Session:      in.attachables,
	}
	opt.FrontendAttrs["filename"] = in.definition.name
	for k, v := range named.attrs {
		opt.FrontendAttrs[k] = v
	}
	opt.LocalMounts[dockerui.DefaultLocalNameContext] = in.context
	opt.LocalMounts[dockerui.DefaultLocalNameDockerfile] = in.definition.files
	if in.repository != nil {
		opt.LocalMounts[vcs.Local] = in.repository.git
		in.repository.locate(in.definition)
		maps.Copy(opt.FrontendAttrs, in.repository.attrs)
	}
	index := hasIndex(opt.FrontendAttrs)
	annotations := parseAnnotations(o.Annotations, index, mistakes)
	for _, out := range outputs {
		if out.Type == client.ExporterDocker && strings.Contains(opt.FrontendAttrs["platform"], ",") {
			flagMistake(mistakes, "output", "type=docker holds an image of one platform").Help = "give one --platform, or use type=oci"
		}
		if out.isImage() {
			checkOutputAnnotations(out, index, mistakes)
			maps.Copy(out.Attrs, annotations)
		}
		opt.Exports = append(opt.Exports, out.ExportEntry)
	}
	return opt
}

// progressMode is the value of --progress; BUILDKIT_PROGRESS goes before the automatic choice.
func progressMode(o Options, lookup func(string) (string, bool)) progressui.DisplayMode {
	mode := progressui.DisplayMode(o.Progress)
	if mode != progressui.AutoMode && mode != progressui.DefaultMode {
		return mode
	}
	if o.Quiet {
		return progressui.QuietMode
	}
	if v, _ := lookup("BUILDKIT_PROGRESS"); v != "" {
		return progressui.DisplayMode(v)
	}
	return progressui.AutoMode
}

// outputWarnings names the flags that have no effect.
func outputWarnings(o Options, outputs []output) []string {
	if o.Plan != "" {
		return nil
	}
	var warnings []string
	images := false
	if name := path.Base(o.Target); slices.Contains(config.FileOutputs, name) && slices.ContainsFunc(outputs, output.isImage) {
		warnings = append(warnings, fmt.Sprintf("--target %s gives files, and what is made of them is no image that starts: they are for -o DIR", o.Target))
	}
	for _, out := range outputs {
		images = images || out.isImage()
	}
	switch {
	case len(outputs) == 0 && len(o.Outputs) == 0:
		warnings = append(warnings, "no --tag, --push or --output: the image is built and verified, and stays in the build cache only")
	case !images && len(o.Tags) > 0:
		warnings = append(warnings, "--tag has no effect: no --output is an image")
	}
	if !images && len(o.Annotations) > 0 {
		warnings = append(warnings, "--annotation has no effect: no --output is an image")
	}
	return append(warnings, unknownAttributes(outputs)...)
}
