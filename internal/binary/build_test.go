package binary_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestMatrix compiles one program for every target and checks each binary against each target. With -short it takes three.
func TestMatrix(t *testing.T) {
	var targets []target.Target
	if testing.Short() {
		for _, id := range []string{"linux/amd64", "linux/arm/v7", "linux/arm64"} {
			targets = append(targets, parse(t, id))
		}
	} else {
		targets = target.All()
		for _, id := range []string{"linux/amd64/v3", "linux/arm/v5", "linux/arm/v6"} {
			targets = append(targets, parse(t, id))
		}
	}
	dir := module(t, "package main\n\nfunc main() { println(\"hello\") }\n")
	for _, built := range targets {
		t.Run(built.String(), func(t *testing.T) {
			facts, err := readFile(t, goBuild(t, dir, append(built.Env(), "CGO_ENABLED=0")))
			if err != nil {
				t.Fatal(err)
			}
			checkGoFacts(t, facts, built)
			for _, want := range targets {
				err := facts.Check(want)
				switch {
				case want == built && err != nil:
					t.Errorf("its own target: %v", err)
				case want != built && err == nil:
					t.Errorf("passes for %v", want)
				case want != built && !strings.Contains(err.Error(), want.String()):
					t.Errorf("error does not name %v: %v", want, err)
				}
			}
		})
	}
}

// checkGoFacts looks at what every binary of the matrix has in common.
func checkGoFacts(t *testing.T, facts *binary.Facts, built target.Target) {
	t.Helper()
	if facts.ELF != built.ELF() || facts.Type != elf.ET_EXEC || !facts.Static {
		t.Errorf("ELF = %v, Type = %v, Static = %v", facts.ELF, facts.Type, facts.Static)
	}
	if facts.Path != "example.com/tiny" || facts.Module.Path != "example.com/tiny" || facts.Module.Version != "(devel)" {
		t.Errorf("Path = %q, Module = %+v", facts.Path, facts.Module)
	}
	if strings.Count(facts.BuildID, "/") != 3 {
		t.Errorf("BuildID = %q, want four parts", facts.BuildID)
	}
	if facts.GoVersion == "" || facts.Settings["GOARCH"] != built.Arch || facts.Settings["CGO_ENABLED"] != "0" {
		t.Errorf("GoVersion = %q, Settings = %v", facts.GoVersion, facts.Settings)
	}
}

// TestAgainstGoTools compares with what the tools of the toolchain read from the same binary.
func TestAgainstGoTools(t *testing.T) {
	dir := module(t, "package main\n\nfunc main() {}\n")
	host := []string{"GOOS=linux", "GOARCH=" + runtime.GOARCH, "CGO_ENABLED=0"}
	for _, test := range []struct {
		name   string
		args   []string
		typ    elf.Type
		static bool
	}{
		{"default", nil, elf.ET_EXEC, true},
		{"pie", []string{"-buildmode=pie"}, elf.ET_DYN, false},
		{"stripped", []string{"-trimpath", "-ldflags=-s -w"}, elf.ET_EXEC, true},
		{"no build ID", []string{"-ldflags=-buildid="}, elf.ET_EXEC, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := goBuild(t, dir, host, test.args...)
			facts, err := readFile(t, path)
			if err != nil {
				t.Fatal(err)
			}
			compareWithTools(t, facts, path)
			if facts.Type != test.typ || facts.Static != test.static {
				t.Errorf("Type = %v, Static = %v", facts.Type, facts.Static)
			}
		})
	}
}

func compareWithTools(t *testing.T, facts *binary.Facts, path string) {
	t.Helper()
	if want := strings.TrimSpace(run(t, nil, "go", "tool", "buildid", path)); facts.BuildID != want {
		t.Errorf("BuildID = %q, go tool buildid prints %q", facts.BuildID, want)
	}
	listed := run(t, nil, "go", "version", "-m", path)
	if want := path + ": " + facts.GoVersion + "\n"; !strings.HasPrefix(listed, want) {
		t.Errorf("GoVersion = %q, go version prints %q", facts.GoVersion, listed)
	}
	for key, value := range facts.Settings {
		if !strings.Contains(listed, "\tbuild\t"+key+"="+value) && !strings.Contains(listed, "\tbuild\t"+key+"=\"") {
			t.Errorf("go version -m does not print %s=%s:\n%s", key, value, listed)
		}
	}
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	needed, err := file.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(needed, facts.Needed); diff != "" && len(needed)+len(facts.Needed) > 0 {
		t.Errorf("Needed (-debug/elf +got):\n%s", diff)
	}
}

// TestExternalLink reads a binary that the C linker has put together.
func TestExternalLink(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling runtime/cgo takes its time: run without -short")
	}
	need(t, "gcc")
	dir := module(t, "package main\n\n// int one(void) { return 1; }\nimport \"C\"\n\nfunc main() { println(C.one()) }\n")
	path := goBuild(t, dir, []string{"GOOS=linux", "GOARCH=" + runtime.GOARCH, "CGO_ENABLED=1"})
	facts, err := readFile(t, path)
	if err != nil {
		t.Fatal(err)
	}
	compareWithTools(t, facts, path)
	if facts.Static || facts.Interpreter == "" || facts.Settings["CGO_ENABLED"] != "1" {
		t.Errorf("Static = %v, Interpreter = %q, Settings = %v", facts.Static, facts.Interpreter, facts.Settings)
	}
}

func TestC(t *testing.T) {
	need(t, "gcc")
	dir := t.TempDir()
	source := filepath.Join(dir, "main.c")
	if err := os.WriteFile(source, []byte("#include <math.h>\nint main(int c, char **v) { return (int)sin(c); }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "main")
	run(t, nil, "gcc", "-fPIE", "-pie", "-Wl,--no-as-needed", "-o", path, source, "-lm")
	facts, err := readFile(t, path)
	if !errors.Is(err, binary.ErrNoBuildInfo) {
		t.Fatalf("err = %v, want ErrNoBuildInfo", err)
	}
	if !strings.HasPrefix(facts.Interpreter, "/lib") || facts.Static || facts.Type != elf.ET_DYN {
		t.Errorf("Interpreter = %q, Static = %v, Type = %v", facts.Interpreter, facts.Static, facts.Type)
	}
	if diff := cmp.Diff([]string{"libm.so.6", "libc.so.6"}, facts.Needed); diff != "" {
		t.Errorf("Needed (-want +got):\n%s", diff)
	}
	if err := facts.Check(parse(t, "linux/"+runtime.GOARCH)); err != nil {
		t.Error(err)
	}
	if err := facts.Check(parse(t, "linux/s390x")); err == nil {
		t.Error("passes for linux/s390x")
	}

	object := filepath.Join(dir, "main.o")
	run(t, nil, "gcc", "-c", "-o", object, source)
	facts, err = readFile(t, object)
	if !errors.Is(err, binary.ErrNoBuildInfo) {
		t.Fatalf("err = %v, want ErrNoBuildInfo", err)
	}
	if err := facts.Check(parse(t, "linux/"+runtime.GOARCH)); err == nil || !strings.Contains(err.Error(), "ET_REL") {
		t.Errorf("an object file: %v", err)
	}
}

func need(t *testing.T, tool string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux, because " + tool + " must make ELF files")
	}
	if _, err := exec.LookPath(tool); err != nil {
		testbed.Missing(t, "%s: %v", tool, err)
	}
}

// module writes a module of one file, and returns its directory.
func module(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/tiny\n\ngo 1.26\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goBuild returns the path of the binary.
func goBuild(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "tiny")
	command := append([]string{"-C", dir, "build", "-o", out}, args...)
	run(t, append(slices.Clone(env), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"), "go", command...)
	return out
}

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

func readFile(t *testing.T, path string) (*binary.Facts, error) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return binary.Read(file)
}
