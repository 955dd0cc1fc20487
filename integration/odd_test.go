//go:build linux

package integration

import (
	"debug/buildinfo"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// An odd module is a file of testdata/odd: a txtar archive whose comment says, in lines "KEY: VALUE", what is special:
//
//	folder: app              the folder of the archive to build; others lie beside it
//	main: ./cmd/app          the command to build, "." if not said; modship.yaml of the archive must say the same
//	cgo: on                  go build runs with CGO_ENABLED=1
//	go: ARGUMENT             another argument of go build, for what modship.yaml of the archive says; may be given several times
//	edit: FILE OLD => NEW    afterwards OLD is replaced by NEW in the file, and both must then make another program
//	differs: WHY             go build succeeds and modship refuses, on purpose
//	says: TEXT               modship prints the text; may be given several times
//
// Everything else in the comment is for people. A file "link: NAME -> TARGET" is a symbolic link, and "folder: NAME" an empty folder.
type oddModule struct {
	root    string // of the archive
	dir     string // what is built
	main    string
	cgo     bool
	args    []string // of go build
	differs string
	says    []string
	edit    *oddEdit
}

type oddEdit struct{ file, from, to string }

// TestOdd builds each odd module with `go build` and with modship: both succeed or both refuse, and the programs have the same
// dependencies and print the same. Modules have the path of examples/hello, where they can, so that the standard library is not
// compiled for them again.
func TestOdd(t *testing.T) {
	setUp(t)
	files, err := filepath.Glob("testdata/odd/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no odd modules: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			m := readOdd(t, file)
			first := m.compare(t)
			if m.edit == nil {
				return
			}
			if first == "" {
				t.Fatal("there is no program that prints something before the edit")
			}
			m.change(t)
			if second := m.compare(t); second == first {
				t.Errorf("after the edit of %s the program still prints %q", m.edit.file, second)
			}
		})
	}
}

func readOdd(t *testing.T, file string) *oddModule {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(text)
	m := &oddModule{root: t.TempDir(), main: "."}
	m.dir = m.root
	m.directives(t, string(archive.Comment))
	for _, f := range archive.Files {
		if err := m.write(f); err != nil {
			t.Fatalf("writing %s: %v", f.Name, err)
		}
	}
	return m
}

func (m *oddModule) directives(t *testing.T, comment string) {
	t.Helper()
	for line := range strings.Lines(comment) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		switch key {
		case "folder":
			m.dir = filepath.Join(m.root, value)
		case "main":
			m.main = value
		case "cgo":
			m.cgo = value == "on"
		case "go":
			m.args = append(m.args, value)
		case "differs":
			m.differs = value
		case "says":
			m.says = append(m.says, value)
		case "edit":
			file, change, _ := strings.Cut(value, " ")
			from, to, ok := strings.Cut(change, " => ")
			if !ok {
				t.Fatalf("edit: want FILE OLD => NEW, got %q", value)
			}
			m.edit = &oddEdit{file, from, to}
		}
	}
}

func (m *oddModule) write(f txtar.File) error {
	name, target := f.Name, ""
	link, isLink := strings.CutPrefix(f.Name, "link: ")
	folder, isFolder := strings.CutPrefix(f.Name, "folder: ")
	switch {
	case isLink:
		var ok bool
		if name, target, ok = strings.Cut(link, " -> "); !ok {
			return fmt.Errorf("want link: NAME -> TARGET")
		}
	case isFolder:
		name = folder
	}
	if !fs.ValidPath(name) {
		return fmt.Errorf("%q is no path below the folder", name)
	}
	name = filepath.Join(m.root, name)
	if isFolder {
		return os.MkdirAll(name, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if isLink {
		return os.Symlink(target, name)
	}
	return os.WriteFile(name, f.Data, 0o644)
}

func (m *oddModule) change(t *testing.T) {
	t.Helper()
	name := filepath.Join(m.root, m.edit.file)
	text := string(readFile(t, name))
	edited := strings.ReplaceAll(text, m.edit.from, m.edit.to)
	if edited == text {
		t.Fatalf("%s does not hold %q", m.edit.file, m.edit.from)
	}
	edit(t, m.root, m.edit.file, edited)
}

// compare builds with both and gives what the programs print, "" if there are none.
func (m *oddModule) compare(t *testing.T) string {
	t.Helper()
	want, goLog, goOK := m.goBuild(t)
	got, r := m.modship(t)
	r.says(t, m.says...)
	switch {
	case m.differs != "":
		if !goOK || r.code == 0 {
			t.Fatalf("%s: go build gives %t, modship exit code %d\n%s\n%s", m.differs, goOK, r.code, goLog, r.log)
		}
		return ""
	case goOK != (r.code == 0):
		t.Fatalf("go build gives %t, modship exit code %d\ngo build:\n%s\nmodship:\n%s", goOK, r.code, goLog, r.log)
	case !goOK:
		return ""
	}
	if diff := cmp.Diff(moduleLines(t, want), moduleLines(t, got)); diff != "" {
		t.Errorf("modules (-go build +modship):\n%s", diff)
	}
	wantOut, wantCode := run(t, exec.CommandContext(t.Context(), want))
	gotOut, gotCode := run(t, exec.CommandContext(t.Context(), got))
	if wantOut != gotOut || wantCode != gotCode {
		t.Errorf("that of go build prints %q and exits with %d, that of modship prints %q and exits with %d", wantOut, wantCode, gotOut, gotCode)
	}
	return gotOut
}

// goBuild builds with the go command of this machine.
func (m *oddModule) goBuild(t *testing.T) (program, log string, ok bool) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "program")
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-o", program}, m.args...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, m.main)...)
	cmd.Dir = m.dir
	cgo := "CGO_ENABLED=0"
	if m.cgo {
		cgo = "CGO_ENABLED=1"
	}
	cmd.Env = append(os.Environ(), cgo, "GOFLAGS=", "GOOS=linux", "GOARCH=amd64", "GOWORK=")
	log, code := run(t, cmd)
	return program, log, code == 0
}

// modship builds the program alone.
func (m *oddModule) modship(t *testing.T) (program string, r result) {
	t.Helper()
	dest := t.TempDir()
	r = client.try(t, build{dir: m.dir, platforms: "linux/amd64", noImage: true,
		flags: []string{"--target", "binaries", "--output", "type=local,dest=" + dest}})
	if r.code != 0 {
		return "", r
	}
	found, err := filepath.Glob(filepath.Join(dest, "*-linux-amd64"))
	if err != nil || len(found) != 1 {
		t.Fatalf("modship gives %q: %v", found, err)
	}
	return found[0], r
}

// moduleLines are what `go version -m` says of packages and modules and of tags, and whether there is a profile.
func moduleLines(t *testing.T, program string) []string {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(info.String()) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
		switch {
		case slices.Contains([]string{"path", "mod", "dep", "=>"}, key):
			lines = append(lines, key+" "+value)
		case key == "build" && strings.HasPrefix(value, "-tags="):
			lines = append(lines, value)
		case key == "build" && strings.HasPrefix(value, "-pgo="):
			lines = append(lines, "-pgo="+filepath.Base(value))
		}
	}
	return lines
}
