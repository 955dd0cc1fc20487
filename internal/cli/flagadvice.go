package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// elsewhere says what takes the place of flags of `docker buildx build` and `docker build` that there are not here.
var elsewhere = map[string]string{
	"add-host":      "the steps that download look hosts up as BuildKit does; the others have no network",
	"allow":         "no step needs an entitlement",
	"builder":       "--addr names the BuildKit, as in --addr docker-container://buildx_buildkit_NAME0 for a builder NAME of buildx",
	"call":          "modship plan prints what would be built",
	"cgroup-parent": "it is a setting of the BuildKit daemon",
	"check":         "modship plan finds the same mistakes and builds nothing",
	"debug":         "--progress plain shows everything that a step says",
	"iidfile":       "--metadata-file writes the digest to a file, and -q prints it",
	"load":          "-o type=docker,dest=FILE writes an archive for docker load",
	"network":       "only the steps that download have a network",
	"no-color":      "--progress plain has no colours",
	"print":         "modship plan prints what would be built",
	"pull":          "tags are looked up in the registry at every build",
	"shm-size":      "it is a setting of the BuildKit daemon",
	"squash":        "an image has few layers: each file is in one of them",
	"ulimit":        "it is a setting of the BuildKit daemon",
}

// SuggestFlag says of an unknown flag what to use in its place, or which flag is meant.
func SuggestFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	name := unknown.GetSpecifiedName()
	if help := elsewhere[name]; help != "" && cmd.Flags().Lookup("addr") != nil { // a command that builds
		return &diag.Error{Msg: err.Error(), Help: help}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	help := diag.Suggest(name, names)
	return &diag.Error{Msg: err.Error(), Help: strings.Replace(help, `"`, `"--`, 1)}
}
