package cgofacts

import (
	"bytes"
	"debug/elf"
	"path"
	"regexp"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/safetext"
)

// The kinds of linking.
const (
	Static    = "static"     // no loader, at a fixed address
	StaticPIE = "static-pie" // no loader, moves itself
	PIE       = "pie"        // position-independent, started by a loader
	Fixed     = "dynamic"    // started by a loader, at a fixed address
	Library   = "library"    // no program: a shared library
)

// Link is how a program is linked.
type Link struct {
	// Kind is "" if it is not known.
	Kind string `json:"kind,omitempty"`
	// Interpreter is the dynamic loader, Needed are the libraries that it loads.
	Interpreter string   `json:"interpreter,omitempty"`
	Needed      []string `json:"needed,omitempty"`
	// Rpath and Runpath are where the program wants them to be looked for.
	Rpath   string `json:"rpath,omitempty"`
	Runpath string `json:"runpath,omitempty"`
}

func link(p *program, d *binary.Dynamic) Link {
	l := Link{Interpreter: d.Interpreter, Needed: d.Needed, Rpath: d.Rpath, Runpath: d.Runpath}
	switch {
	case d.Type == elf.ET_DYN && d.Interpreter != "":
		l.Kind = PIE
	case d.Interpreter != "":
		l.Kind = Fixed
	case d.Type == elf.ET_DYN && (d.Soname != "" || len(d.Needed) > 0 || !p.isPIE()):
		l.Kind = Library
	case d.Type == elf.ET_DYN:
		l.Kind = StaticPIE
	default:
		l.Kind = Static
	}
	return l
}

// isPIE says whether a file without a loader is a program: linkers say so in DT_FLAGS_1, those before binutils 2.27 by its
// beginning somewhere.
func (p *program) isPIE() bool {
	flags, ok := p.dynamic(elf.DT_FLAGS_1)
	return ok && elf.DynFlag1(flags)&elf.DF_1_PIE != 0 || p.file.Entry != 0
}

// dynamic gives a value of the dynamic table.
func (p *program) dynamic(tag elf.DynTag) (uint64, bool) {
	s := p.segment(elf.PT_DYNAMIC)
	if s == nil {
		return 0, false
	}
	raw := make([]byte, 64<<10)
	n, _ := p.part(s.Off, min(s.Filesz, uint64(len(raw)))).ReadAt(raw, 0)
	size := 8
	if p.file.Class == elf.ELFCLASS32 {
		size = 4
	}
	for raw = raw[:n]; len(raw) >= 2*size; raw = raw[2*size:] {
		switch elf.DynTag(p.word(raw, size)) {
		case elf.DT_NULL:
			return 0, false
		case tag:
			return p.word(raw[size:], size), true
		}
	}
	return 0, false
}

// Libc is a C library.
type Libc struct {
	// Kind is glibc, musl, uclibc or bionic.
	Kind string `json:"kind"`
	// Floor is the oldest version that the program starts with, "" if that is not known or if it is inside the program.
	Floor string `json:"floor,omitempty"`
	// Because is what it is known by.
	Because string `json:"because"`
}

// loaders are the names of dynamic loaders by C library.
var loaders = []struct{ prefix, kind string }{
	{"ld-musl-", "musl"}, {"ld-linux", "glibc"}, {"ld64.so.", "glibc"}, {"ld.so.", "glibc"}, {"ld-uClibc", "uclibc"}, {"ld64-uClibc", "uclibc"},
	{"linker", "bionic"},
}

// libcMarks are functions that every program has which is linked statically with a C library, and no other has.
var libcMarks = map[string]string{
	"_IO_cleanup": "glibc", "__libc_setup_tls": "glibc", "__init_libc": "musl", "__libc_start_init": "musl",
}

// libc tells the C library by the names of shared libraries, else by functions that only one of them has, else by the loader.
func (f *Facts) libc(p *program, d *binary.Dynamic) *Libc {
	if floor := glibcFloor(d); floor != "" {
		return &Libc{Kind: "glibc", Floor: floor, Because: "it needs symbols of version GLIBC_" + floor}
	}
	for _, name := range d.Needed {
		switch {
		case name == "libc.so.6":
			return &Libc{Kind: "glibc", Because: "it needs " + name}
		case name == "libc.so" && !strings.Contains(d.Interpreter, "linker"), strings.HasPrefix(name, "libc.musl-"):
			return &Libc{Kind: "musl", Because: "it needs " + safetext.Short(name)}
		}
	}
	if len(d.Needed) > 0 {
		for _, l := range loaders {
			if strings.HasPrefix(path.Base(d.Interpreter), l.prefix) {
				return &Libc{Kind: l.kind, Because: "its loader is " + safetext.Short(d.Interpreter)}
			}
		}
	}
	for _, name := range f.symbols.functions {
		if kind := libcMarks[name]; kind != "" {
			return &Libc{Kind: kind, Because: "there is its function " + name}
		}
	}
	if p.file.Section("__libc_IO_vtables") != nil {
		return &Libc{Kind: "glibc", Because: "there is the section __libc_IO_vtables"}
	}
	return nil
}

var glibcVersion = regexp.MustCompile(`^GLIBC_([0-9]+(?:\.[0-9]+)*)$`)

// glibcFloor is the highest version of glibc that something is needed of, "" if there is none.
func glibcFloor(d *binary.Dynamic) string {
	floor := ""
	for _, r := range d.Requires {
		for _, v := range r.Versions {
			if m := glibcVersion.FindStringSubmatch(v); m != nil && newer(m[1], floor) {
				floor = m[1]
			}
		}
	}
	return floor
}

// newer compares versions of numbers and dots: of two numbers without leading zeros the longer is larger.
func newer(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, y := strings.TrimLeft(as[i], "0"), strings.TrimLeft(bs[i], "0")
		if x != y {
			return len(x) > len(y) || len(x) == len(y) && x > y
		}
	}
	return b == "" || len(as) > len(bs)
}

// askCompiler reads the section in which C compilers leave their names.
func (p *program) askCompiler() Witness {
	w := Witness{Name: witnessCompiler, Says: SaysNothing, Detail: "no C compiler has left its name"}
	comment := p.section(p.file.Section(".comment"))
	if comment == nil {
		return w
	}
	raw := make([]byte, 4096)
	n, _ := comment.ReadAt(raw, 0)
	for _, name := range bytes.Split(raw[:n], []byte{0}) {
		if bytes.HasPrefix(name, []byte("GCC:")) || bytes.Contains(name, []byte("clang")) {
			w.Says, w.Detail = HintsC, safetext.Short(string(name))
			return w
		}
	}
	return w
}

func isTest(mainPackage string) bool { return strings.HasSuffix(mainPackage, ".test") }
