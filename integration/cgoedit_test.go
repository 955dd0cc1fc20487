//go:build linux

package integration

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCgoEdits: an edit of Go compiles no C, and one of a header of another folder compiles the C that includes it.
func TestCgoEdits(t *testing.T) {
	needDebian(t)
	dir := example(t, "cgo-cxx")
	client.build(t, build{dir: dir, platforms: "linux/amd64"})
	for _, e := range []struct {
		file, old, new string
		compiles       []string
	}{
		{"main.go", "fig", "kiwi", []string{"example.com/cgo-cxx"}},
		{"include/sorted.h", "in order", "in their order", []string{"example.com/cgo-cxx/words"}},
	} {
		source := string(readFile(t, filepath.Join(dir, e.file)))
		edit(t, dir, e.file, strings.Replace(source, e.old, e.new, 1))
		r := client.build(t, build{dir: dir, platforms: "linux/amd64"})
		r.reused(t, "toolchain", "deps")
		ran := r.ran("compile")
		if len(ran) != 1 {
			t.Fatalf("after an edit of %s, compile ran %d times", e.file, len(ran))
		}
		var compiled []string
		for line := range strings.Lines(r.linesOf(ran[0])) {
			if fields := strings.Fields(line); len(fields) > 0 && strings.HasPrefix(fields[len(fields)-1], "example.com/") {
				compiled = append(compiled, fields[len(fields)-1])
			}
		}
		for _, want := range e.compiles {
			if !slices.Contains(compiled, want) {
				t.Errorf("after an edit of %s, %q is compiled, and not %s", e.file, compiled, want)
			}
		}
		if e.file == "main.go" && slices.Contains(compiled, "example.com/cgo-cxx/words") {
			t.Errorf("after an edit of %s, %q is compiled", e.file, compiled)
		}
		if out, code := runInRoot(t, r.image(t)); out != "apple kiwi pear\n" {
			t.Errorf("the program exited with %d: %s", code, out)
		}
	}
}
