package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/cloudkeychain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
)

// scanFlags are the flags of scan as they are written.
type scanFlags struct {
	images, only, levels, policies []string
	osArch                         imagetool.Platforms
	failOn, cloud, exceptions      string
	sarifPath                      imagetool.RepositoryFile
	fix                            bool
	output                         *imagetool.Format
	source                         imagetool.Source
}

func newScanCommand(now time.Time) *cobra.Command {
	f := scanFlags{output: imagetool.NewFormat("text", "json", "sarif"), source: imagetool.Source{Clouds: cloudkeychain.New()}}
	cmd := &cobra.Command{
		Use:   "scan [flags] --image IMAGE...",
		Short: "Say where images break rules",
		Long: `Reads images and says where they break a rule, for each of their platforms. The rules are those that the command explain lists.

` + imagetool.SourceHelp + "\n\n" + imagetool.ExitHelp("finding of the level of --fail-on"),
		Example: `  oci-lint-go scan --image example.com/app:1.0
  oci-lint-go scan --platform cloudrun --fix --image example.com/app:1.0
  oci-lint-go scan --output sarif --sarif-path Dockerfile --image oci-archive:app.tar >results.sarif
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
	f.osArch.AddFlag(cmd, "os-arch", "look at these platforms only: `[OS/]ARCH[/VARIANT]`, as in linux/arm64, arm64 or arm/v7, and a list of them")
	flags.StringSliceVar(&f.only, "only", nil, "look at these `RULES` only")
	flags.StringSliceVar(&f.levels, "rule", nil, "set levels of rules, as `RULE=LEVEL`: error, warn, info or off")
	flags.StringVar(&f.cloud, "platform", rules.Clouds[0], "where the images are to run, a `CLOUD`: "+strings.Join(rules.Clouds, ", "))
	addPolicyFlag(cmd, &f.policies)
	flags.StringVar(&f.exceptions, "exceptions", "", "`FILE` of exceptions from rules, each with a reason and a last day")
	flags.BoolVar(&f.fix, "fix", false, "show lines of a Dockerfile and of modship.yaml that mend what is found")
	f.sarifPath.AddFlag(cmd)
	flags.StringVar(&f.failOn, "fail-on", string(policy.Warn), "the `LEVEL` from which on a finding makes the exit code 1; off is for none")
	imagetool.CompleteValues(cmd, "platform", rules.Clouds...)
	imagetool.CompleteValues(cmd, "fail-on", levelNames()...)
	imagetool.CompleteValues(cmd, "only", rules.For(rules.Images).IDs()...)
	imagetool.CompleteValues(cmd, "rule", ruleLevels()...)
	return cmd
}

func levelNames() []string {
	return []string{string(policy.Error), string(policy.Warn), string(policy.Info), string(policy.Off)}
}

// ruleLevels are the values of --rule.
func ruleLevels() []string {
	var all []string
	for _, id := range rules.For(rules.Images).IDs() {
		for _, level := range levelNames() {
			all = append(all, id+"="+level)
		}
	}
	return all
}

// scan is what scan does, as its flags say.
type scan struct {
	images   []string
	keep     imagetool.Platforms
	rules    policy.Table
	settings policy.Settings
	failOn   policy.Level
	output   string
	source   imagetool.Source
	// fix says that lines of configuration are shown, and sarifPath is where SARIF has findings.
	fix       bool
	sarifPath string
}

func (f scanFlags) scan(images []string, now time.Time) (*scan, error) {
	s := &scan{
		images: images, output: f.output.String(), source: f.source, fix: f.fix, sarifPath: f.sarifPath.String(),
		settings: policy.Settings{Only: f.only, Now: now, Cloud: f.cloud},
	}
	if len(images) == 0 {
		return nil, errors.New("name an image with --image")
	}
	if !slices.Contains(rules.Clouds, f.cloud) {
		help := cmp.Or(diag.Suggest(f.cloud, rules.Clouds), "--os-arch chooses among the platforms of an image")
		return nil, &diag.Error{Msg: fmt.Sprintf("--platform is one of %s, not %q", strings.Join(rules.Clouds, ", "), f.cloud), Help: help}
	}
	own, err := ownRules(f.policies)
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	s.rules = append(policy.Rules(), own...)
	if err := checkOnly(s.rules.Rows(), f.only, f.cloud); err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	s.keep = f.osArch
	if s.settings.Levels, err = s.rules.Rows().ParseLevels(f.levels); err != nil {
		return nil, fmt.Errorf("--rule: %w", err)
	}
	if s.failOn, err = rules.ParseLevel(f.failOn); err != nil {
		return nil, fmt.Errorf("--fail-on: %w", err)
	}
	if f.exceptions == "" {
		return s, nil
	}
	text, err := os.ReadFile(f.exceptions)
	if err != nil {
		return nil, fmt.Errorf("--exceptions: %w", err)
	}
	s.settings.Exceptions, err = s.rules.ParseExceptions(f.exceptions, text)
	return s, err
}

// checkOnly refuses rules that are not there, or that would not be looked at.
func checkOnly(table rules.Table, only []string, cloud string) error {
	for _, id := range only {
		rule, err := table.Find(id)
		if err != nil {
			return err
		}
		if len(rule.Clouds) > 0 && !slices.Contains(rule.Clouds, cloud) {
			return fmt.Errorf("the rule %q is looked at for --platform %s", id, strings.Join(rule.Clouds, ", "))
		}
	}
	return nil
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
	fails := func(f policy.Finding) bool {
		return s.failOn != policy.Off && f.Level.AtLeast(s.failOn) && f.Exception == nil
	}
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
	found, offered, err := s.documents(ctx, source)
	unread := []error{err}
	for _, img := range found {
		unread = append(unread, s.platform(ctx, offered, img, result))
	}
	if len(found) == 0 && err == nil {
		return fmt.Errorf("%s: no image for a platform that is asked for", ref)
	}
	return errors.Join(unread...)
}

// documents gives the images that are wanted, and the platforms of all.
func (s *scan) documents(ctx context.Context, source *ociread.Source) (found []*ociread.Image, offered []string, _ error) {
	var unread []error
	// An entry that names no platform may be wanted.
	listed := func(entry ocispec.Descriptor) bool {
		if entry.Platform == nil || entry.Platform.Architecture == "" {
			return true
		}
		offered = append(offered, platforms.FormatAll(*entry.Platform))
		return s.keep.Match(*entry.Platform)
	}
	err := source.Images(ctx, listed, func(img *ociread.Image, err error) error {
		if err != nil {
			unread = append(unread, err)
			return ctx.Err()
		}
		if name := platforms.FormatAll(img.Platform()); !slices.Contains(offered, name) {
			offered = append(offered, name)
		}
		if s.keep.Match(img.Platform()) {
			found = append(found, img)
		}
		return ctx.Err()
	})
	return found, offered, errors.Join(append(unread, err)...)
}

// platform judges an image for one platform.
func (s *scan) platform(ctx context.Context, offered []string, found *ociread.Image, result *Result) error {
	var contents *imagefacts.Contents
	if s.rules.ReadsFiles(s.settings) {
		var err error
		if contents, err = imagefacts.ReadContents(ctx, found); err != nil {
			return err
		}
	}
	img := policy.NewImage(found.Reference(), offered, found, contents)
	result.Images = append(result.Images, Scanned{Image: img.Reference, Digest: img.Manifest.Descriptor.Digest.String(), Platform: img.Platform})
	result.Findings = append(result.Findings, s.rules.Check(img, s.settings)...)
	return nil
}

func (s *scan) write(w io.Writer, result *Result) error {
	switch s.output {
	case "json":
		return imagetool.WriteJSON(w, result)
	case "sarif":
		return sarifRun(result, s.rules, s.sarifPath).Write(w)
	}
	return result.text(w, s.fix)
}
