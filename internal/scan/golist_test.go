package scan

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/target"
)

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir, Name string
	Standard              bool
	Module                *struct{ Path string }
	Imports               []string
	EmbedPatterns         []string
	CgoPkgConfig          []string

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SwigFiles, SwigCXXFiles, SysoFiles []string
}

func (l listed) files() []string {
	return sortedSet(slices.Concat(l.GoFiles, l.CgoFiles, l.CFiles, l.CXXFiles, l.MFiles, l.HFiles, l.FFiles, l.SFiles,
		l.SwigFiles, l.SwigCXXFiles, l.SysoFiles))
}

// TestAgainstGoList compares the own packages of real modules, their files and what leaves the module with what cmd/go says.
func TestAgainstGoList(t *testing.T) {
	subjects := []struct {
		module  string
		pattern string
		cgo     bool
	}{
		{"github.com/modship-build/modship", "/internal/scan", false},
		{"github.com/moby/buildkit", "/cmd/buildctl", false},
		{"github.com/moby/buildkit", "/cmd/buildkitd", false},
		{"golang.org/x/sys", "/unix", false}, // assembly
		{"golang.org/x/tools", "/cmd/...", true},
		{"github.com/docker/docker-credential-helpers", "/secretservice", true}, // C files
	}
	for _, s := range subjects {
		for _, platform := range []string{"linux/amd64", "linux/arm64", "linux/arm/v7"} {
			t.Run(s.module+s.pattern+"/"+platform, func(t *testing.T) {
				dir := strings.TrimSpace(goCommand(t, nil, "list", "-m", "-f", "{{.Dir}}", s.module))
				if dir == "" {
					t.Fatal(s.module, "is not in the module cache: run go mod download")
				}
				on := parseTarget(t, platform)
				env := append(on.Env(), "CGO_ENABLED=0")
				if s.cgo {
					env[len(env)-1] = "CGO_ENABLED=1"
				}
				all := parseList(t, goCommand(t, env, "list", "-e", "-deps", "-json", s.module+s.pattern))
				compareWithList(t, s.module, dir, on, s.cgo, all)
			})
		}
	}
}

// compareWithList takes every own package as if it were a command.
func compareWithList(t *testing.T, module, dir string, on target.Target, cgo bool, all map[string]listed) {
	req := Request{Table: gomod.Table{Modules: []gomod.Module{{Path: module, Dir: "."}}}, Targets: []target.Target{on}, GoVersion: toolchain(t)}
	if cgo {
		req.Cgo = req.Targets
	}
	s, err := newSurvey(os.DirFS(dir), req)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, p := range all {
		if p.Module == nil || p.Module.Path != module || len(p.GoFiles)+len(p.CgoFiles) == 0 {
			continue
		}
		rel, err := filepath.Rel(dir, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		main := Main{ImportPath: p.ImportPath, Dir: filepath.ToSlash(rel)}
		s.follow([]Main{main})
		image := s.closeImage(main, 0)
		image.Vars, image.Kept, image.CgoMatters = nil, nil, false // go list knows nothing of them
		for i := range image.Packages {
			p := &image.Packages[i]
			if p.C != nil {
				p.C.Stub, p.C.Only, p.C.Flags, p.C.Std = false, false, nil, nil
			}
			if !p.Cgo {
				p.C = nil
			}
		}
		want := wantImage(all, p.ImportPath, module, dir)
		want.Dir = main.Dir
		if diff := cmp.Diff(want, image, withoutPlaces); diff != "" {
			t.Errorf("%s (-go list +scan):\n%s", p.ImportPath, diff)
		}
		compared++
	}
	if compared == 0 {
		t.Error("go list gave no own packages")
	}
	if found := s.found.sorted(names(s.platforms)); len(found) > 0 {
		t.Error("unexpected", found)
	}
}

// wantImage makes an image out of go list's packages.
func wantImage(all map[string]listed, from, module, dir string) Image {
	own, std, external := map[string]Package{}, set{}, set{}
	var visit func(string)
	visit = func(importPath string) {
		p := all[importPath]
		rel, _ := filepath.Rel(dir, p.Dir)
		own[importPath] = Package{
			ImportPath: importPath, Dir: filepath.ToSlash(rel), Files: p.files(), EmbedPatterns: p.EmbedPatterns,
			Cgo: len(p.CgoFiles) > 0,
		}
		if made := own[importPath]; made.Cgo {
			made.C = &ctoolchain.Use{ImportPath: importPath, Own: true, CXX: len(p.CXXFiles) > 0, PkgConfig: p.CgoPkgConfig,
				Swig: ctoolchain.FirstFile(made.Dir, p.SwigFiles, p.SwigCXXFiles), Fortran: ctoolchain.FirstFile(made.Dir, p.FFiles)}
			own[importPath] = made
		}
		if len(p.CgoFiles) > 0 {
			std["runtime/cgo"], std["syscall"] = true, true
		}
		for _, imp := range p.Imports {
			i := all[imp]
			switch {
			case imp == "C" || imp == "unsafe":
			case i.Standard:
				std[imp] = true
			case i.Module == nil || i.Module.Path != module:
				external[imp] = true
			case own[imp].ImportPath == "":
				visit(imp)
			}
		}
	}
	visit(from)
	image := Image{Std: std.sorted(), External: external.sorted()}
	for _, importPath := range slices.Sorted(maps.Keys(own)) {
		image.Packages = append(image.Packages, own[importPath])
	}
	return image
}

// TestToolTags compares the level tags of every target with the toolchain's.
func TestToolTags(t *testing.T) {
	targets := target.All()
	for _, name := range []string{"linux/amd64/v3", "linux/arm/v5", "linux/arm/v6", "linux/arm64/v8.2", "linux/arm64/v9.3",
		"linux/ppc64le/power9", "linux/riscv64/rva22u64"} {
		targets = append(targets, parseTarget(t, name))
	}
	for _, on := range targets {
		got, err := levelTags(on)
		if err != nil {
			t.Errorf("%s: %v", on, err)
			continue
		}
		out := goCommand(t, on.Env(), "list", "-f", "{{range context.ToolTags}}{{.}} {{end}}", "unsafe")
		want := slices.DeleteFunc(strings.Fields(out), func(tag string) bool { return strings.HasPrefix(tag, "goexperiment.") })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s has tags %v, the toolchain says %v", on, got, want)
		}
	}
}

func goCommand(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(append(os.Environ(), "GOWORK=off", "GOFLAGS="), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

func toolchain(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(goCommand(t, nil, "env", "GOVERSION"))
}

func parseList(t *testing.T, out string) map[string]listed {
	t.Helper()
	all := make(map[string]listed)
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

func parseTarget(t testing.TB, platform string) target.Target {
	t.Helper()
	on, err := target.Parse(platform)
	if err != nil {
		t.Fatal(err)
	}
	return on
}
