package target_test

import (
	"debug/elf"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/target"
)

// needsLinker are the ports for which Go's linker asks another one.
func needsLinker(port string) bool {
	return strings.HasPrefix(port, "ios/") || strings.HasPrefix(port, "android/") && port != "android/arm64"
}

// TestPortsAreGoPorts holds the table against the list in the Go toolchain.
func TestPortsAreGoPorts(t *testing.T) {
	var want []string
	for _, port := range strings.Fields(goTool(t, nil, "tool", "dist", "list")) {
		if !strings.HasPrefix(port, "linux/") && !needsLinker(port) {
			want = append(want, port)
		}
	}
	var got []string
	for _, tt := range target.Ports() {
		got = append(got, tt.OS+"/"+tt.Arch)
		if again, err := target.ParsePort(tt.String()); err != nil || again != tt {
			t.Errorf("%v is read as %+v, %v", tt, again, err)
		}
		if tt.IsLinux() {
			t.Errorf("%v is Linux", tt)
		}
		var decoded target.Target
		text, err := json.Marshal(tt)
		if err == nil {
			err = json.Unmarshal(text, &decoded)
		}
		if err != nil || decoded != tt {
			t.Errorf("%v becomes %v in JSON, %v", tt, decoded, err)
		}
		if isELF := tt.ELF() != (target.ELF{}); isELF != (tt.Format() == target.FormatELF) {
			t.Errorf("%v has the format %s and the ELF identity %v", tt, tt.Format(), tt.ELF())
		}
	}
	if !slices.IsSorted(got) {
		t.Errorf("not sorted: %q", got)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ports of Go (-toolchain +table):\n%s", diff)
	}
}

func TestParsePort(t *testing.T) {
	for s, want := range map[string]target.Target{
		"linux/arm/v7":       {OS: "linux", Arch: "arm", Level: "7"},
		"darwin/arm64":       {OS: "darwin", Arch: "arm64"},
		"macos/aarch64":      {OS: "darwin", Arch: "arm64"},
		"windows/x86_64":     {OS: "windows", Arch: "amd64"},
		"windows/amd64/v3":   {OS: "windows", Arch: "amd64", Level: "v3"},
		"freebsd/arm/v6":     {OS: "freebsd", Arch: "arm", Level: "6"},
		"wasip1/wasm":        {OS: "wasip1", Arch: "wasm"},
		"openbsd/riscv64":    {OS: "openbsd", Arch: "riscv64"},
		"plan9/386":          {OS: "plan9", Arch: "386"},
		"android/arm64/v9":   {OS: "android", Arch: "arm64", Level: "v9.0"},
		"windows/arm64/v8":   {OS: "windows", Arch: "arm64"},
		"solaris/amd64":      {OS: "solaris", Arch: "amd64"},
		"netbsd/arm/v7":      {OS: "netbsd", Arch: "arm", Level: "7"},
		"dragonfly/amd64/v2": {OS: "dragonfly", Arch: "amd64", Level: "v2"},
		"illumos/amd64":      {OS: "illumos", Arch: "amd64"},
		"linux/riscv64":      {OS: "linux", Arch: "riscv64", Level: ""},
		"js/wasm":            {OS: "js", Arch: "wasm"},
		"aix/ppc64":          {OS: "aix", Arch: "ppc64"},
		"linux/amd64/v1":     {OS: "linux", Arch: "amd64"},
	} {
		if got, err := target.ParsePort(s); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", s, got, err, want)
		}
	}
	for s, says := range map[string]string{
		"windows/arm/v7":            `no port to windows for "arm"`,
		"windows":                   "written os/architecture",
		"ios/arm64":                 "no port to ios that needs no C",
		"android/amd64":             "that needs no C",
		"linux/wasm":                "Go has no linux port",
		"windows(10.0.17763)/amd64": "no OS version",
		"darwin/arm64/v9.9":         "no level of arm64",
		"wasip1/amd64":              "no port to wasip1",
		"windos/amd64":              `did you mean "windows/amd64"?`,
	} {
		if got, err := target.ParsePort(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s is %+v, %v; want an error with %q", s, got, err, says)
		}
	}
	if _, err := target.Parse("windows/amd64"); err == nil {
		t.Error("there are images for windows")
	}
}

func TestSuffixAndFormat(t *testing.T) {
	for s, want := range map[string][2]string{
		"linux/amd64": {"", "ELF"}, "windows/arm64": {".exe", "PE"}, "darwin/arm64": {"", "Mach-O"}, "wasip1/wasm": {".wasm", "WebAssembly"},
		"js/wasm": {".wasm", "WebAssembly"}, "freebsd/amd64": {"", "ELF"}, "aix/ppc64": {"", "XCOFF"}, "plan9/arm": {"", "Plan 9"},
	} {
		got, err := target.ParsePort(s)
		if err != nil || got.Suffix() != want[0] || string(got.Format()) != want[1] {
			t.Errorf("%s: %q, %q, %v", s, got.Suffix(), got.Format(), err)
		}
	}
	openbsd, err := target.ParsePort("openbsd/amd64")
	if want := (target.ELF{Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64}); err != nil || openbsd.ELF() != want {
		t.Errorf("openbsd/amd64: %v, %v", openbsd.ELF(), err)
	}
}

// TestFiles: how files of a platform are named, and what those of ELF are marked with.
func TestFiles(t *testing.T) {
	for s, want := range map[string]struct {
		name string
		abis []elf.OSABI
	}{
		"linux/arm/v7":  {"linux-arm-v7", []elf.OSABI{elf.ELFOSABI_NONE, elf.ELFOSABI_LINUX}},
		"freebsd/amd64": {"freebsd-amd64", []elf.OSABI{elf.ELFOSABI_FREEBSD}},
		"netbsd/arm64":  {"netbsd-arm64", []elf.OSABI{elf.ELFOSABI_NETBSD}},
		"openbsd/amd64": {"openbsd-amd64", []elf.OSABI{elf.ELFOSABI_OPENBSD}},
		"illumos/amd64": {"illumos-amd64", []elf.OSABI{elf.ELFOSABI_NONE}},
	} {
		got, err := target.ParsePort(s)
		if err != nil || got.FileName() != want.name {
			t.Errorf("%s: %q, %v", s, got.FileName(), err)
		}
		for abi := elf.OSABI(0); abi < 255; abi++ {
			if got.HasABI(abi) != slices.Contains(want.abis, abi) {
				t.Errorf("%s may have the ABI %v: %t", s, abi, got.HasABI(abi))
			}
		}
	}
}
