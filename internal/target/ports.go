package target

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/modship-build/modship/internal/diag"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Linux is the only system that images are made for.
const Linux = "linux"

// Format is the form of executables of a system.
type Format string

// The formats of Go's linker.
const (
	FormatELF   Format = "ELF"
	FormatMachO Format = "Mach-O"
	FormatPE    Format = "PE"
	FormatWasm  Format = "WebAssembly"
	FormatXCOFF Format = "XCOFF"
	FormatPlan9 Format = "Plan 9"
)

// system is one that programs are made for, and no images.
type system struct {
	// name is GOOS, arches are GOARCH.
	name   string
	format Format
	// abi is what its ELF files are marked with.
	abi    elf.OSABI
	arches []string
}

// systems holds the ports of Go to other systems than Linux that Go links by itself, sorted by name. Those to ios and to other processors
// with android need a linker of C.
var systems = []system{
	{"aix", FormatXCOFF, elf.ELFOSABI_NONE, []string{"ppc64"}},
	{"android", FormatELF, elf.ELFOSABI_NONE, []string{"arm64"}},
	{"darwin", FormatMachO, elf.ELFOSABI_NONE, []string{"amd64", "arm64"}},
	{"dragonfly", FormatELF, elf.ELFOSABI_NONE, []string{"amd64"}},
	{"freebsd", FormatELF, elf.ELFOSABI_FREEBSD, []string{"386", "amd64", "arm", "arm64"}},
	{"illumos", FormatELF, elf.ELFOSABI_NONE, []string{"amd64"}},
	{"js", FormatWasm, elf.ELFOSABI_NONE, []string{"wasm"}},
	{"netbsd", FormatELF, elf.ELFOSABI_NETBSD, []string{"386", "amd64", "arm", "arm64"}},
	{"openbsd", FormatELF, elf.ELFOSABI_OPENBSD, []string{"386", "amd64", "arm", "arm64", "ppc64", "riscv64"}},
	{"plan9", FormatPlan9, elf.ELFOSABI_NONE, []string{"386", "amd64", "arm"}},
	{"solaris", FormatELF, elf.ELFOSABI_NONE, []string{"amd64"}},
	{"wasip1", FormatWasm, elf.ELFOSABI_NONE, []string{"wasm"}},
	{"windows", FormatPE, elf.ELFOSABI_NONE, []string{"386", "amd64", "arm64"}},
}

// wasm is the processor of no Linux.
var wasm = arch{name: "wasm"}

func systemNamed(name string) (system, bool) {
	i := slices.IndexFunc(systems, func(s system) bool { return s.name == name })
	if i < 0 {
		return system{}, false
	}
	return systems[i], true
}

// IsLinux tells whether there may be an image for t.
func (t Target) IsLinux() bool { return t.OS == Linux }

// Format is the form of its executables.
func (t Target) Format() Format {
	if s, ok := systemNamed(t.OS); ok {
		return s.format
	}
	return FormatELF
}

// Suffix is the end of the names of its executables.
func (t Target) Suffix() string {
	switch t.Format() {
	case FormatPE:
		return ".exe"
	case FormatWasm:
		return ".wasm"
	}
	return ""
}

// HasABI tells whether ELF files of t's system are marked with abi, by Go's linker or by others.
func (t Target) HasABI(abi elf.OSABI) bool {
	if t.IsLinux() {
		return abi == elf.ELFOSABI_NONE || abi == elf.ELFOSABI_LINUX
	}
	s, _ := systemNamed(t.OS)
	return abi == s.abi
}

// FileName is t as a part of the name of a file: "linux-arm-v7".
func (t Target) FileName() string { return strings.ReplaceAll(t.String(), "/", "-") }

// ParsePort is [Parse] for every port of Go that Go links by itself: also to systems that there are no images for.
func ParsePort(s string) (Target, error) {
	p, err := parsePlatform(s)
	if err != nil {
		return Target{}, err
	}
	return portFromOCI(p, s)
}

// PortFromOCI is [FromOCI] for every port, as [ParsePort].
func PortFromOCI(p ocispecs.Platform) (Target, error) { return portFromOCI(p, platforms.FormatAll(p)) }

func portFromOCI(p ocispecs.Platform, written string) (Target, error) {
	if p.OS == "" || p.Architecture == "" {
		return Target{}, unsupported(written, incomplete)
	}
	p = platforms.Normalize(p)
	s, ok := systemNamed(p.OS)
	switch {
	case p.OS == Linux:
		return fromOCI(p, written)
	case p.OSVersion != "" || len(p.OSFeatures) > 0:
		return Target{}, unsupported(written, "a platform has no OS version or features here")
	case !ok:
		return Target{}, unsupportedPort(written, fmt.Sprintf("Go has no port to %s that needs no C", p.OS))
	case !slices.Contains(s.arches, p.Architecture):
		return Target{}, unsupportedPort(written, fmt.Sprintf("Go has no port to %s for %q that needs no C", p.OS, p.Architecture))
	}
	a, _ := archNamed(p.Architecture) // a test looks for every one
	level, ok := a.level(p.Variant)
	if !ok {
		return Target{}, unsupportedPort(written, fmt.Sprintf("Go has no level of %s for variant %q", a.name, p.Variant))
	}
	return Target{OS: p.OS, Arch: a.name, Level: level}, nil
}

// Ports gives the targets that there are no images for, without those of a raised or lowered level, sorted by [Target.String].
func Ports() []Target {
	var all []Target
	for _, s := range systems {
		for _, a := range s.arches {
			all = append(all, Target{OS: s.name, Arch: a, Level: defaultLevel(s.name, a)})
		}
	}
	return all
}

// defaultLevel is that of a platform which is named without a variant: containerd/platforms fills in one.
func defaultLevel(os, arch string) string {
	a, _ := archNamed(arch)
	level, _ := a.level(platforms.Normalize(ocispecs.Platform{OS: os, Architecture: arch}).Variant)
	return level
}

func unsupportedPort(written, why string) *diag.Error {
	var list []string
	for _, t := range Ports() {
		list = append(list, t.OS+"/"+t.Arch)
	}
	help := "supported beside linux: " + strings.Join(list, ", ")
	if near := diag.Suggest(written, append(list, Spellings()...)); near != "" {
		help = near + " " + help
	}
	return &diag.Error{Msg: fmt.Sprintf("unsupported platform %q: %s", written, why), Help: help}
}
