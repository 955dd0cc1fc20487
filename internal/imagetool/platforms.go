package imagetool

import (
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// Platforms are those of an image that are looked at: a flag that takes a list of them. Without any, all are.
type Platforms struct {
	names   []string
	matches []platforms.Matcher
}

// AddFlag adds the flag.
func (p *Platforms) AddFlag(cmd *cobra.Command, name, usage string) {
	cmd.Flags().Var(p, name, usage)
	CompleteValues(cmd, name, knownPlatforms()...)
}

// String lists them.
func (p *Platforms) String() string { return strings.Join(p.names, ",") }

// Type names the value in the help.
func (p *Platforms) Type() string { return "PLATFORMS" }

// Set adds a list of platforms.
func (p *Platforms) Set(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		typed := name
		name = withOS(name)
		parsed, err := platforms.Parse(name)
		known := knownPlatforms()
		near := diag.Suggest(name, slices.Concat(known, architectures(known)))
		if err != nil || !strings.Contains(name, "/") || near != "" && !slices.Contains(known, platforms.FormatAll(platforms.Normalize(parsed))) {
			return &diag.Error{Msg: fmt.Sprintf("%q is neither a platform such as linux/arm64 or linux/arm/v7 nor an architecture such as arm64", typed), Help: near}
		}
		p.names, p.matches = append(p.names, name), append(p.matches, platforms.NewMatcher(parsed))
	}
	return nil
}

// withOS gives a platform that is written as an architecture, perhaps with a variant, as the one for Linux.
func withOS(name string) string {
	arch, _, _ := strings.Cut(name, "/")
	normal := platforms.Normalize(ocispec.Platform{OS: "linux", Architecture: arch}).Architecture
	if slices.Contains(architectures(knownPlatforms()), normal) {
		return "linux/" + name
	}
	return name
}

// architectures are those of platforms.
func architectures(platforms []string) []string {
	var all []string
	for _, p := range platforms {
		all = append(all, strings.Split(p, "/")[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Match tells whether a platform is looked at.
func (p *Platforms) Match(platform ocispec.Platform) bool {
	return len(p.matches) == 0 || slices.ContainsFunc(p.matches, func(m platforms.Matcher) bool { return m.Match(platform) })
}

// knownPlatforms are those that images are built for. There may be others.
func knownPlatforms() []string {
	known := []string{
		"linux/arm/v5", "linux/arm/v6", "linux/arm/v8", "linux/mips", "linux/mipsle", "linux/mips64", "linux/mips64le", "linux/ppc64", "windows/amd64", "windows/arm64",
	}
	for _, t := range target.All() {
		known = append(known, t.String())
	}
	slices.Sort(known)
	return slices.Compact(known)
}
