//go:build linux

package integration

import (
	"debug/dwarf"
	"debug/elf"
	"errors"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestLinkerFlags: the default leaves neither symbols nor DWARF in the program, and a list of the user's is taken instead of the
// default, the empty one too.
func TestLinkerFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config   string
		symbols, dwarf bool
	}{
		{"default", "", false, false},
		{"none", "build: {ldflags: []}\n", true, true},
		{"no DWARF", "build: {ldflags: [-w]}\n", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := example(t, "hello")
			configure(t, dir, c.config)
			for platform, img := range client.build(t, build{dir: dir, platforms: twoPlatforms}).images(t) {
				symbols, described := debugInfoOf(t, img)
				for _, name := range []string{"main.main", "fmt.Fprintf"} {
					if got := slices.Contains(symbols, name); got != c.symbols {
						t.Errorf("%s: the program has the symbol %s: %t, want %t", platform, name, got, c.symbols)
					}
				}
				// Functions are described even when the compiler is to describe nothing, but not what they take.
				for _, name := range []string{"main.main", "fmt.Fprintf", "fmt.Fprintf format"} {
					if got := slices.Contains(described, name); got != c.dwarf {
						t.Errorf("%s: the program has the DWARF of %s: %t, want %t", platform, name, got, c.dwarf)
					}
				}
				if (len(symbols) > 0) != c.symbols || (len(described) > 0) != c.dwarf {
					t.Errorf("%s: the program has %d symbols, and DWARF of %d functions and parameters", platform, len(symbols), len(described))
				}
			}
		})
	}
}

// debugInfoOf gives the names in the symbol table of an image's program, and what its DWARF describes: functions, and parameters as
// "function parameter".
func debugInfoOf(t *testing.T, img v1.Image) (symbols, described []string) {
	t.Helper()
	f, err := elf.Open(programOf(t, img).file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := f.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	for _, s := range table {
		symbols = append(symbols, s.Name)
	}
	if f.Section(".debug_info") == nil {
		return symbols, nil
	}
	data, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	entries := data.Reader()
	for function := ""; ; {
		entry, err := entries.Next()
		if err != nil {
			t.Fatal(err)
		}
		if entry == nil {
			return symbols, described
		}
		switch name, _ := entry.Val(dwarf.AttrName).(string); entry.Tag {
		case dwarf.TagSubprogram:
			function = name
			described = append(described, function)
		case dwarf.TagFormalParameter:
			described = append(described, function+" "+name)
		}
	}
}
