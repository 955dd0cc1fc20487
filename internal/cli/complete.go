package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/docker"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// progressModes are the values of --progress.
var progressModes = []string{string(progressui.AutoMode), string(progressui.PlainMode), string(progressui.TtyMode), string(progressui.QuietMode), string(progressui.RawJSONMode)}

// completions has for flags the values that shells complete. Those that end in "=" go on.
func completions() map[string]func(cmd *cobra.Command, args []string) []string {
	fixed := func(values ...string) func(*cobra.Command, []string) []string {
		return func(*cobra.Command, []string) []string { return values }
	}
	return map[string]func(*cobra.Command, []string) []string{
		"platform":        fixed(target.Spellings()...),
		"target":          completeTargets,
		"build-arg":       completeBuildArgs,
		"builder":         completeBuilders,
		"load":            fixed(loadDocker, loadKind),
		"progress":        fixed(progressModes...),
		"compression":     fixed(compressions...),
		"format":          fixed("text", "json"),
		"output":          fixed(outputForms()...),
		"attest":          fixed("type=sbom", "type=provenance"),
		"sbom":            fixed("true", "false"),
		"provenance":      fixed("true", "false", "mode=min", "mode=max"),
		"cache-from":      fixed(cacheForms(importTypes, "src=")...),
		"cache-to":        fixed(cacheForms(exportTypes, "dest=")...),
		"no-cache-filter": fixed(stageNames()...),
		"secret":          fixed("id="+request.IDCA+",src=", "id="+request.IDNetrc+",src=", "id="+request.IDKnown+",src="),
		"ssh":             fixed(request.IDSSH, request.IDSSH+"="),
	}
}

// completeFlags tells a shell the values of those flags of a command that have some, and folders for its argument.
func completeFlags(cmd *cobra.Command) {
	for name, values := range completions() {
		if cmd.Flags().Lookup(name) == nil {
			continue
		}
		list := slices.Contains([]string{"platform", "target", "no-cache-filter"}, name)
		complete := func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return complete(values(cmd, args), typed, list)
		}
		if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic(err) // the flag is there, and has no other
		}
	}
	for _, name := range []string{"tag", "label", "annotation", "build-context", "addr", "since"} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
		}
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
}

// complete gives the values that begin as what is typed; of a list with commas, its last element counts.
func complete(values []string, typed string, list bool) ([]string, cobra.ShellCompDirective) {
	before := ""
	if i := strings.LastIndexByte(typed, ','); list && i >= 0 {
		before = typed[:i+1]
	}
	directive := cobra.ShellCompDirectiveNoFileComp
	if list {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	var all []string
	for _, v := range values {
		if slices.Contains(strings.Split(before, ","), v) || !strings.HasPrefix(before+v, typed) {
			continue
		}
		if all = append(all, before+v); strings.HasSuffix(v, "=") {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	}
	return all, directive
}

// outputForms are values of --output as far as they are the same for all.
func outputForms() []string {
	var all []string
	for _, typ := range outputTypes {
		switch typ {
		case client.ExporterImage, "registry", "cacheonly":
			all = append(all, "type="+typ)
		default:
			all = append(all, "type="+typ+",dest=")
		}
	}
	return all
}

// cacheForms are values of flags of caches of these types; local is the key of a folder.
func cacheForms(types []string, local string) []string {
	var all []string
	for _, typ := range types {
		switch typ {
		case "registry":
			all = append(all, "type="+typ+",ref=")
		case "local":
			all = append(all, "type="+typ+","+local)
		default:
			all = append(all, "type="+typ)
		}
	}
	return all
}

// completeBuilders are the names that --builder takes.
func completeBuilders(*cobra.Command, []string) []string {
	names := []string{engine.Private}
	for _, b := range (docker.Settings{Getenv: os.Getenv}).All() {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func stageNames() []string {
	var all []string
	for _, s := range request.Stages() {
		all = append(all, string(s))
	}
	return all
}

// completeBuildArgs are the arguments that the configuration declares, and those that modship knows.
func completeBuildArgs(cmd *cobra.Command, args []string) []string {
	var all []string
	if f := completedFile(cmd, args); f != nil {
		for name := range f.Args() {
			all = append(all, name+"=")
		}
		slices.Sort(all)
	}
	for _, arg := range buildarg.All() {
		all = append(all, arg.Name+"=")
	}
	return all
}

// completeTargets are the targets of the configuration, or the main packages by their names, and the outputs.
func completeTargets(cmd *cobra.Command, args []string) []string {
	f := completedFile(cmd, args)
	if f == nil {
		return nil
	}
	names := f.Targets()
	if f.ByName() {
		names = mainPackages(completedPlace(args).module)
	}
	return slices.Concat(names, defaults.FileOutputs())
}

// completedPlace is what the command that is being typed is to build.
func completedPlace(args []string) localPlace {
	dir, _ := splitPattern(append(slices.Clone(args), ".")[0])
	return locate(dir, false, noneGiven)
}

// completedFile reads the configuration of the command that is being typed; nil if there is none to be read.
func completedFile(cmd *cobra.Command, args []string) *config.File {
	var mistakes diag.List
	file := ""
	if f := cmd.Flags().Lookup("file"); f != nil {
		file = f.Value.String()
	}
	if file == "-" {
		return nil
	}
	d := completedPlace(args).definition(file, nil, &mistakes)
	text, err := d.text()
	if err != nil || len(mistakes) > 0 {
		return nil
	}
	f, err := config.Parse(d.name, text)
	if err != nil {
		return nil
	}
	return f
}

// mainPackages are the names of those of the module in a folder, looked at where it is and without a build.
func mainPackages(dir string) []string {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil
	}
	defer root.Close()
	files := localfile.FS{FS: root.FS()}
	facts, err := gomod.Load(files)
	if err != nil {
		return nil
	}
	found, err := scan.Within(scan.Deadline, files, scan.Request{Table: facts.Table, Targets: []target.Target{{OS: "linux", Arch: "amd64"}}, GoVersion: facts.Language})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(found.Names(), func(name string) bool { return name == "" })
}
