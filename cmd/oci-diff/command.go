package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/cloudkeychain"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ocidiff"
)

type options struct {
	output   *imagetool.Format
	source   imagetool.Source
	ignore   []string
	metadata bool
	deep     bool
	readAll  bool

	referrers bool
	sarifPath imagetool.RepositoryFile
}

func newCommand() *cobra.Command {
	o := options{output: imagetool.NewFormat("text", "table", "json", "patch", "html", "sarif"), source: imagetool.Source{Clouds: cloudkeychain.New()}}
	cmd := &cobra.Command{
		Use:   "oci-diff [flags] IMAGE IMAGE...",
		Short: "Say in what images differ and why their digests do",
		Long: `Compares each image with the first: its indexes, manifests, configurations and annotations by what they mean, and layers by
the files in them. Layers that both have are not pulled, and with --metadata none is. What says first why digests differ is followed by
every difference.

The forms of the output are text; a table with a column for each image; json; a JSON patch (RFC 6902) between the documents of two
images, which ignores nothing; an HTML page; and sarif, for services that show findings of checks.

` + imagetool.SourceHelp + "\n\n" + imagetool.ExitHelp("difference"),
		Example: `  oci-diff example.com/app:1.0 example.com/app:1.1
  oci-diff --ignore created,annotation:* oci:build1 oci:build2`,
		Args:              imagetool.Images(2),
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		RunE:              func(cmd *cobra.Command, refs []string) error { return o.run(cmd.Context(), cmd.OutOrStdout(), refs) },
	}
	o.output.AddFlag(cmd)
	o.source.AddFlags(cmd)
	cmd.Flags().StringSliceVar(&o.ignore, "ignore", nil, "differences that do not count: "+ocidiff.IgnoreHelp)
	imagetool.CompleteValues(cmd, "ignore", ocidiff.IgnoreWords()...)
	cmd.Flags().BoolVar(&o.metadata, "metadata", false, "pull no layer: compare layers by their digests")
	cmd.Flags().BoolVar(&o.deep, "deep", false, "say how programs and texts differ: build information of Go, ELF headers, lines")
	cmd.Flags().BoolVar(&o.readAll, "read-all", false, "read also what the images have in common, which is not pulled otherwise, to find what is corrupt")
	cmd.Flags().BoolVar(&o.referrers, "referrers", false, "compare what refers to the images too: signatures, SBOMs")
	o.sarifPath.AddFlag(cmd)
	cmd.MarkFlagsMutuallyExclusive("metadata", "deep")
	cmd.MarkFlagsMutuallyExclusive("metadata", "read-all")
	return cmd
}

func (o options) run(ctx context.Context, w io.Writer, refs []string) error {
	ignore, err := ocidiff.ParseIgnore(o.ignore)
	if err != nil {
		return fmt.Errorf("--ignore: %w", err)
	}
	if o.output.String() == "patch" && len(refs) != 2 {
		return fmt.Errorf("--output patch takes two images, not %d", len(refs))
	}
	result, err := o.compare(ctx, refs, ocidiff.Options{Ignore: ignore, Deep: o.deep})
	if err != nil {
		return imagetool.Unread(err)
	}
	if err := o.write(w, result); err != nil {
		return imagetool.Unread(fmt.Errorf("writing the result: %w", err))
	}
	if slices.ContainsFunc(result.Comparisons, ocidiff.Report.Unread) {
		return imagetool.Unread(errors.New("not every document could be read"))
	}
	for _, r := range result.Comparisons {
		if !r.Equal {
			return imagetool.ErrFindings
		}
	}
	return nil
}

func (o options) write(w io.Writer, result result) error {
	switch o.output.String() {
	case "json":
		return imagetool.WriteJSON(w, result.Result)
	case "table":
		return result.Table(w)
	case "html":
		return result.HTML(w)
	case "sarif":
		return result.SARIF(o.sarifPath.String(), imagetool.Version()).Write(w)
	case "patch":
		return imagetool.WriteJSON(w, result.patch)
	}
	for i, r := range result.Comparisons {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := r.Text(w); err != nil {
			return err
		}
	}
	return nil
}
