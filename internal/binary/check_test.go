package binary_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

func TestCheck(t *testing.T) {
	built := func(id string, settings ...string) binary.Facts {
		f := binary.Facts{Format: target.FormatELF, ELF: parse(t, id).ELF(), Type: elf.ET_EXEC, Settings: map[string]string{}}
		if parse(t, id).Arch == "arm" {
			f.ARM.EABI = 5
		}
		for _, s := range settings {
			k, v, _ := strings.Cut(s, "=")
			f.Settings[k] = v
		}
		return f
	}
	with := func(f binary.Facts, change func(*binary.Facts)) binary.Facts {
		change(&f)
		return f
	}
	for _, test := range []struct {
		name  string
		facts binary.Facts
		want  string
		errs  string
	}{
		{"no settings", built("linux/amd64"), "linux/amd64", ""},
		{"no settings, level unknown", built("linux/amd64"), "linux/amd64/v3", ""},
		{"exact", built("linux/amd64", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v3"), "linux/amd64/v3", ""},
		{"other machine", built("linux/arm64"), "linux/amd64",
			"binary is linux/arm64 (ELF machine EM_AARCH64) but the image is for linux/amd64"},
		{"other machine, said once", built("linux/arm64", "GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0"), "linux/amd64",
			"binary is linux/arm64 (ELF machine EM_AARCH64) but the image is for linux/amd64"},
		{"other byte order", built("linux/mipsle"), "linux/mips",
			"binary is linux/mipsle (ELF machine EM_MIPS) but the image is for linux/mips"},
		{"x32", with(built("linux/amd64"), func(f *binary.Facts) { f.ELF.Class = elf.ELFCLASS32 }), "linux/amd64",
			"binary is an ELFCLASS32, ELFDATA2LSB file (ELF machine EM_X86_64) but the image is for linux/amd64"},
		{"settings contradict", built("linux/amd64", "GOOS=android", "GOARCH=386"), "linux/amd64",
			"binary was built with GOOS=android but the image is for linux/amd64\nbinary was built with GOARCH=386 but the image is for linux/amd64"},
		{"all at once", with(built("linux/arm64", "GOOS=freebsd", "GOARCH=arm64"), func(f *binary.Facts) { f.OSABI, f.Type = elf.ELFOSABI_FREEBSD, elf.ET_REL }), "linux/amd64",
			"binary is linux/arm64 (ELF machine EM_AARCH64) but the image is for linux/amd64\n" +
				"binary is for the operating system ELFOSABI_FREEBSD but the image is for linux/amd64\n" +
				"binary is of ELF type ET_REL, which linux/amd64 cannot execute\n" +
				"binary was built with GOOS=freebsd but the image is for linux/amd64"},
		{"PIE for GNU", with(built("linux/amd64"), func(f *binary.Facts) { f.OSABI, f.Type = elf.ELFOSABI_LINUX, elf.ET_DYN }), "linux/amd64", ""},
		{"level too high", built("linux/amd64", "GOARCH=amd64", "GOAMD64=v3"), "linux/amd64",
			"binary was built with GOAMD64=v3 but the image is for linux/amd64 (GOAMD64=v1)"},
		{"level absent", built("linux/amd64", "GOARCH=amd64"), "linux/amd64", ""},
		{"level absent, not the default", built("linux/amd64", "GOARCH=amd64"), "linux/amd64/v2",
			"binary was built with GOAMD64=v1 (Go's default) but the image is for linux/amd64/v2 (GOAMD64=v2)"},
		{"default as a variant", built("linux/ppc64le", "GOARCH=ppc64le", "GOPPC64=power8"), "linux/ppc64le/power8", ""},
		{"GOARM spelt out", built("linux/arm", "GOARCH=arm", "GOARM=7,hardfloat"), "linux/arm/v7", ""},
		{"GOARM softfloat", built("linux/arm", "GOARCH=arm", "GOARM=7,softfloat"), "linux/arm/v7",
			"binary was built with GOARM=7,softfloat but the image is for linux/arm/v7 (GOARM=7)"},
		{"GOARM64 implied feature", built("linux/arm64", "GOARCH=arm64", "GOARM64=v9.0,lse"), "linux/arm64/v9", ""},
		{"GOARM64 more than the platform has", built("linux/arm64", "GOARCH=arm64", "GOARM64=v8.0,lse"), "linux/arm64",
			"binary was built with GOARM64=v8.0,lse but the image is for linux/arm64 (GOARM64=v8.0)"},
		{"ARM old ABI", with(built("linux/arm"), func(f *binary.Facts) { f.ARM.EABI = 0 }), "linux/arm/v7",
			"binary has ARM EABI version 0 but linux/arm/v7 uses 5"},
		{"armhf C code for v6", with(built("linux/arm", "GOARCH=arm", "GOARM=6"), func(f *binary.Facts) { f.ARM.Version, f.ARM.Float = 7, binary.HardFloat }), "linux/arm/v6",
			"binary holds code for ARMv7 (Tag_CPU_arch) but the image is for linux/arm/v6"},
		{"armel C code for v7", with(built("linux/arm"), func(f *binary.Facts) { f.ARM.Version, f.ARM.Float = 5, binary.SoftFloat }), "linux/arm/v7", ""},
		{"hard float for v5", with(built("linux/arm"), func(f *binary.Facts) { f.ARM.Float = binary.HardFloat }), "linux/arm/v5",
			"binary has the hard-float ABI but the image is for linux/arm/v5, which has no floating-point unit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			if err := test.facts.Check(parse(t, test.want)); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.errs, got); diff != "" {
				t.Errorf("Check (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckUnsupportedTarget(t *testing.T) {
	for _, want := range []target.Target{{}, {OS: "linux", Arch: "sparc64"}, {OS: "linux", Arch: "arm", Level: "x"}} {
		f := binary.Facts{ELF: want.ELF(), Type: elf.ET_EXEC, ARM: binary.ARM{EABI: 5}}
		if f.Check(want) == nil {
			t.Errorf("Check(%+v) passes", want)
		}
	}
}

// FuzzRead checks that Read takes any file, and that a check never passes for a file whose header names another processor.
func FuzzRead(f *testing.F) {
	for _, tt := range target.All() {
		s := synthesize(f, tt.String())
		f.Add(s.bytes())
		s.typ, s.interp, s.needed = elf.ET_DYN, "/lib/ld.so", []string{"libc.so.6", "libm.so.6"}
		s.notes = append(s.note("GNU\x00", 3, "abc"), s.note("Go\x00\x00", 4, "id/id")...)
		s.goVersion, s.modinfo = "go1.26.8", "path\tx.test/m\nmod\tx.test/m\t(devel)\t\nbuild\tGOARCH="+tt.Arch+"\n"
		s.attributes = []byte(armhfAttributes)
		f.Add(s.bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		facts, err := binary.Read(bytes.NewReader(file))
		if facts == nil {
			if !errors.Is(err, binary.ErrNotELF) && !errors.Is(err, binary.ErrMalformed) {
				t.Fatalf("no facts and err = %v", err)
			}
			return
		}
		if err != nil && !errors.Is(err, binary.ErrNoBuildInfo) {
			t.Fatalf("facts and err = %v", err)
		}
		if (err == nil) != (facts.GoVersion != "") {
			t.Fatalf("GoVersion = %q and err = %v", facts.GoVersion, err)
		}
		for _, tt := range target.All() {
			if facts.Check(tt) == nil && !identifies(file, tt.ELF()) {
				t.Errorf("passes for %v with header % x", tt, file[:20])
			}
		}
	})
}

// identifies compares class, byte order and e_machine in the raw header.
func identifies(file []byte, want target.ELF) bool {
	machine := elf.Machine(file[18]) | elf.Machine(file[19])<<8
	if elf.Data(file[elf.EI_DATA]) == elf.ELFDATA2MSB {
		machine = elf.Machine(file[19]) | elf.Machine(file[18])<<8
	}
	return want == target.ELF{Class: elf.Class(file[elf.EI_CLASS]), Data: elf.Data(file[elf.EI_DATA]), Machine: machine}
}
