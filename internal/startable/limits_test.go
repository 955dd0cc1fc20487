package startable

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/target"
)

// file makes an ELF file for amd64 that is mapped at address 0, with DT_NEEDED and DT_RPATH, and an interpreter if named.
func file(interpreter, rpath string, needed ...string) *fstest.MapFile {
	const content = 64 + 3*56
	strs := []byte("\x00" + interpreter + "\x00")
	add := func(s string) uint64 {
		strs = append(append(strs, s...), 0)
		return uint64(len(strs) - len(s) - 1)
	}
	var dyn []uint64
	for _, n := range needed {
		dyn = append(dyn, uint64(elf.DT_NEEDED), add(n))
	}
	dyn = append(dyn, uint64(elf.DT_RPATH), add(rpath), uint64(elf.DT_STRTAB), content, 0, 0)
	size := uint64(content + len(strs) + 8*len(dyn))
	load := elf.Prog64{Type: uint32(elf.PT_LOAD), Filesz: size, Memsz: size}
	dynamic := elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Off: content + uint64(len(strs)), Filesz: uint64(8 * len(dyn))}
	interp := elf.Prog64{Type: uint32(elf.PT_INTERP), Off: content + 1, Filesz: uint64(len(interpreter) + 1)}
	if interpreter == "" {
		interp.Type = uint32(elf.PT_NULL)
	}
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT), Phoff: 64, Phentsize: 56, Phnum: 3,
	}
	var out bytes.Buffer
	for _, part := range []any{header, load, dynamic, interp, strs, dyn} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return &fstest.MapFile{Mode: 0o755, Data: out.Bytes()}
}

// TestLimits: images that make the search long come to an end, with an error.
func TestLimits(t *testing.T) {
	numbered := func(n int, name string) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(name, i))
		}
		return list
	}
	dirs := strings.Join(numbered(300, "/none/../d%d"), ":")
	chain := fstest.MapFS{}
	for i := range 1100 {
		chain[fmt.Sprintf("lib/lib%d.so", i)] = file("", "", fmt.Sprintf("lib%d.so", i+1))
	}
	many := fstest.MapFS{}
	for i := range 300 {
		many[fmt.Sprintf("lib/lib%d.so", i)] = file("", "", numbered(600, "lib%d.so")...)
	}
	for _, loader := range []string{"/lib/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"} {
		for name, test := range map[string]struct {
			files   fstest.MapFS
			program *fstest.MapFile
			text    string
		}{
			"libraries": {chain, file(loader, "", "lib0.so"), "needs more than 1000 libraries"},
			"needs":     {many, file(loader, "", "lib0.so"), errTooMuch.Error()},
			"folders":   {fstest.MapFS{}, file(loader, dirs, numbered(4000, "lib%d.so")...), errTooMuch.Error()},
		} {
			test.files["prog"], test.files[loader[1:]] = test.program, file("", "")
			_, err := Check(test.files, "/prog", target.Target{OS: "linux", Arch: "amd64"})
			if err == nil || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%s with %s: %v", name, loader, err)
			}
		}
	}
}

// asking counts what a file system is asked for; each may be a round trip.
type asking struct {
	fs.FS
	asked int
}

func (a *asking) Lstat(name string) (fs.FileInfo, error) {
	a.asked++
	return fs.Lstat(a.FS, name)
}

func (a *asking) ReadLink(name string) (string, error) { return fs.ReadLink(a.FS, name) }

// TestRoundTrips: an image cannot make the search ask for more than a set number of paths.
func TestRoundTrips(t *testing.T) {
	var dirs []string
	for i := range 400 {
		dirs = append(dirs, fmt.Sprintf("/d%d", i))
	}
	var needed []string
	for i := range 3000 {
		needed = append(needed, fmt.Sprintf("lib%d.so", i))
	}
	files := fstest.MapFS{"lib/ld-linux-x86-64.so.2": file("", "")}
	for _, dir := range dirs {
		files[dir[1:]+"/x"] = &fstest.MapFile{}
	}
	files["prog"] = file("/lib/ld-linux-x86-64.so.2", strings.Join(dirs, ":"), needed...)
	image := &asking{FS: files}
	_, err := Check(image, "/prog", target.Target{OS: "linux", Arch: "amd64"})
	if !errors.Is(err, errTooMuch) || image.asked > maxAsked {
		t.Errorf("asked for %d paths: %v", image.asked, err)
	}
}

// FuzzCheck gives any file as program and as library: the search ends, and without a problem every library is in the image.
func FuzzCheck(f *testing.F) {
	for _, loader := range []string{"/lib/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"} {
		f.Add(file(loader, "/opt:$ORIGIN/../$LIB", "liba.so", "libc.so.6").Data, file("", "${ORIGIN}", "libb.so", "/opt/liba.so").Data)
	}
	f.Add([]byte("#!/lib/liba.so x\n"), []byte("#!/prog"))
	f.Fuzz(func(t *testing.T, program, library []byte) {
		lib := &fstest.MapFile{Mode: 0o755, Data: library}
		image := fstest.MapFS{
			"prog": {Mode: 0o755, Data: program}, "opt/liba.so": lib, "lib/libb.so": lib, "lib/libc.so.6": lib, "lib/liba.so": lib,
			"lib/ld-linux-x86-64.so.2": file("", ""), "lib/ld-musl-x86_64.so.1": file("", ""),
		}
		report, err := Check(image, "/prog", target.Target{OS: "linux", Arch: "amd64"})
		if err != nil {
			if !errors.Is(err, errTooMuch) {
				t.Fatal(err)
			}
			return
		}
		if report.Err() == nil && report.Program == "" {
			t.Error("starts, but has no program")
		}
		for _, l := range report.Libraries {
			if !image[strings.TrimPrefix(l.Real, "/")].Mode.IsRegular() || len(l.NeededBy) == 0 {
				t.Errorf("library %+v", l)
			}
		}
		if i := slices.IndexFunc(report.Problems, func(p Problem) bool { return p.Msg == "" }); i >= 0 {
			t.Errorf("a problem says nothing: %+v", report.Problems[i])
		}
	})
}

// TestPartialClosure: a library that the sysroot lacks may be a file that the image gets beside.
func TestPartialClosure(t *testing.T) {
	root := fstest.MapFS{"lib/ld-linux-x86-64.so.2": file("", ""), "lib/libc.so.6": file("", "")}
	amd64 := target.Target{OS: "linux", Arch: "amd64"}
	program := file("/lib/ld-linux-x86-64.so.2", "/work/lib/linux_amd64", "libgreet.so.1", "libc.so.6").Data
	want := []File{{Path: "/lib/ld-linux-x86-64.so.2"}, {Path: "/lib/libc.so.6"}}
	if got, err := PartialClosure(root, bytes.NewReader(program), nil, amd64); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := Closure(root, bytes.NewReader(program), nil, amd64)
	for _, text := range []string{"needs the library libgreet.so.1, which the sysroot does not have", "image.files", "-rpath", "looked for in /work/lib/linux_amd64"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want %q", err, text)
		}
	}
	root["lib/libgreet.so.1"] = &fstest.MapFile{Data: []byte("text"), Mode: 0o644}
	if _, err := PartialClosure(root, bytes.NewReader(program), nil, amd64); err == nil {
		t.Error("a file that is no library passes")
	}
}
