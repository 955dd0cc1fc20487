package scan

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the -- want -- part of testdata/*.txt")

// TestGolden scans each archive of testdata: its files are the build context, request.json the request.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives in testdata", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { golden(t, name) })
	}
}

func golden(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fsys, want := fstest.MapFS{}, &txtar.File{}
	var req Request
	for i, f := range archive.Files {
		switch f.Name {
		case "request.json":
			req = decode[Request](t, f.Data)
		case "want":
			want = &archive.Files[i]
		default:
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	result, err := Scan(fsys, req)
	got := render(result, req.Main, err)
	if err == nil {
		checkStable(t, fsys, req, result)
		checkFiles(t, fsys, result)
	}
	if *update {
		if want.Name == "" {
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
			want = &archive.Files[len(archive.Files)-1]
		}
		want.Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want.Data), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkStable scans again and again, and takes the result through JSON.
func checkStable(t *testing.T, fsys fs.FS, req Request, result *Result) {
	t.Helper()
	text := encode(t, result)
	if diff := cmp.Diff(result, decode[*Result](t, text)); diff != "" {
		t.Errorf("JSON changes the result (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(req, decode[Request](t, encode(t, req))); diff != "" {
		t.Errorf("JSON changes the request (-before +after):\n%s", diff)
	}
	for range 20 {
		again, err := Scan(fsys, req)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, encode(t, again)) {
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
		if p.CXX || p.MuslTag || len(p.PkgConfig) > 0 {
			fmt.Fprintf(&b, " c++ %t, musl tag %t, pkg-config %q", p.CXX, p.MuslTag, p.PkgConfig)
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
	for _, u := range i.Unstampable {
		fmt.Fprintf(&b, "  not %s: %s (%s)\n", u.Name, u.Reason, u.Help)
	}
	return b.String()
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
