package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/modship-build/modship/internal/stepprogram"
)

// maxSize is what the program may have, in bytes: every cold machine takes it over. git and ssh take 3 MB of it.
const maxSize = 19 << 20

// TestBuild: the program is small and static, has no version or commit in it, and is the same bytes in a copy of the module elsewhere,
// whatever settings of Go the machine has.
func TestBuild(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	program, err := stepprogram.Build(t.Context(), "go", root, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	if len(program) > maxSize {
		t.Errorf("the program has %d bytes, more than %d", len(program), maxSize)
	}
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program is dynamically linked")
		}
	}
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	if info.Main.Version != "(devel)" {
		t.Errorf("the version is %q", info.Main.Version)
	}
	for _, s := range info.Settings {
		if s.Key == "vcs" || s.Key == "-ldflags" {
			t.Errorf("%s=%s is in the program", s.Key, s.Value)
		}
	}
	if testing.Short() {
		return // the rest compiles everything again
	}
	elsewhere := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(elsewhere, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"cmd/modship-step", "internal"} {
		if err := os.CopyFS(filepath.Join(elsewhere, dir), os.DirFS(filepath.Join(root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOFLAGS", "-buildvcs=true -tags=other")
	t.Setenv("GOAMD64", "v3")
	again, err := stepprogram.Build(t.Context(), "go", elsewhere, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(program, again) {
		t.Error("the program is another one elsewhere")
	}
}

// TestPack: what a client reads is what the frontend image has, and nothing is written again without need.
func TestPack(t *testing.T) {
	program := bytes.Repeat([]byte("a program "), 1000)
	compressed, err := compress(program)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := compress(program); err != nil || !bytes.Equal(again, compressed) {
		t.Errorf("compressed again it is other bytes, or %v", err)
	}
	name := filepath.Join(t.TempDir(), "data", stepprogram.Name("amd64")+stepprogram.Suffix)
	if err := put(name, compressed, 0o644); err != nil {
		t.Fatal(err)
	}
	found, err := stepprogram.Read(os.DirFS(filepath.Dir(name)), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	r, err := found.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, program) || found.Size != int64(len(program)) {
		t.Errorf("read %d bytes of %d, size %d, %v", len(got), len(program), found.Size, err)
	}
}
