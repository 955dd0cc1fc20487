package startable

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/target"
)

func link(dest string) *fstest.MapFile {
	return &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(dest)}
}
func text(s string) *fstest.MapFile { return &fstest.MapFile{Mode: 0o755, Data: []byte(s)} }

func TestFind(t *testing.T) {
	files := fstest.MapFS{
		"usr/lib/x/liba.so":   text(""),
		"usr/lib/x/libb.so":   link("liba.so"),
		"lib":                 link("usr/lib"),
		"abs":                 link("/usr/lib/x"),
		"up":                  link("../../../usr/./lib//x"),
		"usr/deep":            link("lib/x"),
		"loop":                link("/loop2/"),
		"loop2":               link("loop"),
		"gone":                link("usr/gone"),
		"etc/" + long("a"):    text(""),
		"toolong":             link("/" + long("b")),
		"usr/lib/x/self":      link("."),
		"usr/lib/x/far/y/z/w": text(""),
	}
	for i := range 60 {
		files[fmt.Sprintf("chain%d", i)] = link(fmt.Sprintf("chain%d", i+1))
	}
	files["chain60"] = link("usr/lib/x/liba.so")
	for _, test := range []struct {
		name, real string // real is "" where nothing is
		links      int
	}{
		{"/", "/", 0},
		{"", "/", 0},
		{"/../..", "/", 0},
		{"/usr/lib/x/liba.so", "/usr/lib/x/liba.so", 0},
		{"usr//lib/./x/liba.so", "/usr/lib/x/liba.so", 0},
		{"/lib/x/libb.so", "/usr/lib/x/liba.so", 2},
		{"/abs/liba.so", "/usr/lib/x/liba.so", 1},
		{"/up/liba.so", "/usr/lib/x/liba.so", 1},
		{"/usr/deep/../x/liba.so", "/usr/lib/x/liba.so", 1},
		{"/usr/lib/x/self/self/self/liba.so", "/usr/lib/x/liba.so", 3},
		{"/lib", "/usr/lib", 1},
		{"/usr/lib/x/liba.so/", "", 0},
		{"/usr/lib/x/liba.so/..", "", 0},
		{"/loop", "", 41},
		{"/gone", "", 1},
		{"/nowhere/../usr", "", 0},
		{"/chain30", "/usr/lib/x/liba.so", 31},
		{"/chain10", "", 41},
		{"/etc/" + long("a"), "", 0},
		{"/toolong", "", 1},
		{"/" + strings.Repeat("usr/../", 1000), "", 0},
		{"/a\x00b", "", 0},
		{"/\xff", "", 0},
	} {
		p, err := newTree(files).find(test.name)
		if err != nil {
			t.Errorf("%.40q: %v", test.name, err)
		}
		if p.exists() != (test.real != "") || p.real != test.real && p.exists() || len(p.links) != test.links {
			t.Errorf("%.40q leads to %q (exists: %v) over %v, want %q over %d links", test.name, p.real, p.exists(), p.links, test.real, test.links)
		}
	}
}

// long is a name that no file system stores.
func long(letter string) string { return strings.Repeat(letter, maxName+1) }

// broken is a file system that fails for one name.
type broken struct {
	fstest.MapFS
	name string
}

var errBroken = errors.New("connection lost")

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.MapFS.Open(name)
}

func (b broken) Lstat(name string) (fs.FileInfo, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.MapFS.Lstat(name)
}

func (b broken) ReadLink(name string) (string, error) { return b.MapFS.ReadLink(name) }

func (b broken) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.MapFS.ReadDir(name)
}

// TestCheckPassesErrorsOn: an image that cannot be read is not an image in which a program does not start.
func TestCheckPassesErrorsOn(t *testing.T) {
	files := fstest.MapFS{"bin/sh": text("#!/bin/x"), "bin/x": text("x"), "bin/y": link("x")}
	for _, name := range []string{"bin", "bin/sh", "bin/x"} {
		report, err := Check(broken{files, name}, "/bin/sh", target.Target{OS: "linux", Arch: "amd64"})
		if !errors.Is(err, errBroken) || report != nil {
			t.Errorf("%s fails: %v, %v", name, report, err)
		}
	}
}

// plain hides everything but Open.
type plain struct{ fs.FS }

// TestPlainFS reads a file system that follows its links itself and whose files have no ReadAt.
func TestPlainFS(t *testing.T) {
	files := fstest.MapFS{"bin/sh": link("../usr/sh"), "usr/sh": text("#!/bin/gone")}
	report, err := Check(plain{sequential{files}}, "/bin/sh", target.Target{OS: "linux", Arch: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Err(); err == nil || !strings.Contains(err.Error(), "/bin/gone, the interpreter of the script /bin/sh, does not exist") {
		t.Error(err)
	}
}

type sequential struct{ fs.FS }

func (s sequential) Open(name string) (fs.File, error) {
	file, err := s.FS.Open(name)
	return onlyFile{file}, err
}

type onlyFile struct{ fs.File }

func TestPath(t *testing.T) {
	files := fstest.MapFS{
		"a/app": {Mode: 0o644, Data: []byte("no")}, "b/app/x": text(""), "c/app": text("#!/gone"), "d/app": text("#!/other"),
		"bin/tool": text("#!/gone"), "rel/app": text("#!/gone"),
	}
	for _, test := range []struct {
		program string
		env     []string
		want    string
	}{
		{"app", []string{"PATH=/x", "PATH=/a:/b:/c:/d"}, "the script /c/app,"},
		{"app", []string{"PATH=/a"}, `the program "app" is in no folder of PATH (/a); name it by its path`},
		{"tool", nil, "the script /bin/tool,"},
		{"", nil, `the program "" is in no folder`},
		{"rel/app", nil, "the script /rel/app,"},
	} {
		report, err := Check(files, test.program, target.Target{OS: "linux", Arch: "amd64"}, test.env...)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Problems) != 1 || !strings.Contains(report.Problems[0].String(), test.want) {
			t.Errorf("%q with %q: %v, want %q", test.program, test.env, report.Problems, test.want)
		}
	}
}

func TestGlob(t *testing.T) {
	files := fstest.MapFS{"etc/a.d/1.conf": text(""), "etc/a.d/.2.conf": text(""), "etc/b.d/3.conf": text(""), "etc/c": link("b.d")}
	for pattern, want := range map[string][]string{
		"/etc/a.d/*.conf":  {"/etc/a.d/1.conf"},
		"/etc/?.d/*":       {"/etc/a.d/1.conf", "/etc/b.d/3.conf"},
		"/etc/c/*":         {"/etc/c/3.conf"},
		"/etc/a.d/.*":      {"/etc/a.d/.2.conf"},
		"/etc/[/x":         nil,
		"/no/*":            nil,
		"/etc/b.d/3.conf":  {"/etc/b.d/3.conf"},
		"/etc/../etc/b.d/": {"/etc/b.d"},
	} {
		got, err := newTree(files).glob(pattern)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", pattern, err, diff)
		}
	}
}
