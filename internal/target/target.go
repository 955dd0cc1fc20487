// Package target knows the platforms that Modship builds for: one table that ties OCI's platform to Go's GOOS, GOARCH and level
// variable, and to the identity in the ELF header of an executable.
//
// A platform has exactly one [Target], and its [Target.String] is the normalised form that BuildKit's exporter uses as the
// platform's ID (github.com/containerd/platforms, FormatAll of Normalize). Images are for Linux alone; programs are also for the
// other systems of [Ports]. The architectures and their levels are those of `go tool dist list` and internal/buildcfg in Go 1.26, the variants those of image-spec v1.1.1, image-index.md
// "Platform Variants". Nothing here looks at the machine it runs on.
package target

import (
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/modship-build/modship/internal/diag"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Target is one platform to build for, in Go's terms. It is comparable; as JSON it is its OCI string.
type Target struct {
	// OS and Arch are GOOS and GOARCH.
	OS, Arch string
	// Level is the value of the architecture's level variable (GOARM "7", GOAMD64 "v3", GOARM64 "v9.0", …) that the normalised
	// OCI variant names. It is "" where there is no variant: linux/amd64, linux/arm64, linux/s390x. [Target.LevelVar] gives
	// the value that Go then uses.
	Level string
}

// Parse reads a platform of images such as "linux/arm/v7" in any spelling that containerd/platforms knows ("linux/aarch64"). Both the
// operating system and the architecture must be named: one alone would be completed from the machine it is read on.
//
// The error is a [*diag.Error] without a place; its help holds the nearest and all supported platforms.
func Parse(s string) (Target, error) {
	p, err := parsePlatform(s)
	if err != nil {
		return Target{}, err
	}
	return fromOCI(p, s)
}

func parsePlatform(s string) (ocispecs.Platform, error) {
	if !strings.Contains(s, "/") {
		return ocispecs.Platform{}, unsupported(s, "a platform is written os/architecture[/variant]")
	}
	p, err := platforms.Parse(s)
	if err != nil {
		return ocispecs.Platform{}, unsupported(s, "it is not of the form os/architecture[/variant]")
	}
	return p, nil
}

// FromOCI gives the target of an OCI platform of images. The error is as that of [Parse].
func FromOCI(p ocispecs.Platform) (Target, error) {
	return fromOCI(p, platforms.FormatAll(p))
}

// incomplete says why Normalize must not see a platform: it fills in an empty OS from the running machine.
const incomplete = "it lacks an operating system or an architecture"

// fromOCI is FromOCI with the platform as its user wrote it, for messages.
func fromOCI(p ocispecs.Platform, written string) (Target, error) {
	if p.OS == "" || p.Architecture == "" {
		return Target{}, unsupported(written, incomplete)
	}
	p = platforms.Normalize(p)
	if p.OS != Linux {
		return Target{}, unsupported(written, "images are made for linux only, not for "+p.OS)
	}
	if p.OSVersion != "" || len(p.OSFeatures) > 0 {
		return Target{}, unsupported(written, "a linux platform has no OS version or features here")
	}
	a, ok := archNamed(p.Architecture)
	if !ok || a.name == wasm.name {
		return Target{}, unsupported(written, fmt.Sprintf("Go has no linux port for %q", p.Architecture))
	}
	level, ok := a.level(p.Variant)
	if !ok {
		return Target{}, unsupported(written, fmt.Sprintf("Go has no level of %s for variant %q", a.name, p.Variant))
	}
	return Target{OS: p.OS, Arch: a.name, Level: level}, nil
}

// OCI gives the platform in the form to which platforms.Normalize brings it. A Target without an OS gives the zero Platform.
func (t Target) OCI() ocispecs.Platform {
	if t.OS == "" {
		return ocispecs.Platform{}
	}
	a, _ := archNamed(t.Arch)
	return platforms.Normalize(ocispecs.Platform{OS: t.OS, Architecture: t.Arch, Variant: a.variant(t.Level)})
}

// String gives the exporter's ID of the platform: "linux/amd64", "linux/arm/v7".
func (t Target) String() string {
	return platforms.FormatAll(t.OCI())
}

// MarshalText gives [Target.String], and nothing for the zero Target. A target that ParsePort would refuse is an error.
func (t Target) MarshalText() ([]byte, error) {
	if t == (Target{}) {
		return nil, nil
	}
	if _, err := PortFromOCI(t.OCI()); err != nil {
		return nil, err
	}
	return []byte(t.String()), nil
}

// UnmarshalText reads what [Target.MarshalText] writes.
func (t *Target) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Target{}
		return nil
	}
	parsed, err := ParsePort(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

func unsupported(written, why string) *diag.Error {
	help := "supported: " + strings.Join(supported(), ", ")
	if near := diag.Suggest(written, Spellings()); near != "" {
		help = near + " " + help
	}
	return &diag.Error{Msg: fmt.Sprintf("unsupported platform %q: %s", written, why), Help: help}
}

// All gives the supported targets without those of a raised or lowered level, sorted by [Target.String].
func All() []Target {
	var all []Target
	for _, a := range table {
		// The table holds no architecture that FromOCI refuses; a test compares with `go tool dist list`.
		if t, err := FromOCI(ocispecs.Platform{OS: Linux, Architecture: a.name}); err == nil {
			all = append(all, t)
		}
	}
	return all
}

// Dedupe drops targets that are one platform to the exporter, and keeps the first of each in place: of linux/arm64 and
// linux/arm64/v8 BuildKit would make one reference that the index lists twice.
func Dedupe(targets []Target) []Target {
	seen := make(map[string]bool, len(targets))
	return slices.DeleteFunc(slices.Clone(targets), func(t Target) bool {
		id := t.String()
		double := seen[id]
		seen[id] = true
		return double
	})
}
