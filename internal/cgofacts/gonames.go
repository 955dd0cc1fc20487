package cgofacts

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// goNames is what the names of functions tell that the Go runtime keeps for its tracebacks. No strip takes them away: they are in the
// table of line numbers, runtime.pclntab.
type goNames struct {
	// found says that there is the table, and genuine that the names in it are those of the sources.
	found, genuine bool
	count          int
	// cgo says that the package runtime/cgo is linked in, purego that of that name, race that of the race detector.
	cgo, purego, race, test bool
	// openssl says that a fork of Go's takes its cryptography from OpenSSL.
	openssl bool
	calls   []Call
	exports []string
}

// Call is a C function that Go code calls.
type Call struct {
	Package  string `json:"package"`
	Function string `json:"function"`
}

// maxCalls limits what is held of a hostile table.
const maxCalls = 100_000

// The first four bytes of the table since Go 1.16, 1.18 and 1.20 (internal/abi, symtab.go).
const go116, go118, go120 = 0xfffffffa, 0xfffffff0, 0xfffffff1

// goNames reads the names. A table of another form than those of Go 1.16 and later is as good as none.
func (p *program) goNames() (goNames, error) {
	table, err := p.pclntab()
	if err != nil || table == nil {
		return goNames{}, err
	}
	names := goNames{found: true}
	seen := map[Call]bool{}
	err = eachName(table, func(name []byte) { names.add(name, seen) })
	slices.SortFunc(names.calls, func(a, b Call) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Function, b.Function))
	})
	slices.Sort(names.exports)
	names.exports = slices.Compact(names.exports)
	return names, err
}

func (n *goNames) add(name []byte, seen map[Call]bool) {
	n.count++
	switch {
	case string(name) == "runtime.main":
		n.genuine = true
	case bytes.HasPrefix(name, []byte("runtime/cgo.")):
		n.cgo = true
	case bytes.HasPrefix(name, []byte("github.com/ebitengine/purego.")):
		n.purego = true
	case bytes.HasPrefix(name, []byte("vendor/github.com/golang-fips/openssl")):
		n.openssl = true
	case bytes.HasPrefix(name, []byte("runtime/race.")):
		n.race = true
	case string(name) == "testing.MainStart":
		n.test = true
	case bytes.HasPrefix(name, []byte("_cgoexp_")):
		// _cgoexp_HASH_Name
		if _, export, ok := strings.Cut(string(name[len("_cgoexp_"):]), "_"); ok && len(n.exports) < maxCalls {
			n.exports = append(n.exports, export)
		}
	default:
		if call, ok := parseCall(name); ok && !seen[call] && len(seen) < maxCalls {
			seen[call] = true
			n.calls = append(n.calls, call)
		}
	}
}

// helpers are functions that cgo itself provides (cmd/cgo, builtinDefs).
var helpers = []string{"CString", "CBytes", "GoString", "GoStringN", "GoBytes", "_CMalloc"}

// parseCall reads the name of what cgo makes for a call of C: "PACKAGE._Cfunc_NAME", with "_C2func_" for the form that gives errno.
func parseCall(name []byte) (Call, bool) {
	for _, mark := range []string{"._Cfunc_", "._C2func_"} {
		at := bytes.LastIndex(name, []byte(mark))
		if at <= 0 {
			continue
		}
		pkg, function := string(name[:at]), string(name[at+len(mark):])
		// The linker escapes dots and quotes in the last part of the path (cmd/internal/objabi, PathToPrefix).
		if plain, err := url.PathUnescape(pkg); err == nil {
			pkg = plain
		}
		function, _, _ = strings.Cut(function, ".") // closures and the ABI
		return Call{pkg, function}, !slices.Contains(helpers, function) && function != ""
	}
	return Call{}, false
}

// pclntab finds the names in the table, by its section or else by what it begins with.
func (p *program) pclntab() (io.Reader, error) {
	for _, s := range p.file.Sections {
		if s.Name != ".gopclntab" && s.Name != ".data.rel.ro.gopclntab" {
			continue
		}
		if table := p.section(s); table != nil {
			names, err := p.names(table)
			if names != nil || err != nil {
				return names, err
			}
		}
	}
	for _, s := range p.file.Progs {
		if s.Type != elf.PT_LOAD {
			continue
		}
		names, err := p.search(p.part(s.Off, s.Filesz))
		if names != nil || err != nil {
			return names, err
		}
	}
	return nil, nil
}

// search finds the table in a segment. It is aligned to at least 4 bytes there.
func (p *program) search(segment *io.SectionReader) (io.Reader, error) {
	const step = 1 << 20
	buf := make([]byte, step+4)
	for off := int64(0); off < segment.Size(); off += step {
		n, err := segment.ReadAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for at := 0; at+4 <= min(n, step); at += 4 {
			// The marks have bytes in common, in both orders.
			if buf[at+1] != 0xff || buf[at+2] != 0xff || !isTable(p.file.ByteOrder.Uint32(buf[at:])) {
				continue
			}
			names, err := p.names(io.NewSectionReader(segment, off+int64(at), segment.Size()-off-int64(at)))
			if names != nil || err != nil {
				return names, err
			}
		}
	}
	return nil, nil
}

func isTable(magic uint32) bool { return magic == go116 || magic == go118 || magic == go120 }

// names gives the part of the table that holds the names, nil if it is none. The header is mark, two zeros, the unit of
// program counters, the size of a pointer, and then words of that size (runtime, pcHeader).
func (p *program) names(table *io.SectionReader) (io.Reader, error) {
	head := make([]byte, 8+8*8)
	if n, err := table.ReadAt(head, 0); n < len(head) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading its header: %w", err)
		}
		return nil, nil
	}
	magic, unit, size := p.file.ByteOrder.Uint32(head), head[6], int(head[7])
	if !isTable(magic) || head[4] != 0 || head[5] != 0 || unit != 1 && unit != 2 && unit != 4 || size != 4 && size != 8 {
		return nil, nil
	}
	first := 3
	if magic == go116 {
		first = 2
	}
	word := func(i int) uint64 { return p.word(head[8+i*size:], size) }
	functions, begin, end := word(0), word(first), word(first+1)
	if functions == 0 || begin >= end || end > uint64(table.Size()) {
		return nil, nil
	}
	return io.NewSectionReader(table, int64(begin), int64(end-begin)), nil
}
