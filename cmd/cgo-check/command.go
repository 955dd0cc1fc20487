package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/cloudkeychain"
	"github.com/modship-build/modship/internal/imagetool"
)

type options struct {
	images, files, binaries []string
	platforms               imagetool.Platforms
	all, strict             bool
	outputs                 outputs
	sarifPath               imagetool.RepositoryFile
	source                  imagetool.Source
}

func newCommand() *cobra.Command {
	o := &options{source: imagetool.Source{Clouds: cloudkeychain.New()}}
	cmd := &cobra.Command{
		Use:   "cgo-check {--image IMAGE | --file PATH}...",
		Short: "Say whether there is C in Go programs, and what that means for them",
		Long: `Looks at the programs of images, on all platforms, or at program files, and says whether there is C in them: by several witnesses, which
are shown, and "unknown" where these do not suffice. Nothing is run or unpacked to disk.

` + imagetool.SourceHelp + `

The exit code is 0 if all is well, 1 if a program does not start in its image or, with --strict, if there is a warning, 2 for wrong
usage, and 3 if something cannot be read.`,
		Example: `  cgo-check --image example.com/app:1.0
  cgo-check --image oci:build --binary /usr/bin/app --strict
  cgo-check --file bin/app --output json`,
		Args:              imagetool.NoArguments("name an image with --image, or a program with --file"),
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.images, "image", nil, "`IMAGE` to look at; may be repeated")
	flags.StringArrayVar(&o.files, "file", nil, "program at `PATH` on this machine to look at; may be repeated")
	flags.StringArrayVar(&o.binaries, "binary", nil, "program at `PATH` in the images; may be repeated (default: what the images start)")
	flags.BoolVar(&o.all, "all", false, "look at every executable of the images")
	flags.BoolVar(&o.strict, "strict", false, "exit with 1 also for warnings")
	o.platforms.AddFlag(cmd, "platform", "`PLATFORMS` of the images to look at, as in linux/amd64,linux/arm64 or amd64,arm64 (default: all)")
	flags.VarP(&o.outputs, "output", "o", "`OUTPUT`: text, json, sarif, spdx or cyclonedx, with =FILE or not, or a FILE whose name ends so; may be repeated (default: text)")
	imagetool.CompleteValues(cmd, "output", forms...)
	o.sarifPath.AddFlag(cmd)
	o.source.AddFlags(cmd)
	return cmd
}

func (o *options) run(ctx context.Context, w io.Writer) error {
	switch {
	case len(o.images)+len(o.files) == 0:
		return errors.New("nothing to look at: name an image with --image or a program with --file")
	case len(o.images) == 0 && (o.all || len(o.binaries) > 0):
		return errors.New("--binary and --all are for programs in images: name one with --image")
	case o.all && len(o.binaries) > 0:
		return errors.New("--binary and --all exclude each other")
	}
	report := &cgocheck.Report{Version: cgocheck.Version, Programs: []cgocheck.Program{}}
	for _, ref := range o.images {
		if err := o.image(ctx, ref, report); err != nil {
			return err
		}
	}
	for _, path := range o.files {
		report.Programs = append(report.Programs, readFile(path))
	}
	if err := o.outputs.write(w, report, o.sarifPath.String()); errors.Is(err, cgocheck.ErrSeveral) {
		return err
	} else if err != nil {
		return imagetool.Unread(fmt.Errorf("writing the report: %w", err))
	}
	switch {
	case report.Unread():
		return imagetool.Unread(errors.New("not every program could be read"))
	case report.Fails(o.strict):
		return imagetool.ErrFindings
	}
	return nil
}
