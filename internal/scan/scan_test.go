package scan

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/target"
)

// context makes a file system of names and contents, with a go.mod.
func context(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{"go.mod": {Data: []byte("module example.com/m\n\ngo 1.26\n")}}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

func request(t testing.TB) Request {
	return Request{
		Table:     gomod.Table{Modules: []gomod.Module{{Path: "example.com/m", Dir: "."}}},
		Targets:   []target.Target{parseTarget(t, "linux/amd64"), parseTarget(t, "linux/arm/v7")},
		GoVersion: "1.26.8",
	}
}

func scanned(t testing.TB, fsys fs.FS, req Request) *Result {
	t.Helper()
	r, err := Scan(fsys, req)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// image is that of the only command, for linux/amd64.
func image(t testing.TB, r *Result) Image {
	t.Helper()
	m, err := r.Choose("")
	if err != nil {
		t.Fatal(err)
	}
	return r.Images[m.ImportPath]["linux/amd64"]
}

// TestEncodings has what txtar cannot hold.
func TestEncodings(t *testing.T) {
	long := "// " + strings.Repeat("licence ", 3*headSize/8) + "\n\n"
	for name, source := range map[string]string{
		"CRLF":        "//go:build linux\r\n\r\npackage main\r\n\r\nimport (\r\n\t\"embed\"\r\n\t\"os\"\r\n)\r\n\r\n//go:embed a.txt\r\nvar x string\r\n",
		"BOM":         "\ufeffpackage main\n\nimport (\n\t\"embed\"\n\t\"os\"\n)\n\n//go:embed a.txt\nvar x string\n",
		"long header": long + "package main\n\nimport (\n\t\"embed\"\n\t\"os\"\n)\n\n//go:embed a.txt\nvar x string\n",
		"one line":    "package main; import (\"embed\"; \"os\")\n//go:embed a.txt\nvar x string",
		"no newline":  "package main; import \"embed\"; import \"os\"\n//go:embed a.txt",
	} {
		t.Run(name, func(t *testing.T) {
			got := image(t, scanned(t, context("main.go", source), request(t)))
			want := Image{
				Dir:      ".",
				Packages: []Package{{ImportPath: "example.com/m", Dir: ".", Files: []string{"main.go"}, EmbedPatterns: []string{"a.txt"}}},
				Std:      []string{"embed", "os"},
			}
			if diff := cmp.Diff(want, got, withoutPlaces); diff != "" {
				t.Error(diff)
			}
			if at, ok := got.EmbeddedAt("a.txt"); !ok || at.File != "main.go" || at.Start.Line == 0 {
				t.Errorf("it is embedded at %v", at)
			}
		})
	}
}

// withoutPlaces compares packages without where their embed patterns stand.
var withoutPlaces = cmpopts.IgnoreFields(Package{}, "EmbedsAt")

func TestPackageClause(t *testing.T) {
	for _, test := range []struct {
		head, name string
		complete   bool
	}{
		{"package main\n", "main", true},
		{"package main", "main", false},
		{"/* c */ package /* d */ x // e\n", "x", true},
		{"// package main\npackage y;", "y", true},
		{"/* cut", "", false},
		{"pack", "", false},
		{"import \"fmt\"\n", "", false},
		{"package 1\n", "", false},
		{"", "", false},
	} {
		if name, complete := packageClause([]byte(test.head)); name != test.name || complete != test.complete {
			t.Errorf("%q has package %q, complete %v, want %q, %v", test.head, name, complete, test.name, test.complete)
		}
	}
}

func TestBinaryName(t *testing.T) {
	for importPath, want := range map[string]string{
		"example.com/m/cmd/x": "x",
		"example.com/m/v2":    "m",
		"example.com/m/v1":    "v1",
		"example.com/m/v02":   "v02",
		"example.com/m/v10":   "m",
		"example.com/m/v2x":   "v2x",
		"v2":                  "v2",
		"gopkg.in/tool.v3":    "tool.v3",
	} {
		if got := binaryName(importPath); got != want {
			t.Errorf("%s is called %s, want %s", importPath, got, want)
		}
	}
}

func TestEmbedsEscapesDirectories(t *testing.T) {
	i := Image{Packages: []Package{{Dir: `a[1]*?\b`, EmbedPatterns: []string{"all:x*", "..", "/etc", "a/../b", "[", "."}}}}
	want := []string{`all:a\[1]\*\?\\b/x*`}
	if diff := cmp.Diff(want, i.Embeds()); diff != "" {
		t.Error(diff)
	}
}

// TestRealFiles has what only a real file system holds: links, pipes and what may not be read.
func TestRealFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26\n")
	write(t, dir, "main.go", "package main\n\nimport _ \"example.com/m/linked\"\n")
	write(t, dir, "real/real.go", "package linked\n")
	write(t, dir, "real/cmd/x/main.go", "package main\n")
	link(t, "real", filepath.Join(dir, "linked"))
	link(t, "real/real.go", filepath.Join(dir, "zlink.go"))
	link(t, "nowhere", filepath.Join(dir, "dangling.go"))
	link(t, "real", filepath.Join(dir, "dir.go"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.go"), 0o644); err != nil {
		t.Fatal(err)
	}
	req := request(t)
	req.Main = "."
	r := scanned(t, os.DirFS(dir), req)
	want := []string{"dangling.go", "linked", "main.go", "real/real.go", "zlink.go"}
	if diff := cmp.Diff(want, r.Images["example.com/m"]["linux/amd64"].Files()); diff != "" {
		t.Error(diff)
	}
	if len(r.Mains) != 2 || r.Mains[1].Dir != "real/cmd/x" {
		t.Error("links to directories are walked:", r.Mains)
	}
	if len(r.Diagnostics) != 2 || r.Diagnostics[0].File != "dangling.go" || r.Diagnostics[1].File != "zlink.go" {
		t.Error("want the link that leads nowhere, as in go build, and the other package of zlink.go, got", r.Diagnostics)
	}
	if !slices.Equal(r.Missing, []string{"nowhere"}) {
		t.Error("missing:", r.Missing)
	}
}

// broken fails to open one file or directory.
type broken struct {
	fstest.MapFS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.MapFS.Open(name)
}

func (b broken) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.MapFS.ReadDir(name)
}

func TestUnreadable(t *testing.T) {
	fsys := context("cmd/x/main.go", "package main\n", "cmd/x/other.go", "package main\n", "far/far.go", "package far\n")
	for name, level := range map[string]string{"cmd/x/other.go": LevelError, "far/far.go": LevelWarning, "far": LevelWarning} {
		r := scanned(t, broken{fsys, name}, request(t))
		if len(r.Mains) != 1 || r.Mains[0].Dir != "cmd/x" {
			t.Errorf("without %s: commands are %v", name, r.Mains)
		}
		if len(r.Diagnostics) != 1 || r.Diagnostics[0].File != name || r.Diagnostics[0].Level != level {
			t.Errorf("without %s: want its %s, got %v", name, level, r.Diagnostics)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	fsys := context("main.go", "package main\n")
	for want, change := range map[string]func(*Request){
		"no module":           func(r *Request) { r.Modules = nil },
		"no target":           func(r *Request) { r.Targets = nil },
		"not below the root":  func(r *Request) { r.Modules[0].Dir = "../x" },
		"is named twice":      func(r *Request) { r.Modules = append(r.Modules, r.Modules[0]) },
		"is not a Go version": func(r *Request) { r.GoVersion = "latest" },
		"has no level 9":      func(r *Request) { r.Targets = []target.Target{{OS: "linux", Arch: "arm", Level: "9"}} },
		"has no level v2":     func(r *Request) { r.Targets = []target.Target{{OS: "linux", Arch: "riscv64", Level: "v2"}} },
	} {
		req := request(t)
		change(&req)
		if _, err := Scan(fsys, req); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

func TestReleaseTags(t *testing.T) {
	for version, last := range map[string]string{"1.26.8": "go1.26", "go1.27rc1": "go1.27", "1.21": "go1.21"} {
		tags, err := releaseTags(version)
		if err != nil || tags[0] != "go1.1" || tags[len(tags)-1] != last {
			t.Errorf("%s has tags %v, %v; the last should be %s", version, tags, err, last)
		}
	}
}

// counting counts how often files are opened.
type counting struct {
	fs.FS
	mu     *sync.Mutex
	opened map[string]int
}

func (c counting) Open(name string) (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened[name]++
	return c.FS.Open(name)
}

// TestReadsOnce is what makes a scan of a big tree fast: nothing is opened twice, however many targets there are.
func TestReadsOnce(t *testing.T) {
	files := context(
		"main.go", "package main\n\nimport _ \"example.com/m/lib\"\n",
		"lib/lib.go", "package lib\n", "lib/lib_arm.go", "package lib\n", "lib/lib.s", "\n",
		"cmd/other/other.go", "package main\n",
		"far/far.go", "package far\n", "far/far.c", "\n", "far/far_test.go", "package far\n",
	)
	fsys := counting{files, new(sync.Mutex), map[string]int{}}
	req := request(t)
	req.Targets = target.All()
	scanned(t, fsys, req)
	want := map[string]int{
		".": 1, "lib": 1, "cmd": 1, "cmd/other": 1, "far": 1,
		"main.go": 1, "lib/lib.go": 1, "lib/lib_arm.go": 1, "lib/lib.s": 1, "cmd/other/other.go": 1, "far/far.go": 1,
	}
	if diff := cmp.Diff(want, fsys.opened); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}
