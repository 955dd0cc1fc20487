package buildcmd

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"github.com/modship-build/modship/internal/diag"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// staticELF writes the header of a static Linux program, which is all that is looked at.
func staticELF(t *testing.T, arch string) string { return writeELF(t, arch, elf.ELFOSABI_NONE) }

func writeELF(t *testing.T, arch string, abi elf.OSABI, progs ...elf.Prog64) string {
	t.Helper()
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Version: 1, Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: uint16(len(progs)), Shentsize: 64}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION], header.Ident[elf.EI_OSABI] = byte(elf.EV_CURRENT), byte(abi)
	for machine, name := range elfArches {
		if name == arch {
			header.Machine = uint16(machine)
		}
	}
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

func TestChooseStep(t *testing.T) {
	amd, arm := staticELF(t, "amd64"), staticELF(t, "arm64")
	dynamic := writeELF(t, "amd64", elf.ELFOSABI_NONE, elf.Prog64{Type: uint32(elf.PT_INTERP)})
	freebsd := writeELF(t, "amd64", elf.ELFOSABI_FREEBSD)
	script := writeFile(t, t.TempDir(), "modship", "#!/bin/sh\n")
	for _, tc := range []struct {
		name, executable, variable string
		want                       step
		mistake                    string
	}{
		{name: "self", executable: amd, want: step{amd, "amd64"}},
		{name: "variable goes first", executable: amd, variable: arm, want: step{arm, "arm64"}},
		{name: "self of another system is looked at again when the daemon is known", executable: script, want: step{script, ""}},
		{name: "self of FreeBSD", executable: freebsd, want: step{freebsd, ""}},
		{name: "dynamic self", executable: dynamic, want: step{dynamic, "amd64"}, mistake: "CGO_ENABLED=0"},
		{name: "dynamic variable", executable: amd, variable: dynamic, want: step{dynamic, "amd64"}, mistake: "MODSHIP_STEP: " + dynamic + " is dynamically linked"},
		{name: "variable is no program", executable: amd, variable: script, want: step{script, ""}, mistake: "MODSHIP_STEP: " + script + " is no program for Linux"},
		{name: "variable is a directory", executable: amd, variable: "/", want: step{"/", ""}, mistake: "MODSHIP_STEP: / is not a file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			env := Env{Executable: tc.executable, LookupEnv: lookup(map[string]string{stepVariable: tc.variable})}
			got := chooseStep(env, &mistakes)
			if got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			text := strings.Join(messages(mistakes), "\n")
			if (tc.mistake == "") != (text == "") || !strings.Contains(text, tc.mistake) {
				t.Errorf("mistakes are %q, want %q", text, tc.mistake)
			}
		})
	}
}

func TestRunsOn(t *testing.T) {
	worker := func(os, arch, variant string) []*client.WorkerInfo {
		return []*client.WorkerInfo{{Platforms: []ocispecs.Platform{{OS: os, Architecture: arch, Variant: variant}, {OS: "linux", Architecture: "386"}}}}
	}
	for _, tc := range []struct {
		name    string
		arch    string
		workers []*client.WorkerInfo
		want    []string // parts of the error
	}{
		{name: "same", arch: "amd64", workers: worker("linux", "amd64", "")},
		{name: "variant", arch: "arm64", workers: worker("linux", "arm64", "v8")},
		{name: "nothing known", arch: "", workers: nil},
		{name: "other", arch: "amd64", workers: worker("linux", "arm64", ""), want: []string{"linux/arm64", "linux/amd64", "MODSHIP_STEP="}},
		{name: "only the first platform runs steps", arch: "386", workers: worker("linux", "amd64", ""), want: []string{"linux/amd64"}},
		{name: "no Linux program", arch: "", workers: worker("linux", "arm64", ""), want: []string{"no program for Linux", "a modship for linux/arm64"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := step{path: "modship", arch: tc.arch}.runsOn(tc.workers)
			if (err == nil) != (tc.want == nil) {
				t.Fatalf("error is %v", err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
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
