package stepprogram_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// clients are systems that people sit at and BuildKit does not run on.
var clients = []struct{ goos, goarch string }{{"darwin", "arm64"}, {"windows", "amd64"}}

// TestClients: a client for another system carries the programs for Linux. With MODSHIP_TEST_FULL it is compiled and looked into.
func TestClients(t *testing.T) {
	if !slices.Contains(stepprogram.Arches(), "amd64") || !slices.Contains(stepprogram.Arches(), "arm64") {
		testbed.Missing(t, "the step programs: run make")
	}
	for _, c := range clients {
		t.Run(c.goos+"/"+c.goarch, func(t *testing.T) {
			env := append(os.Environ(), "GOOS="+c.goos, "GOARCH="+c.goarch, "CGO_ENABLED=0", "GOFLAGS=")
			list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.ImportPath}} {{.EmbedFiles}}", "github.com/modship-build/modship/cmd/modship")
			list.Env = env
			out, err := list.Output()
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(out)) {
				if !strings.HasPrefix(line, "github.com/modship-build/modship/internal/stepprogram ") {
					continue
				}
				for _, arch := range []string{"amd64", "arm64"} {
					if !strings.Contains(line, "data/"+stepprogram.Name(arch)+stepprogram.Suffix) {
						t.Errorf("it embeds no program for %s: %s", arch, line)
					}
				}
			}
			if os.Getenv("MODSHIP_TEST_FULL") == "" {
				return
			}
			client := filepath.Join(t.TempDir(), "modship")
			build := exec.CommandContext(t.Context(), "go", "build", "-o", client, "github.com/modship-build/modship/cmd/modship")
			build.Env = env
			if text, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			program, err := os.ReadFile(client)
			if err != nil {
				t.Fatal(err)
			}
			for _, arch := range []string{"amd64", "arm64"} {
				carried, err := os.ReadFile(filepath.Join("data", stepprogram.Name(arch)+stepprogram.Suffix))
				if err != nil || !bytes.Contains(program, carried) {
					t.Errorf("the program for %s is not in it, %v", arch, err)
				}
			}
		})
	}
}

// TestCarried: what this program carries for its own machine says that it is a step program.
func TestCarried(t *testing.T) {
	if !slices.Contains(stepprogram.Arches(), runtime.GOARCH) {
		testbed.Missing(t, "the step program: run make")
	}
	found, err := stepprogram.Find(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	in, err := found.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	name := filepath.Join(t.TempDir(), "step")
	out, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o755)
	if err == nil {
		_, err = out.ReadFrom(in)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), name).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "runs inside the steps of a build") {
		t.Errorf("it says %q, %v", said, err)
	}
}
