package modcache

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

// TestVerify changes what was downloaded afterwards, together with the .ziphash file by which cmd/go trusts a zip.
func TestVerify(t *testing.T) {
	c := module.Version{Path: "example.org/C", Version: "v1.0.0"} // escaped in names of files
	base := filepath.Join(Downloads, "example.org/!c/@v/v1.0.0")
	other := filepath.Join(Downloads, "example.org/win/@v/v1.0.0")
	for _, tt := range []struct {
		name     string
		from, to string // copied over
		without  string // a line of go.sum, by the version in it
		wrong    string // extension
	}{
		{name: "right"},
		{name: "another zip", from: other + ".zip", to: base + ".zip", wrong: ".zip"},
		{name: "another go.mod", from: other + ".mod", to: base + ".mod", wrong: ".mod"},
		{name: "no line for the zip", from: other + ".zip", to: base + ".zip", without: "v1.0.0"},
		{name: "no line for the go.mod", from: other + ".zip", to: base + ".zip", without: "v1.0.0/go.mod", wrong: ".zip"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			root := t.TempDir()
			if err := w.fetcher().Fetch(t.Context(), w.list(), w.sums, root); err != nil {
				t.Fatal(err)
			}
			if tt.from != "" {
				if err := copyFile(filepath.Join(root, tt.from), filepath.Join(root, tt.to)); err != nil {
					t.Fatal(err)
				}
			}
			sums := maps.Clone(w.sums)
			delete(sums, module.Version{Path: c.Path, Version: tt.without})
			err := Verify(sums, root)
			if tt.wrong == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e, ok := errors.AsType[*SumError](err)
			if !ok || e.Module != c || e.Ext != tt.wrong || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want that of %s%s alone", err, c, tt.wrong)
			}
		})
	}
}

func TestVerifyNothing(t *testing.T) {
	if err := Verify(Sums{}, t.TempDir()); err != nil {
		t.Errorf("without downloads: %v", err)
	}
	root := t.TempDir()
	for name, want := range map[string]string{"sumdb/sum.golang.org/lookup/x.mod": "", "example.org/stray.zip": "stray.zip"} {
		name = filepath.Join(root, Downloads, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Verify(Sums{}, root); (want == "") != (err == nil) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("with %s: %v", name, err)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}
