package binary_test

import (
	"bytes"
	"debug/elf"
	stdbinary "encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

// The .ARM.attributes of crt1.o in Debian's libc6-dev-armhf-cross and libc6-dev-armel-cross 2.36.
const (
	armhfAttributes = "A2\x00\x00\x00aeabi\x00\x01\x28\x00\x00\x00\x057-A\x00\x06\x0a\x07A\x08\x01\x09\x02\x0a\x04\x12" +
		"\x04\x13\x01\x14\x01\x15\x01\x17\x03\x18\x01\x19\x01\x1a\x02\x1c\x01\x22\x01"
	armelAttributes = "A\x2a\x00\x00\x00aeabi\x00\x01\x20\x00\x00\x00\x055TE\x00\x06\x04\x08\x01\x09\x01\x12\x04\x13\x01\x14" +
		"\x01\x15\x01\x17\x03\x18\x01\x19\x01\x1a\x02"
	eabi5 = 0x5000002 // what cmd/link writes
)

func synthesize(t testing.TB, id string) synthetic {
	t.Helper()
	tt := parse(t, id)
	s := synthetic{elf: tt.ELF(), typ: elf.ET_EXEC}
	if tt.Arch == "arm" {
		s.flags = eabi5
	}
	return s
}

func parse(t testing.TB, id string) target.Target {
	t.Helper()
	tt, err := target.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	return tt
}

// TestReadSynthetic reads every fact back in both widths and byte orders.
func TestReadSynthetic(t *testing.T) {
	for _, id := range []string{"linux/amd64", "linux/s390x", "linux/386", "linux/mips"} {
		t.Run(id, func(t *testing.T) {
			s := synthesize(t, id)
			s.osabi, s.typ, s.flags = elf.ELFOSABI_LINUX, elf.ET_DYN, 0x1234
			s.interp = "/lib/ld.so.1"
			s.needed = []string{"libresolv.so.2", "libc.so.6"}
			s.notes = append(s.note("GNU\x00", 3, "\x01\x02\x03"), s.note("Go\x00\x00", 4, "a/b/c/d-e")...)
			s.goVersion = "go1.26.8"
			s.modinfo = "path\texample.com/m/cmd/x\nmod\texample.com/m\tv1.2.3\th1:sum=\n" +
				"dep\texample.com/d\tv1.0.0\th1:d=\ndep\texample.com/e\tv1.0.0\n=>\texample.com/f\tv1.5.0\th1:f=\n" +
				"dep\texample.com/w\t(devel)\nbuild\t-tags=a,b\nbuild\tGOOS=linux\n"
			got, err := binary.Read(bytes.NewReader(s.bytes()))
			if err != nil {
				t.Fatal(err)
			}
			want := &binary.Facts{
				Format: target.FormatELF, ELF: s.elf, OSABI: elf.ELFOSABI_LINUX, Type: elf.ET_DYN, Flags: 0x1234,
				Interpreter: "/lib/ld.so.1", Needed: []string{"libresolv.so.2", "libc.so.6"},
				GoVersion: "go1.26.8", Path: "example.com/m/cmd/x", BuildID: "a/b/c/d-e",
				Module: binary.Module{Path: "example.com/m", Version: "v1.2.3", Sum: "h1:sum="},
				Deps: []binary.Module{
					{Path: "example.com/d", Version: "v1.0.0", Sum: "h1:d="},
					{Path: "example.com/e", Version: "v1.0.0", Replace: &binary.Module{Path: "example.com/f", Version: "v1.5.0", Sum: "h1:f="}},
					{Path: "example.com/w", Version: "(devel)"},
				},
				Settings: map[string]string{"-tags": "a,b", "GOOS": "linux"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadWithoutBuildInfo(t *testing.T) {
	got, err := binary.Read(bytes.NewReader(synthesize(t, "linux/riscv64").bytes()))
	if !errors.Is(err, binary.ErrNoBuildInfo) {
		t.Fatalf("err = %v, want ErrNoBuildInfo", err)
	}
	if got == nil || !got.Static || got.Check(parse(t, "linux/riscv64")) != nil {
		t.Errorf("facts beside the error = %+v", got)
	}
}

func TestReadARM(t *testing.T) {
	for _, test := range []struct {
		name       string
		flags      uint32
		attributes string
		want       binary.ARM
	}{
		{"go", eabi5, "", binary.ARM{EABI: 5}},
		{"armhf", eabi5, armhfAttributes, binary.ARM{EABI: 5, Float: binary.HardFloat, Version: 7}},
		{"armel", eabi5, armelAttributes, binary.ARM{EABI: 5, Float: binary.SoftFloat, Version: 5}},
		{"hard flag", eabi5 | 0x400, "", binary.ARM{EABI: 5, Float: binary.HardFloat}},
		{"soft flag", eabi5 | 0x200, "", binary.ARM{EABI: 5, Float: binary.SoftFloat}},
		{"old ABI", 2, "", binary.ARM{}},
		{"cut short", eabi5, armhfAttributes[:20], binary.ARM{EABI: 5}},
		{"other vendor", eabi5, "A\x0a\x00\x00\x00other\x00" + armhfAttributes[1:], binary.ARM{EABI: 5, Float: binary.HardFloat, Version: 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := synthesize(t, "linux/arm")
			s.flags, s.attributes = test.flags, []byte(test.attributes)
			got, err := binary.Read(bytes.NewReader(s.bytes()))
			if !errors.Is(err, binary.ErrNoBuildInfo) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.ARM); diff != "" {
				t.Errorf("ARM (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	amd64 := synthesize(t, "linux/amd64")
	le := stdbinary.LittleEndian
	patched := func(patch func(file []byte)) []byte {
		s := amd64
		s.interp, s.needed = "/lib/ld.so.1", []string{"libc.so.6"}
		file := s.bytes()
		patch(file)
		return file
	}
	// prog gives the program header of a type in a 64-bit file.
	prog := func(file []byte, typ elf.ProgType) []byte {
		for off := 64; ; off += 56 {
			if elf.ProgType(le.Uint32(file[off:])) == typ {
				return file[off : off+56]
			}
		}
	}
	for _, test := range []struct {
		name string
		file []byte
		want error
		text string
	}{
		{"empty", nil, binary.ErrNotELF, "EOF"},
		{"short", []byte("\x7fEL"), binary.ErrNotELF, ""},
		{"script", []byte("#!/bin/sh\nexec true\n"), binary.ErrNotELF, ""},
		{"header cut", amd64.bytes()[:40], binary.ErrMalformed, "ELF header"},
		{"class", patched(func(f []byte) { f[elf.EI_CLASS] = 9 }), binary.ErrMalformed, "class"},
		{"byte order", patched(func(f []byte) { f[elf.EI_DATA] = 9 }), binary.ErrMalformed, "data encoding"},
		{"many program headers", patched(func(f []byte) { le.PutUint16(f[56:], 0xffff) }), binary.ErrMalformed, "65535 program headers"},
		{"wide program headers", patched(func(f []byte) { le.PutUint16(f[54:], 0xffff) }), binary.ErrMalformed, "of 65535 bytes"},
		{"many sections", patched(func(f []byte) { le.PutUint16(f[60:], 0xfe00) }), binary.ErrMalformed, "65024 sections"},
		{"wide section headers", patched(func(f []byte) { le.PutUint16(f[58:], 0xffff) }), binary.ErrMalformed, "of 65535 bytes"},
		{"extended section number", patched(func(f []byte) { le.PutUint16(f[60:], 0) }), binary.ErrMalformed, "without a number"},
		{"section names elsewhere", patched(func(f []byte) { le.PutUint16(f[62:], 0xffff) }), binary.ErrMalformed, "section names in section"},
		{"section table beyond the end", patched(func(f []byte) { le.PutUint64(f[40:], 1<<40) }), binary.ErrMalformed, "section header"},
		{"section table at 2^63", patched(func(f []byte) { le.PutUint64(f[40:], 1<<63) }), binary.ErrMalformed, "section header"},
		{"long interpreter", patched(func(f []byte) { le.PutUint64(prog(f, elf.PT_INTERP)[32:], 5000) }), binary.ErrMalformed, "interpreter of 5000 bytes"},
		{"cut interpreter", patched(func(f []byte) { le.PutUint64(prog(f, elf.PT_INTERP)[32:], 4) }), binary.ErrMalformed, "is not a string"},
		{"interpreter elsewhere", patched(func(f []byte) { le.PutUint64(prog(f, elf.PT_INTERP)[8:], 1<<40) }), binary.ErrMalformed, "interpreter"},
		{"long dynamic table", patched(func(f []byte) { le.PutUint64(prog(f, elf.PT_DYNAMIC)[32:], 1<<40) }), binary.ErrMalformed, "dynamic table of"},
		{"strings not loaded", patched(func(f []byte) { le.PutUint64(prog(f, elf.PT_LOAD)[16:], 1<<40) }), binary.ErrMalformed, "no segment holds"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := binary.Read(bytes.NewReader(test.file))
			if !errors.Is(err, test.want) || got != nil {
				t.Fatalf("Read = %v, %v; want %v", got, err, test.want)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %q lacks %q", err, test.text)
			}
		})
	}
}

// TestReaderError checks that the error of the reader is not taken for a property of the file, wherever it comes.
func TestReaderError(t *testing.T) {
	s := synthesize(t, "linux/amd64")
	s.interp, s.needed = "/lib/ld.so.1", []string{"libc.so.6"}
	s.notes, s.goVersion = s.note("Go\x00\x00", 4, "id"), "go1.26"
	file := s.bytes()
	reads := 0
	if _, err := binary.Read(&failing{r: bytes.NewReader(file), fail: -1, reads: &reads}); err != nil {
		t.Fatal(err)
	}
	for i := range reads {
		n := 0
		got, err := binary.Read(&failing{r: bytes.NewReader(file), fail: i, reads: &n})
		if got != nil || !errors.Is(err, errBroken) {
			t.Errorf("read %d of %d fails: Read = %v, %v", i, reads, got, err)
		}
		if errors.Is(err, binary.ErrNotELF) || errors.Is(err, binary.ErrMalformed) || errors.Is(err, binary.ErrNoBuildInfo) {
			t.Errorf("read %d of %d fails: error blames the file: %v", i, reads, err)
		}
	}
}

var errBroken = errors.New("connection lost")

// failing fails one read.
type failing struct {
	r     io.ReaderAt
	fail  int
	reads *int
}

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	*f.reads++
	if *f.reads-1 == f.fail {
		return 0, errBroken
	}
	return f.r.ReadAt(p, off)
}

// TestHostileMemory reads files that make debug/elf or debug/buildinfo allocate many times their size when unguarded.
func TestHostileMemory(t *testing.T) {
	long := synthesize(t, "linux/amd64")
	long.goVersion = "go1.26"
	long.modinfo = strings.Repeat("x", 8<<20)

	for name, file := range map[string][]byte{
		"module list":      long.bytes(),
		"section names":    manySections(t, 500, 0),
		"sections":         manySections(t, 60000, 0),
		"compressed names": manySections(t, 500, elf.SHF_COMPRESSED),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := binary.Read(bytes.NewReader(file))
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("read without an error")
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
				t.Errorf("allocated %d MiB for a file of %d MiB", used>>20, len(file)>>20)
			}
		})
	}
}

// manySections makes a file whose sections are all named by the same text of 1 MiB.
func manySections(t *testing.T, count int, flags elf.SectionFlag) []byte {
	t.Helper()
	le := stdbinary.LittleEndian
	file := synthesize(t, "linux/amd64").bytes()
	shoff := (len(file) + 7) &^ 7
	file = append(file, make([]byte, shoff-len(file)+count*64)...)
	text := len(file)
	file = append(file, bytes.Repeat([]byte("n"), 1<<20)...)
	file = append(file, 0)
	le.PutUint64(file[40:], uint64(shoff))
	le.PutUint16(file[60:], uint16(count))
	le.PutUint16(file[62:], 1)
	names := file[shoff+64:]
	le.PutUint32(names[4:], uint32(elf.SHT_STRTAB))
	le.PutUint64(names[8:], uint64(flags))
	le.PutUint64(names[24:], uint64(text))
	le.PutUint64(names[32:], 1<<20+1)
	return file
}

// TestEndlessFile bounds the reading of a data segment that goes on for ever.
func TestEndlessFile(t *testing.T) {
	file := synthesize(t, "linux/amd64").bytes()
	le := stdbinary.LittleEndian
	// The only program header is the writable segment, its Filesz at 32 and Memsz at 40. It maps the file at 64 KiB.
	le.PutUint64(file[64+32:], 1<<50)
	le.PutUint64(file[64+40:], 1<<50)
	zeros := &endless{head: file}
	if _, err := binary.Read(zeros); !errors.Is(err, binary.ErrNoBuildInfo) {
		t.Errorf("err = %v", err)
	}
	if zeros.read > 300<<20 {
		t.Errorf("read %d MiB", zeros.read>>20)
	}
}

// endless continues a file with zeros.
type endless struct {
	head []byte
	read int64
}

func (e *endless) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(e.head)) {
		copy(p, e.head[off:])
	}
	e.read += int64(len(p))
	return len(p), nil
}
