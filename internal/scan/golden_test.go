package scan

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestGolden scans each archive of testdata: its files are the build context, request.json the request, for which the module files
// say which modules there are, unless it says so itself.
func TestGolden(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		fsys := a.FS()
		delete(fsys, "request.json")
		var req Request
		golden.Decode(t, a.Data(t, "request.json"), &req)
		if req.Modules == nil {
			facts, err := gomod.LoadAt(fsys, gomod.Place{Module: req.Module})
			if err != nil {
				t.Fatal(err)
			}
			req.Table = facts.Table
		}
		golden.RoundTrip(t, req)
		result, err := Scan(fsys, req)
		if err == nil {
			checkStable(t, fsys, req, result)
			checkFiles(t, fsys, result)
		}
		a.Want(t, render(result, req.Main, err))
	})
}

// checkStable scans again and again, and takes the result through JSON.
func checkStable(t *testing.T, fsys fs.FS, req Request, result *Result) {
	t.Helper()
	text := golden.RoundTrip(t, result)
	for range 20 {
		again, err := Scan(fsys, req)
		if err != nil {
			t.Fatal(err)
		}
		if text != golden.JSON(t, again) {
			t.Fatal("another scan gives another result")
		}
	}
}

// checkFiles holds for every result: what is reported exists.
func checkFiles(t *testing.T, fsys fs.FS, r *Result) {
	t.Helper()
	for _, targets := range r.Images {
		for _, image := range targets {
			for _, name := range image.Files() {
				if info, err := fs.Stat(fsys, name); err != nil || !info.Mode().IsRegular() {
					t.Errorf("reported file %s: %v", name, err)
				}
			}
			for _, pattern := range image.Embeds() {
				if !filepath.IsLocal(pattern) {
					t.Errorf("embed pattern %s leaves the context", pattern)
				}
			}
		}
	}
}

// render writes a result for people; images that are alike on several targets come once.
func render(r *Result, main string, err error) string {
	var b strings.Builder
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
		return b.String()
	}
	for _, m := range r.Mains {
		fmt.Fprintf(&b, "main %s %s %s on %s\n", m.Dir, m.ImportPath, m.Name, strings.Join(m.Targets, " "))
	}
	if _, err := r.Choose(main); err != nil {
		fmt.Fprintf(&b, "choose: %v\n", err)
	}
	for _, m := range r.Mains {
		seen := map[string]bool{}
		for _, target := range m.Targets {
			image, ok := r.Images[m.ImportPath][target]
			text := renderImage(image)
			if !ok || seen[text] {
				continue
			}
			seen[text] = true
			fmt.Fprintf(&b, "\nimage %s on", m.Dir)
			for _, other := range m.Targets {
				if renderImage(r.Images[m.ImportPath][other]) == text {
					fmt.Fprint(&b, " "+other)
				}
			}
			fmt.Fprint(&b, "\n"+text)
		}
	}
	if len(r.Diagnostics) > 0 {
		fmt.Fprintln(&b)
	}
	for _, d := range r.Diagnostics {
		fmt.Fprintf(&b, "%s: %v on %s\n", d.Level, d.Err(), strings.Join(d.Targets, " "))
	}
	return b.String()
}

func renderImage(i Image) string {
	var b strings.Builder
	if i.CgoMatters {
		fmt.Fprintln(&b, "  cgo matters")
	}
	for _, p := range i.Packages {
		fmt.Fprintf(&b, "  package %s", p.ImportPath)
		if p.Cgo {
			fmt.Fprint(&b, " (cgo)")
		}
		var c ctoolchain.Use
		if p.C != nil {
			c = *p.C
		}
		if c.CXX || c.MuslTag || len(c.PkgConfig) > 0 {
			fmt.Fprintf(&b, " c++ %t, musl tag %t, pkg-config %q", c.CXX, c.MuslTag, c.PkgConfig)
		}
		if c.Stub {
			fmt.Fprint(&b, ", with files for no cgo")
		}
		if c.Only {
			fmt.Fprint(&b, ", only cgo")
		}
		for _, file := range []string{c.Swig, c.Fortran} {
			if file != "" {
				fmt.Fprintf(&b, ", for another program %s", file)
			}
		}
		for _, f := range c.Flags {
			fmt.Fprintf(&b, ", %s at %s", f.Flag, f.Place)
		}
		for _, n := range c.Std {
			fmt.Fprintf(&b, ", %s at %s:%d", n.Path, n.Place, n.Col)
		}
		fmt.Fprintln(&b)
	}
	for _, list := range []struct {
		name  string
		items []string
	}{{"file", i.Files()}, {"embed", i.Embeds()}, {"std", i.Std}, {"external", i.External}, {"variable", i.Vars}} {
		for _, item := range list.items {
			fmt.Fprintf(&b, "  %s %s\n", list.name, item)
		}
	}
	for _, k := range i.Kept {
		fmt.Fprintf(&b, "  kept %s=%q at %s:%d:%d\n", k.Name, k.Value, k.File, k.Line, k.Col)
	}
	for _, u := range i.Unstampable {
		verb := "not"
		if u.Absent {
			verb = "lacks"
		}
		fmt.Fprintf(&b, "  %s %s: %s (%s)\n", verb, u.Name, u.Reason, u.Help)
	}
	return b.String()
}
