package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/ociread"
)

// errDifferent says that the images differ, which the output tells.
var errDifferent = errors.New("the images differ")

// unreadError is one of reading or writing, and not of how the command was called.
type unreadError struct{ error }

func (e *unreadError) Unwrap() error { return e.error }

type options struct {
	output   string
	ignore   []string
	insecure bool
}

func newCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "oci-diff [flags] IMAGE IMAGE...",
		Short: "Say in what images differ and why their digests do",
		Long: `Compares each image with the first: its indexes, manifests, configurations and annotations by what they mean, and layers by
their digests. No layer is pulled. What says first why digests differ is followed by every difference.

An IMAGE is one of a registry, oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:TAG].

The exit code is 0 if there is no difference, 1 if there is, 2 for wrong usage, and 3 if an image cannot be read.`,
		Example: `  oci-diff example.com/app:1.0 example.com/app:1.1
  oci-diff --ignore created,annotation:* oci:build1 oci:build2`,
		Args:              cobra.MinimumNArgs(2),
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		RunE:              func(cmd *cobra.Command, refs []string) error { return o.run(cmd.Context(), cmd.OutOrStdout(), refs) },
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "text", "form of the output: text or json")
	cmd.Flags().StringSliceVar(&o.ignore, "ignore", nil, "differences that do not count: "+ocidiff.IgnoreHelp)
	cmd.Flags().BoolVar(&o.insecure, "insecure", false, "allow registries on other machines to speak plain HTTP")
	return cmd
}

func (o options) run(ctx context.Context, w io.Writer, refs []string) error {
	if o.output != "text" && o.output != "json" {
		return fmt.Errorf("--output is text or json, not %q", o.output)
	}
	ignore, err := ocidiff.ParseIgnore(o.ignore)
	if err != nil {
		return fmt.Errorf("--ignore: %w", err)
	}
	first, err := o.read(ctx, refs[0])
	if err != nil {
		return &unreadError{err}
	}
	result := ocidiff.Result{Version: ocidiff.Version}
	for _, ref := range refs[1:] {
		other, err := o.read(ctx, ref)
		if err != nil {
			return &unreadError{err}
		}
		result.Comparisons = append(result.Comparisons, ocidiff.Compare(first, other, ignore))
	}
	if err := o.write(w, result); err != nil {
		return &unreadError{fmt.Errorf("writing the result: %w", err)}
	}
	for _, r := range result.Comparisons {
		if !r.Equal {
			return errDifferent
		}
	}
	return nil
}

func (o options) read(ctx context.Context, ref string) (ocidiff.Image, error) {
	source, err := ociread.Open(ctx, ref, ociread.Options{Keychain: ociread.Keychain(), Insecure: o.insecure})
	if err != nil {
		return ocidiff.Image{}, err
	}
	defer source.Close()
	root, err := imagefacts.Collect(ctx, source)
	return ocidiff.Image{Reference: ref, Root: root}, err
}

func (o options) write(w io.Writer, result ocidiff.Result) error {
	if o.output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(result)
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
