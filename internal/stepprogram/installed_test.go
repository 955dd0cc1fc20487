package stepprogram_test

import (
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// published is Modship as the go command would install it.
var published = module.Version{Path: "github.com/modship-build/modship", Version: "v1.99.0"}

// publish has the go command of the test find it in a proxy of its own, and all else where it is on this machine. It gives its hash.
func publish(t *testing.T) (sum string) {
	t.Helper()
	tree, proxy, cache := t.TempDir(), t.TempDir(), t.TempDir()
	for _, name := range []string{"cmd/modship-step", "internal"} {
		if err := os.CopyFS(filepath.Join(tree, name), os.DirFS(filepath.Join("../..", name))); err != nil {
			t.Fatal(err)
		}
	}
	made, err := filepath.Glob(filepath.Join(tree, "internal/stepprogram/data/*"+stepprogram.Suffix))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(made, filepath.Join(tree, "internal/goenv/data/go.env")) { // what is not in git
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "LICENSE"} {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(tree, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m := modproxytest.New(t, published, os.DirFS(tree))
	for name, file := range m.Files {
		name = filepath.Join(proxy, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSpace(string(out))
	t.Setenv("GOMODCACHE", cache)
	t.Setenv("GOPROXY", "file://"+proxy+",file://"+filepath.Join(own, "cache/download"))
	t.Setenv("GOSUMDB", "off")
	t.Cleanup(func() { // its files cannot be written
		clean := exec.Command("go", "clean", "-modcache")
		clean.Env = append(os.Environ(), "GOMODCACHE="+cache)
		if text, err := clean.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, text)
		}
	})
	return strings.Fields(m.Sums)[2]
}

// TestInstalled: a modship that go install has built compiles the program of the module that it was installed from, once, and of no other.
func TestInstalled(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the program twice")
	}
	info := &debug.BuildInfo{Main: debug.Module{Path: published.Path, Version: published.Version, Sum: publish(t)}}
	var said strings.Builder
	install := stepprogram.Install{Info: info, Path: os.Getenv("PATH"), Cache: t.TempDir(), Progress: &said}
	for _, arch := range []string{runtime.GOARCH, "arm64"} {
		name, err := install.Make(t.Context(), arch)
		if err != nil {
			t.Fatal(err)
		}
		file, err := elf.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]; file.Machine != want {
			t.Errorf("for %s it is one for %v", arch, file.Machine)
		}
		if arch != runtime.GOARCH {
			continue
		}
		if text, err := exec.CommandContext(t.Context(), name).CombinedOutput(); err == nil || !strings.Contains(string(text), "runs inside the steps of a build") {
			t.Errorf("it says %q, %v", text, err)
		}
	}
	lines := said.String()
	install.Path = "" // it is there, so no go command is needed
	if _, err := install.Make(t.Context(), runtime.GOARCH); err != nil || said.String() != lines {
		t.Errorf("%v; it was made again: %q", err, said.String())
	}
	info.Main.Sum = "h1:other"
	if _, err := install.Make(t.Context(), runtime.GOARCH); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a go command: %v", err)
	}
	install.Path = os.Getenv("PATH")
	if _, err := install.Make(t.Context(), runtime.GOARCH); err == nil || !strings.Contains(err.Error(), "another hash") {
		t.Errorf("of another source: %v", err)
	}
}

// TestNotInstalled: a program that was built in a checkout says so.
func TestNotInstalled(t *testing.T) {
	for _, info := range []*debug.BuildInfo{nil, {Main: debug.Module{Path: published.Path, Version: "(devel)"}}} {
		if _, err := (stepprogram.Install{Info: info}).Make(t.Context(), "amd64"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}
