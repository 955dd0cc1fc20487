package imagetool

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// SuggestFlag says of an unknown flag which one is meant.
func SuggestFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	help := diag.Suggest(unknown.GetSpecifiedName(), names)
	return &diag.Error{Msg: err.Error(), Help: strings.Replace(help, `"`, `"--`, 1)}
}

// Commands are the arguments of a command that does nothing but hold others: it takes none, and says which command is meant.
func Commands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &diag.Error{Msg: fmt.Sprintf("unknown command %q", args[0]), Help: nearCommand(cmd, args[0], "see "+cmd.CommandPath()+" --help")}
}

// nearCommand says which command is meant with a word, or else something other.
func nearCommand(cmd *cobra.Command, word, other string) string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := diag.Suggest(word, names); near != "" {
		return near
	}
	return other
}

// NoArguments are the arguments of a command that takes flags alone. other says what to do with them.
func NoArguments(other string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return &diag.Error{Msg: fmt.Sprintf("unexpected argument %q", args[0]), Help: nearCommand(cmd, args[0], other)}
	}
}

// Images are the arguments of a command that takes at least some images.
func Images(least int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least {
			return nil
		}
		e := &diag.Error{Msg: fmt.Sprintf("%d images are needed, and %d given", least, len(args)), Help: "see " + cmd.CommandPath() + " --help"}
		if len(args) > 0 {
			e.Help = nearCommand(cmd, args[0], e.Help)
		}
		return e
	}
}

// NotOneOf is the error for a value that is none of some.
func NotOneOf(value string, values []string) error {
	last := len(values) - 1
	return &diag.Error{Msg: fmt.Sprintf("it is %s or %s", strings.Join(values[:last], ", "), values[last]), Help: diag.Suggest(value, values)}
}
