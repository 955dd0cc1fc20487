package sbom_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spdx/tools-golang/spdx/v2/common"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/sbom"
)

// TestProgram describes a real program, and holds the document against what the toolchain lists.
func TestProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "program")
	goTool(t, "build", "-buildvcs=false", "-o", out, "./testdata/program")
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in := example(t)
	if in.Facts, err = binary.Read(file); err != nil {
		t.Fatal(err)
	}
	if in.Program, err = binary.HashFile("/program", file); err != nil {
		t.Fatal(err)
	}
	in.Licenses, in.CPackages = nil, nil
	raw, err := sbom.SPDX(in)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range read(t, raw).Packages {
		for _, r := range p.PackageExternalReferences {
			if r.Category == common.CategoryOther {
				got[p.PackageName+" "+p.PackageVersion] = r.Locator
			}
		}
	}
	want := map[string]string{}
	for line := range strings.Lines(goTool(t, "version", "-m", out)) {
		if f := strings.Fields(line); len(f) == 4 && f[0] == "dep" {
			want[f[1]+" "+f[2]] = f[3]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 3 {
		t.Errorf("modules and their hashes (-go +document):\n%s", diff)
	}
}

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0", "GOPROXY=off", "GOTOOLCHAIN=local")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}
