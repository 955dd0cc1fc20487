package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/policy"
)

// scanFlags are the flags of scan as they are written.
type scanFlags struct {
	images, osArch, only, levels []string
	failOn                       string
	output                       *imagetool.Format
	source                       imagetool.Source
}

func newScanCommand(now time.Time) *cobra.Command {
	f := scanFlags{output: imagetool.NewFormat("text", "json")}
	cmd := &cobra.Command{
		Use:   "scan [flags] --image IMAGE...",
		Short: "Say where images break rules",
		Long: `Reads images and says where they break a rule, for each of their platforms. The rules are those that the command explain lists.

` + imagetool.SourceHelp + "\n\n" + imagetool.ExitHelp("finding of the level of --fail-on"),
		Example: `  oci-lint-go scan --image example.com/app:1.0
  oci-lint-go scan --os-arch linux/arm64 --rule user=error,created=off --image oci:build oci-archive:app.tar`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.scan(append(slices.Clone(f.images), args...), now)
			if err != nil {
				return err
			}
			return s.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f.output.AddFlag(cmd)
	f.source.AddFlags(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.images, "image", nil, "`IMAGE` to look at; may be repeated, and further ones may follow")
	flags.StringSliceVar(&f.osArch, "os-arch", nil, "look at these platforms only, as `OS/ARCH[/VARIANT]`")
	flags.StringSliceVar(&f.only, "only", nil, "look at these `RULES` only")
	flags.StringSliceVar(&f.levels, "rule", nil, "set levels of rules, as `RULE=LEVEL`: error, warn, info or off")
	flags.StringVar(&f.failOn, "fail-on", string(policy.Warn), "the `LEVEL` from which on a finding makes the exit code 1")
	return cmd
}

// scan is what scan does, as its flags say.
type scan struct {
	images   []string
	keep     []platforms.Matcher
	settings policy.Settings
	failOn   policy.Level
	output   string
	source   imagetool.Source
}

func (f scanFlags) scan(images []string, now time.Time) (*scan, error) {
	s := &scan{images: images, output: f.output.String(), source: f.source, settings: policy.Settings{Only: f.only, Now: now}}
	if len(images) == 0 {
		return nil, errors.New("name an image with --image")
	}
	for _, id := range f.only {
		if _, err := policy.Find(id); err != nil {
			return nil, fmt.Errorf("--only: %w", err)
		}
	}
	for _, name := range f.osArch {
		p, err := platforms.Parse(name)
		if err != nil || !strings.Contains(name, "/") {
			return nil, fmt.Errorf("--os-arch: %q is not a platform such as linux/arm64", name)
		}
		s.keep = append(s.keep, platforms.NewMatcher(p))
	}
	var err error
	if s.settings.Levels, err = policy.ParseLevels(f.levels); err != nil {
		return nil, fmt.Errorf("--rule: %w", err)
	}
	if s.failOn, err = policy.ParseLevel(f.failOn); err != nil {
		return nil, fmt.Errorf("--fail-on: %w", err)
	}
	return s, nil
}

// run looks at all images, and writes what was found even if some could not be read.
func (s *scan) run(ctx context.Context, w io.Writer) error {
	result := Result{Version: Version, Images: []Scanned{}, Findings: []policy.Finding{}}
	var unread []error
	for _, ref := range s.images {
		unread = append(unread, s.image(ctx, ref, &result))
	}
	if err := ctx.Err(); err != nil {
		return imagetool.Unread(err)
	}
	err := s.write(w, &result)
	if err := errors.Join(append(unread, err)...); err != nil {
		return imagetool.Unread(err)
	}
	fails := func(f policy.Finding) bool { return s.failOn != policy.Off && f.Level.AtLeast(s.failOn) }
	if slices.ContainsFunc(result.Findings, fails) {
		return imagetool.ErrFindings
	}
	return nil
}

// image looks at an image for every platform that is wanted.
func (s *scan) image(ctx context.Context, ref string, result *Result) error {
	source, err := s.source.Open(ctx, ref)
	if err != nil {
		return err
	}
	defer source.Close()
	var unread []error
	before := len(result.Images)
	err = source.Images(ctx, s.listed, func(img *ociread.Image, err error) error {
		if err == nil && s.wants(img.Platform()) {
			err = s.platform(ctx, ref, img, result)
		}
		unread = append(unread, err)
		return ctx.Err()
	})
	if err := errors.Join(append(unread, err)...); err != nil {
		return err
	}
	if len(result.Images) == before {
		return fmt.Errorf("%s: no image for a platform that is asked for", ref)
	}
	return nil
}

// listed says whether an entry of an index is wanted; one that names no platform may be.
func (s *scan) listed(entry ocispec.Descriptor) bool {
	return entry.Platform == nil || entry.Platform.Architecture == "" || s.wants(*entry.Platform)
}

func (s *scan) wants(p ocispec.Platform) bool {
	return len(s.keep) == 0 || slices.ContainsFunc(s.keep, func(m platforms.Matcher) bool { return m.Match(p) })
}

func (s *scan) platform(ctx context.Context, ref string, img *ociread.Image, result *Result) error {
	contents, err := imagefacts.ReadContents(ctx, img)
	if err != nil {
		return err
	}
	name := platforms.FormatAll(img.Platform())
	result.Images = append(result.Images, Scanned{Image: ref, Digest: img.Manifest.Descriptor.Digest.String(), Platform: name})
	result.Findings = append(result.Findings, policy.Check(policy.Image{Reference: ref, Platform: name, Image: img, Contents: contents}, s.settings)...)
	return nil
}

func (s *scan) write(w io.Writer, result *Result) error {
	if s.output == "json" {
		return imagetool.WriteJSON(w, result)
	}
	return result.text(w)
}
