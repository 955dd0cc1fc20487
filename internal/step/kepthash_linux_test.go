package step

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/request"
)

// TestPureGo: what Go's own compiler makes of Go files is recognised, and nothing that has more in it.
func TestPureGo(t *testing.T) {
	if _, ok := numbers[runtime.GOARCH]; !ok {
		t.Skipf("the test has no assembly for %s", runtime.GOARCH)
	}
	dir := lay(t, "-- go.mod --\nmodule example.com/x\n\ngo 1.26\n-- pure/p.go --\npackage p\n\nvar V = 1\n-- assembly/p.go --\npackage p\n\nfunc number() int64\n")
	write(t, filepath.Join(dir, "assembly/p_"+runtime.GOARCH+".s"), strings.ReplaceAll(numbers[runtime.GOARCH], "inc/number.def", "number.h"))
	write(t, filepath.Join(dir, "assembly/number.h"), "#define NUMBER $1\n")
	for name, want := range map[string]bool{"pure": true, "assembly": false} {
		archive := filepath.Join(t.TempDir(), "p.a")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", archive, "./"+name)
		build.Dir = dir
		build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, text)
		}
		if got, err := isPureGo(filepath.Split(archive)); got != want || err != nil {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
	member := func(name, size string) string {
		return name + strings.Repeat(" ", 48-len(name)) + size + strings.Repeat(" ", 10-len(size)) + "`\n"
	}
	for text, want := range map[string]bool{
		"":           false,
		"!<arch>\n":  false,
		"!<arch>":    false,
		"package p":  false,
		"!<arch>\nx": false,
		"!<arch>\n" + member("__.PKGDEF", "3") + "abc\x00" + member("_go_.o", "2") + "ab":                          true,
		"!<arch>\n" + member("__.PKGDEF", "3") + "abc\x00" + member("_go_.o", "2") + "ab" + member("_x001.o", "0"): false,
		"!<arch>\n" + member("__.PKGDEF", "-60"):                                                                   false,
		"!<arch>\n" + member("__.PKGDEF", "x"):                                                                     false,
		"!<arch>\n" + member("_go_.o", "2") + "abc":                                                                false,
	} {
		name := filepath.Join(t.TempDir(), "x")
		write(t, name, text)
		if got, err := isPureGo(filepath.Split(name)); got != want || err != nil {
			t.Errorf("%q: %t, %v", text, got, err)
		}
	}
}

// TestHashReadable: any file that a compiler can read counts, where it may be a link too, but Go's own unless they are included.
func TestHashReadable(t *testing.T) {
	work, included := t.TempDir(), t.TempDir()
	hashWith := func(cgo *request.Cgo) string {
		t.Helper()
		sum, err := hashReadable(work, "", included, cgo)
		if err != nil {
			t.Fatal(err)
		}
		return string(sum)
	}
	hash := func(withC bool) string {
		t.Helper()
		if !withC {
			return hashWith(nil)
		}
		return hashWith(&request.Cgo{CFlags: []string{"-DA=go_c", "-O2"}})
	}
	write(t, filepath.Join(work, "p/p.go"), "package p")
	write(t, filepath.Join(work, "p/listed.go"), "1")
	write(t, filepath.Join(included, "p/listed.go"), "1")
	write(t, filepath.Join(work, "one"), "1")
	write(t, filepath.Join(work, "two"), "2")
	link := func(name, target string) {
		t.Helper()
		name = filepath.Join(work, name)
		_ = os.Remove(name)
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	link("p/link", "../one")
	link("p/out", "/proc/self/status")
	before, without := hash(true), hash(false)
	for _, c := range []struct {
		what    string
		change  func()
		differs bool
	}{
		{"nothing", func() {}, false},
		{"a Go file", func() { write(t, filepath.Join(work, "p/p.go"), "package p\n") }, false},
		{"go.mod", func() { write(t, filepath.Join(work, "go.mod"), "module m") }, false},
		{"go.sum of a folder", func() { write(t, filepath.Join(work, "tool/go.sum"), "") }, false},
		{"a file", func() { write(t, filepath.Join(work, "web/page.html"), "1") }, true},
		{"its content", func() { write(t, filepath.Join(work, "web/page.html"), "2") }, true},
		{"a link", func() { link("p/link", "../two") }, true},
		{"a link to a Go file", func() { link("p/link", "p.go") }, true},
		{"the Go file", func() { write(t, filepath.Join(work, "p/p.go"), "package p // 2") }, true},
		{"a Go file that is included", func() { write(t, filepath.Join(work, "p/listed.go"), "2") }, true},
		{"a vendored file", func() { write(t, filepath.Join(work, "vendor/m/README"), "") }, true},
		{"a vendored Go file, which a macro may name", func() { write(t, filepath.Join(work, "vendor/m/m.go"), "package m") }, true},
		{"the list of vendored modules", func() { write(t, filepath.Join(work, "vendor/modules.txt"), "# m") }, false},
	} {
		c.change()
		after := hash(true)
		if (after != before) != c.differs {
			t.Errorf("%s: another hash: %t", c.what, after != before)
		}
		before = after
	}
	if hash(false) != without {
		t.Error("files count where nothing reads them")
	}
	named := &request.Cgo{CPPFlags: []string{"-DNAME=<p/p.go>"}}
	flagged := hashWith(named)
	write(t, filepath.Join(work, "p/p.go"), "package p // 4")
	if hashWith(named) == flagged {
		t.Error("a Go file that a flag may name does not count")
	}
	write(t, filepath.Join(work, "p/p.s"), "#include \"p.go\"\n")
	assembly := hash(false)
	write(t, filepath.Join(work, "p/p.go"), "package p // 3")
	if assembly == without || hash(false) == assembly {
		t.Error("what assembly includes does not count")
	}
}
