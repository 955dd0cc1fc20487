package cli

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/target"
)

// staticELF writes the header of a static Linux program, which is all that is looked at.
func staticELF(t *testing.T, arch string) string { return writeELF(t, arch, elf.ELFOSABI_NONE) }

func writeELF(t *testing.T, arch string, abi elf.OSABI, progs ...elf.Prog64) string {
	t.Helper()
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Version: 1, Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: uint16(len(progs)), Shentsize: 64}
	copy(header.Ident[:], elf.ELFMAG)
	for64, err := target.Parse("linux/" + arch)
	if err != nil || for64.ELF().Class != elf.ELFCLASS64 || for64.ELF().Data != elf.ELFDATA2LSB {
		t.Fatalf("%s: %v, want a processor of 64 bits, the low byte first", arch, err)
	}
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION], header.Ident[elf.EI_OSABI] = byte(elf.EV_CURRENT), byte(abi)
	header.Machine = uint16(for64.ELF().Machine)
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	if err := binary.Write(&b, binary.LittleEndian, progs); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "modship")
	if err := os.WriteFile(path, b.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// carries makes the finder of a modship that carries programs for some architectures.
func carries(arches ...string) carried {
	return func(arch string) (*stepprogram.Program, error) {
		if slices.Contains(arches, arch) {
			return &stepprogram.Program{Arch: arch}, nil
		}
		return nil, fs.ErrNotExist
	}
}

func TestChooseStep(t *testing.T) {
	amd, riscv := staticELF(t, "amd64"), staticELF(t, "riscv64")
	dynamic := writeELF(t, "amd64", elf.ELFOSABI_NONE, elf.Prog64{Type: uint32(elf.PT_INTERP)})
	freebsd := writeELF(t, "amd64", elf.ELFOSABI_FREEBSD)
	script := writeFile(t, t.TempDir(), "modship", "#!/bin/sh\n")
	worker := func(os, arch, variant string) []*client.WorkerInfo {
		return []*client.WorkerInfo{{Platforms: []ocispecs.Platform{{OS: os, Architecture: arch, Variant: variant}, {OS: "linux", Architecture: "riscv64"}}}}
	}
	both := carries("amd64", "arm64")
	for _, tc := range []struct {
		name       string
		find       carried
		executable string
		workers    []*client.WorkerInfo
		want       string   // "carried ARCH", or the path of the running program
		mistake    []string // parts of the error
	}{
		{name: "the same architecture", find: both, executable: amd, workers: worker("linux", "amd64", ""), want: "carried amd64"},
		{name: "another architecture", find: both, executable: amd, workers: worker("linux", "arm64", "v8"), want: "carried arm64"},
		{name: "a client of another system", find: both, executable: script, workers: worker("linux", "arm64", ""), want: "carried arm64"},
		{name: "nothing known of the daemon", find: both, executable: amd, want: "carried amd64"},
		{name: "a daemon that only the program itself fits", find: both, executable: riscv, workers: worker("linux", "riscv64", ""), want: riscv},
		{name: "installed without make", find: carries(), executable: amd, workers: worker("linux", "amd64", ""), want: amd},
		{name: "only the first platform runs steps", find: carries(), executable: staticELF(t, "riscv64"), workers: worker("linux", "amd64", ""),
			mistake: []string{"linux/amd64", "make"}},
		{name: "installed without make, for another architecture", find: carries(), executable: amd, workers: worker("linux", "arm64", ""),
			mistake: []string{"BuildKit builds on linux/arm64", "or a modship for linux/arm64"}},
		{name: "installed without make, dynamic", find: carries(), executable: dynamic, workers: worker("linux", "amd64", ""),
			mistake: []string{"is dynamically linked", "built with make"}},
		{name: "installed without make, on FreeBSD", find: carries(), executable: freebsd, workers: worker("linux", "amd64", ""),
			mistake: []string{"linux/amd64"}},
		{name: "a daemon on another system", find: both, executable: amd, workers: worker("windows", "amd64", ""), mistake: []string{"windows/amd64", "on Linux"}},
		{name: "a program that cannot be read", find: func(string) (*stepprogram.Program, error) { return nil, io.ErrUnexpectedEOF }, executable: amd,
			mistake: []string{io.ErrUnexpectedEOF.Error()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := chooseStep(tc.find, tc.executable, tc.workers)
			if (err == nil) != (tc.mistake == nil) {
				t.Fatalf("error is %v", err)
			}
			for _, part := range tc.mistake {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			chosen := got[stepName].path
			if p := got[stepName].program; p != nil {
				chosen = "carried " + p.Arch
			}
			if chosen != tc.want {
				t.Errorf("got %q, want %q", chosen, tc.want)
			}
		})
	}
}

// The running test binary is a program of this machine: what the table says of it must be what Go says.
func TestELFArchOfSelf(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arch, _ := elfArch(self) // it may be linked dynamically
	if diff := cmp.Diff(goarch, arch); diff != "" {
		t.Error(diff)
	}
}
