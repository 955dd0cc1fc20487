package step

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
)

// undefined is what GNU ld and lld say of a symbol that nothing on their command line has.
var undefined = regexp.MustCompile("(?m)undefined (?:reference to [`']|symbol: )([A-Za-z_][A-Za-z0-9_]*)(?:'|\\s|$)")

// undefinedSymbols gives the symbols that a linker misses, in its order and each once.
func undefinedSymbols(said string) []string {
	var names []string
	for _, m := range undefined.FindAllStringSubmatch(said, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// linkHelp says in one line which library has what the linker misses, as far as the sysroot has one. It is "" where the linker has not
// failed for that reason.
func linkHelp(c *request.Cgo, static bool, said string) string {
	missing := undefinedSymbols(said)
	if c == nil || len(missing) == 0 || usesMusl(c) && glibcSymbol.MatchString(said) {
		return ""
	}
	if slices.Contains(missing, "main") {
		return ""
	}
	what := missing[0]
	if more := len(missing) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more symbols", more)
	}
	what += " in no library that is linked"
	help := toolchainOf(c).Help
	if help.Symbols == "" {
		return what + ": " + cgoSource(c)
	}
	dirs := slices.Concat(flagDirs(c.LDFlags), searchDirs(c))
	lib, found := findLibrary(dirs, missing)
	switch archive := strings.HasSuffix(lib.file, ".a"); {
	case !found:
		return what + ", nor in another of the sysroot: a static library needs others, which cgo.ldflags has to name, as in [-lz]; " +
			"what has them is " + help.Symbols
	case lib.file != "" && (archive || !static):
		return fmt.Sprintf("%s; %s has it: add -l%s to cgo.ldflags", what, lib.file, lib.name) + others(dirs, lib.lacks(missing))
	case static && help.Packages:
		return fmt.Sprintf("%s; %s%s has it, and there is no lib%s.a: name its -dev package in cgo.packages.build and -l%s in cgo.ldflags if it has one, "+
			"or use cgo: {link: dynamic}", what, lib.any(), ofPackage(lib.any()), lib.name, lib.name)
	case static:
		return fmt.Sprintf("%s; %s has it, and there is no lib%s.a: use cgo: {link: dynamic}", what, lib.any(), lib.name)
	}
	return fmt.Sprintf("%s; %s%s has it, and the linker finds no lib%s.so: install its -dev package, and add -l%s to cgo.ldflags",
		what, lib.any(), ofPackage(lib.any()), lib.name, lib.name)
}

// maxOthers bounds how many libraries are named beside the one that has most.
const maxOthers = 3

// others names what else the linker misses, so that it does not come back with that.
func others(dirs, missing []string) string {
	help := ""
	for range maxOthers {
		lib, found := findLibrary(dirs, missing)
		if !found || lib.file == "" {
			break
		}
		help += ", and -l" + lib.name + " for " + lib.symbols[0]
		missing = lib.lacks(missing)
	}
	return help
}

// library is one that has a symbol.
type library struct {
	// name is what stands behind -l.
	name string
	// file is what the linker takes for it, or "" if there is only shared, which programs load when they run.
	file, shared string
	symbols      []string
}

// lacks are those of the symbols that it does not have.
func (l library) lacks(symbols []string) []string {
	return slices.DeleteFunc(slices.Clone(symbols), func(s string) bool { return slices.Contains(l.symbols, s) })
}

func (l library) any() string { return cmp.Or(l.shared, l.file) }

// maxLibrary bounds the libraries that are searched, in bytes each; maxLibraries their number.
const (
	maxLibrary   = 128 << 20
	maxLibraries = 4000
)

// libraryName recognises libNAME.a, libNAME.so and libNAME.so.VERSION.
var libraryName = regexp.MustCompile(`^lib(.+?)\.(a|so|so\.[0-9.]+)$`)

// findLibrary gives the library that has most of the symbols; of equals one that the linker finds.
func findLibrary(dirs, symbols []string) (library, bool) {
	found := map[string]*library{}
	looked := 0
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			m := libraryName.FindStringSubmatch(e.Name())
			if m == nil || looked == maxLibraries {
				continue
			}
			looked++
			name := filepath.Join(dir, e.Name())
			has := symbolsIn(name, symbols)
			if len(has) == 0 {
				continue
			}
			lib := found[m[1]]
			if lib == nil {
				lib = &library{name: m[1]}
				found[m[1]] = lib
			}
			if len(has) > len(lib.symbols) {
				lib.symbols = has
			}
			switch {
			case m[2] == "a" || m[2] == "so":
				lib.file = cmp.Or(lib.file, name)
			default:
				lib.shared = cmp.Or(lib.shared, name)
			}
		}
	}
	var all []library
	for _, lib := range found {
		all = append(all, *lib)
	}
	if len(all) == 0 {
		return library{}, false
	}
	return slices.MaxFunc(all, func(a, b library) int {
		return cmp.Or(cmp.Compare(len(a.symbols), len(b.symbols)), cmp.Compare(min(len(a.file), 1), min(len(b.file), 1)), strings.Compare(b.name, a.name))
	}), true
}

// symbolsIn gives those of the symbols that a library has. What is no library has none.
func symbolsIn(name string, symbols []string) []string {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxLibrary {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var has func(symbol string) bool
	if strings.HasSuffix(name, ".a") {
		index := archiveIndex(f)
		has = func(symbol string) bool { return bytes.Contains(index, []byte("\x00"+symbol+"\x00")) }
	} else {
		defined := dynamicSymbols(f)
		has = func(symbol string) bool { return defined[symbol] }
	}
	return slices.DeleteFunc(slices.Clone(symbols), func(s string) bool { return !has(s) })
}

// archiveIndex gives the names in the index of an archive, each between two NULs: its first member, "/", holds a number, as many offsets of
// four bytes, and the names (ar(5) of System V).
func archiveIndex(r io.Reader) []byte {
	const magic, header = "!<arch>\n", 60
	head := make([]byte, len(magic)+header+4)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(magic)]) != magic || string(bytes.TrimRight(head[len(magic):len(magic)+16], " ")) != "/" {
		return nil
	}
	var size int64
	if _, err := fmt.Sscanf(string(head[len(magic)+48:len(magic)+58]), "%d", &size); err != nil || size < 4 || size > maxLibrary {
		return nil
	}
	offsets := 4 * int64(binary.BigEndian.Uint32(head[len(magic)+header:]))
	if _, err := io.CopyN(io.Discard, r, min(offsets, size-4)); err != nil {
		return nil
	}
	names, err := io.ReadAll(io.LimitReader(r, max(0, size-4-offsets)))
	if err != nil {
		return nil
	}
	return append([]byte{0}, names...)
}

// dynamicSymbols are those that a shared library has for others.
func dynamicSymbols(r io.ReaderAt) map[string]bool {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil // a script of the linker
	}
	symbols, _ := f.DynamicSymbols()
	defined := map[string]bool{}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			defined[s.Name] = true
		}
	}
	return defined
}

// flagDirs are the folders of -L.
func flagDirs(flags []string) []string {
	var dirs []string
	for _, f := range flags {
		if dir, ok := strings.CutPrefix(f, "-L"); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// searchDirs are the folders that the compiler looks for libraries in: it says so itself.
func searchDirs(c *request.Cgo) []string {
	cmd := exec.Command(c.Tools.CC, "-print-search-dirs")
	cmd.Env = []string{"PATH=" + cgoPath, "LC_ALL=C"}
	cmd.Err = nil // of a search on this machine
	if !strings.Contains(c.Tools.CC, "/") {
		for _, dir := range filepath.SplitList(cgoPath) {
			if name := filepath.Join(dir, c.Tools.CC); exists(name) {
				cmd.Path = name
				break
			}
		}
	}
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return librariesLine(string(out))
}

// librariesLine reads the folders of -print-search-dirs.
func librariesLine(said string) []string {
	var dirs []string
	for line := range strings.Lines(said) {
		list, ok := strings.CutPrefix(line, "libraries: =")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(strings.TrimSpace(list)) {
			if dir = filepath.Clean(dir); filepath.IsAbs(dir) && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

// ofPackage names the Debian package that has a file, or is "".
func ofPackage(name string) string {
	root := os.DirFS("/")
	packages, err := ctoolchain.ReadPackages(root)
	if err != nil {
		return ""
	}
	for _, p := range packages {
		files, _ := ctoolchain.PackageFiles(root, p)
		if slices.Contains(files, name) || slices.Contains(files, strings.TrimPrefix(name, "/usr")) {
			return " of " + p.Name
		}
	}
	return ""
}
