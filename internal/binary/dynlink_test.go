package binary_test

import (
	"bytes"
	"debug/elf"
	stdbinary "encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/modship-build/modship/internal/binary"
)

// TestReadDynamicOfSystem compares with what debug/elf finds by the sections of every program and library of this machine's
// usual folders, which ReadDynamic does not look at.
func TestReadDynamicOfSystem(t *testing.T) {
	count := 0
	for _, dir := range []string{"/usr/bin", "/usr/sbin", "/usr/lib"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			if compareWithSections(t, path) {
				count++
			}
			if testing.Short() && count > 100 {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("compared %d files", count)
	if count < 50 {
		t.Errorf("only %d ELF files were found to compare", count)
	}
}

// compareWithSections says whether it compared: not with a file that is not linked.
func compareWithSections(t *testing.T, path string) bool {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := elf.NewFile(file)
	if err != nil || want.Type != elf.ET_EXEC && want.Type != elf.ET_DYN || stripped(want) {
		return false
	}
	got, err := binary.ReadDynamic(file)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return false
	}
	if diff := cmp.Diff(bySections(t, want), got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-debug/elf +got):\n%s", path, diff)
	}
	return true
}

// stripped recognises a file of debugging symbols, whose dynamic section has no content.
func stripped(file *elf.File) bool {
	s := file.Section(".dynamic")
	return s != nil && s.Type == elf.SHT_NOBITS
}

func bySections(t *testing.T, file *elf.File) *binary.Dynamic {
	t.Helper()
	d := &binary.Dynamic{OSABI: file.OSABI, Type: file.Type}
	d.ELF.Class, d.ELF.Data, d.ELF.Machine = file.Class, file.Data, file.Machine
	if s := file.Section(".interp"); s != nil {
		raw, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		d.Interpreter = strings.TrimRight(string(raw), "\x00")
	}
	text := func(tag elf.DynTag) string {
		list, _ := file.DynString(tag)
		return strings.Join(list, ",")
	}
	d.Soname, d.Rpath, d.Runpath = text(elf.DT_SONAME), text(elf.DT_RPATH), text(elf.DT_RUNPATH)
	d.Needed, _ = file.ImportedLibraries()
	if flags, _ := file.DynValue(elf.DT_FLAGS_1); len(flags) > 0 {
		d.NoDefaultLib = elf.DynFlag1(flags[0])&elf.DF_1_NODEFLIB != 0
	}
	needs, err := file.DynamicVersionNeeds()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		needs = nil
	}
	for _, n := range needs {
		r := binary.Requirement{File: n.Name}
		for _, dep := range n.Needs {
			if dep.Flags&elf.VER_FLG_WEAK != 0 {
				r.Weak = append(r.Weak, dep.Dep)
			} else {
				r.Versions = append(r.Versions, dep.Dep)
			}
		}
		d.Requires = append(d.Requires, r)
	}
	versions, err := file.DynamicVersions()
	if err != nil {
		return d
	}
	d.Versioned = len(versions) > 0
	for _, v := range versions {
		if v.Flags&elf.VER_FLG_BASE == 0 {
			d.Provides = append(d.Provides, v.Name)
		}
	}
	return d
}

// TestReadDynamicVersions reads chains of versions back that a linker would not lay out like this: weak and not, over two
// libraries, a base version among the definitions.
func TestReadDynamicVersions(t *testing.T) {
	var s strtab
	need := slices.Concat(
		words16(1, 2), words32(s.add("liba.so.1"), 16, 48), // Verneed
		words32(0), words16(0, 2), words32(s.add("A_1"), 16), // Vernaux
		words32(0), words16(2, 3), words32(s.add("A_2"), 0),
		words16(1, 1), words32(s.add("libb.so"), 16, 0),
		words32(0), words16(0, 4), words32(s.add("B_1"), 0),
	)
	def := slices.Concat(
		words16(1, 1, 1, 1), words32(0, 20, 28), words32(s.add("libself.so.1"), 0), // Verdef and Verdaux
		words16(1, 0, 2, 1), words32(0, 20, 0), words32(s.add("SELF_1"), 0),
	)
	file := shared(s.text, map[elf.DynTag][]byte{elf.DT_VERNEED: need, elf.DT_VERDEF: def},
		elf.Dyn64{Tag: int64(elf.DT_SONAME), Val: uint64(s.add("libself.so.1"))},
		elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: uint64(s.add("liba.so.1"))},
		elf.Dyn64{Tag: int64(elf.DT_RPATH), Val: 0},
		elf.Dyn64{Tag: int64(elf.DT_FLAGS_1), Val: uint64(elf.DF_1_NODEFLIB | elf.DF_1_NOW)},
	)
	got, err := binary.ReadDynamic(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want := &binary.Dynamic{
		ELF: parse(t, "linux/amd64").ELF(), Type: elf.ET_DYN, Soname: "libself.so.1", Needed: []string{"liba.so.1"}, NoDefaultLib: true,
		Requires: []binary.Requirement{
			{File: "liba.so.1", Versions: []string{"A_1"}, Weak: []string{"A_2"}},
			{File: "libb.so", Versions: []string{"B_1"}},
		},
		Versioned: true, Provides: []string{"SELF_1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dynamic facts (-want +got):\n%s", diff)
	}
}

func TestReadDynamicErrors(t *testing.T) {
	var s strtab
	lib, version := s.add("liba.so"), s.add("A_1")
	aux := func(next uint32) []byte { return slices.Concat(words32(0), words16(0, 2), words32(version, next)) }
	for name, test := range map[string]struct {
		table map[elf.DynTag][]byte
		dyn   []elf.Dyn64
		text  string
	}{
		"no end of versions": {
			table: map[elf.DynTag][]byte{elf.DT_VERNEED: slices.Concat(words16(1, 1), words32(lib, 16, 0), bytes.Repeat(aux(16), 5000))},
			text:  "records of symbol versions",
		},
		"no end of libraries": {
			table: map[elf.DynTag][]byte{elf.DT_VERNEED: bytes.Repeat(slices.Concat(words16(1, 1), words32(lib, 16, 32), aux(0)), 5000)},
			text:  "records of symbol versions",
		},
		"no end of definitions": {
			table: map[elf.DynTag][]byte{elf.DT_VERDEF: bytes.Repeat(slices.Concat(words16(1, 1, 2, 1), words32(0, 20, 20)), 5000)},
			text:  "records of symbol versions",
		},
		"versions beyond the end": {
			table: map[elf.DynTag][]byte{elf.DT_VERNEED: slices.Concat(words16(1, 1), words32(lib, 1<<30, 0))},
			text:  "no segment holds address",
		},
		"version without a name": {
			table: map[elf.DynTag][]byte{elf.DT_VERNEED: slices.Concat(words16(1, 1), words32(0, 16, 0), aux(0))},
			text:  "reading required versions",
		},
		"needed without a name": {
			dyn:  []elf.Dyn64{{Tag: int64(elf.DT_NEEDED), Val: 0}},
			text: "reading needed library 1",
		},
		"soname elsewhere": {
			dyn:  []elf.Dyn64{{Tag: int64(elf.DT_SONAME), Val: 1 << 40}},
			text: "reading DT_SONAME",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := binary.ReadDynamic(bytes.NewReader(shared(s.text, test.table, test.dyn...)))
			if !errors.Is(err, binary.ErrMalformed) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("err = %v, want %q", err, test.text)
			}
		})
	}
}

func TestReadDynamicReaderError(t *testing.T) {
	var s strtab
	file := shared(s.text, nil, elf.Dyn64{Tag: int64(elf.DT_SONAME), Val: uint64(s.add("libx.so"))})
	reads := 0
	if _, err := binary.ReadDynamic(&failing{r: bytes.NewReader(file), fail: -1, reads: &reads}); err != nil {
		t.Fatal(err)
	}
	for i := range reads {
		n := 0
		d, err := binary.ReadDynamic(&failing{r: bytes.NewReader(file), fail: i, reads: &n})
		if d != nil || !errors.Is(err, errBroken) || errors.Is(err, binary.ErrMalformed) {
			t.Errorf("read %d of %d fails: %v, %v", i, reads, d, err)
		}
	}
}

// FuzzReadDynamic checks on any file that the sections change nothing, that Read finds the same where it finds anything, and
// that not more is read than the limit.
func FuzzReadDynamic(f *testing.F) {
	for _, id := range []string{"linux/amd64", "linux/s390x", "linux/386", "linux/mips"} {
		s := synthesize(f, id)
		s.typ, s.interp, s.needed = elf.ET_DYN, "/lib/ld.so", []string{"libc.so.6", "libm.so.6"}
		f.Add(s.bytes())
	}
	var s strtab
	lib, version := s.add("liba.so"), s.add("A_1")
	f.Add(shared(s.text, map[elf.DynTag][]byte{
		elf.DT_VERNEED: slices.Concat(words16(1, 1), words32(lib, 16, 0), words32(0), words16(0, 2), words32(version, 0)),
		elf.DT_VERDEF:  slices.Concat(words16(1, 0, 2, 1), words32(0, 20, 0), words32(version, 0)),
	}, elf.Dyn64{Tag: int64(elf.DT_RUNPATH), Val: uint64(lib)}))
	f.Fuzz(func(t *testing.T, file []byte) {
		counted := &counting{r: bytes.NewReader(file)}
		got, err := binary.ReadDynamic(counted)
		if counted.read > 256<<20 {
			t.Errorf("read %d bytes", counted.read)
		}
		if err != nil {
			if !errors.Is(err, binary.ErrNotELF) && !errors.Is(err, binary.ErrMalformed) {
				t.Errorf("err = %v", err)
			}
			return
		}
		if facts, _ := binary.Read(bytes.NewReader(file)); facts != nil {
			if diff := cmp.Diff(facts.Needed, got.Needed) + cmp.Diff(facts.Interpreter, got.Interpreter); diff != "" {
				t.Errorf("Read and ReadDynamic differ: %s", diff)
			}
		}
		other, err := binary.ReadDynamic(bytes.NewReader(otherSections(file)))
		if diff := cmp.Diff(got, other); diff != "" || err != nil {
			t.Errorf("sections matter: %v\n%s", err, diff)
		}
	})
}

// otherSections points the section headers nowhere.
func otherSections(file []byte) []byte {
	file = slices.Clone(file)
	fields := [][2]int{{40, 48}, {58, 64}}
	if elf.Class(file[elf.EI_CLASS]) == elf.ELFCLASS32 {
		fields = [][2]int{{32, 36}, {46, 52}}
	}
	for _, field := range fields {
		for i := field[0]; i < field[1]; i++ {
			file[i] ^= 0x5a
		}
	}
	return file
}

// counting counts the bytes that are read.
type counting struct {
	r    *bytes.Reader
	read int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.read += int64(n)
	return n, err
}

// strtab collects strings; the empty one is at 0.
type strtab struct{ text []byte }

func (s *strtab) add(text string) uint32 {
	if s.text == nil {
		s.text = []byte{0}
	}
	at := len(s.text)
	s.text = append(append(s.text, text...), 0)
	return uint32(at)
}

func words16(words ...uint16) []byte { return encode(words) }
func words32(words ...uint32) []byte { return encode(words) }

func encode(words any) []byte {
	var out bytes.Buffer
	if err := stdbinary.Write(&out, stdbinary.LittleEndian, words); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// shared makes a library for amd64 that is mapped at address 0, so that an address is an offset in the file. The tables are
// placed behind the strings and named by their tags in the dynamic table.
func shared(text []byte, tables map[elf.DynTag][]byte, dyn ...elf.Dyn64) []byte {
	const content = 64 + 2*56
	if len(text) == 0 {
		text = []byte{0}
	}
	body := slices.Clone(text)
	dyn = append(slices.Clone(dyn), elf.Dyn64{Tag: int64(elf.DT_STRTAB), Val: content})
	for _, tag := range slices.Sorted(maps.Keys(tables)) {
		dyn = append(dyn, elf.Dyn64{Tag: int64(tag), Val: uint64(content + len(body))})
		body = append(body, tables[tag]...)
	}
	table := encode(append(dyn, elf.Dyn64{}))
	size := uint64(content + len(body) + len(table))
	return slices.Concat(
		encode(elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT), Phoff: 64, Phentsize: 56, Phnum: 2,
		}),
		encode(elf.Prog64{Type: uint32(elf.PT_LOAD), Filesz: size, Memsz: size}),
		encode(elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Off: size - uint64(len(table)), Filesz: uint64(len(table))}),
		body, table,
	)
}

// TestPaddedInterpreter: the kernel opens what is before the first NUL, and wants one at the end. The zeros are those of a linker that
// keeps the string's place aligned.
func TestPaddedInterpreter(t *testing.T) {
	for interp, want := range map[string]string{
		"/lib/ld64.so.1": "/lib/ld64.so.1", "/lib/ld64.so.1\x00": "/lib/ld64.so.1", "/lib/ld64.so.1\x00\x00\x00": "/lib/ld64.so.1",
		"/lib/ld64.so.1\x00junk": "/lib/ld64.so.1", "\x00/lib/ld64.so.1": "",
	} {
		for _, id := range []string{"linux/s390x", "linux/386"} {
			s := synthesize(t, id)
			s.typ, s.interp = elf.ET_DYN, interp
			got, err := binary.ReadDynamic(bytes.NewReader(s.bytes()))
			if want == "" {
				if !errors.Is(err, binary.ErrMalformed) {
					t.Errorf("%q: %v", interp, err)
				}
				continue
			}
			if err != nil || got.Interpreter != want {
				t.Errorf("%q: got %+v, %v", interp, got, err)
			}
		}
	}
}
