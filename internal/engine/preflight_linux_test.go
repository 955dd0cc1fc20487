package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// pathWith returns a PATH of one directory that holds the scripts.
func pathWith(t *testing.T, scripts map[string]string) Options {
	dir := t.TempDir()
	for name, body := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return Options{CacheDir: ownDir(t), Getenv: env(map[string]string{"PATH": dir})}
}

func TestPreflight(t *testing.T) {
	const good = "echo runc version 1.3.3; echo libseccomp: 2.5.4"
	for name, tt := range map[string]struct {
		scripts map[string]string
		runc    string
		err     error
		says    []string
	}{
		"found":              {scripts: map[string]string{"runc": good}, runc: "runc"},
		"BuildKit's own":     {scripts: map[string]string{"runc": good, "buildkit-runc": good}, runc: "buildkit-runc"},
		"missing":            {err: ErrNoRunc, says: []string{"apt-get install runc", "BUILDKIT_HOST"}},
		"without libseccomp": {scripts: map[string]string{"runc": "echo runc version 1.1.5"}, err: ErrNoSeccomp, says: []string{"apt-get install runc"}},
		"old":                {scripts: map[string]string{"runc": "echo runc version 1.1.11; echo libseccomp: 2.5.4"}, err: ErrOldRunc, says: []string{"1.1.11", "CVE-2024-21626", "apt-get install runc"}},
		"candidate":          {scripts: map[string]string{"runc": "echo runc version 1.0.0-rc93; echo libseccomp: 2.5.4"}, err: ErrOldRunc},
		"broken":             {scripts: map[string]string{"runc": "exit 3"}, says: []string{"exit status 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := preflight(t.Context(), pathWith(t, tt.scripts).lookPath)
			if tt.err == nil && tt.says == nil {
				if err != nil || filepath.Base(got) != tt.runc {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			if err == nil || tt.err != nil && !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not mention %q", err, s)
				}
			}
		})
	}
}

// A machine without runc must hear of it before anything is built.
func TestPrivateWithoutRunc(t *testing.T) {
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root")
	}
	o := pathWith(t, nil)
	if _, err := connectPrivate(t.Context(), o); !errors.Is(err, ErrNoRunc) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(o.CacheDir); len(left) > 0 {
		t.Errorf("the cache directory was touched: %v", left)
	}
}

func TestRuncVersion(t *testing.T) {
	for text, want := range map[string][2]string{
		"runc version 1.3.3\ncommit: v1.3.3-0-gd842d771\nspec: 1.2.1\n":              {"1.3.3", ""},
		"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\n":                      {"1.1.5", "1.1.5+ds1-1+deb12u1"},
		"runc version 1.1.7-0ubuntu1~22.04.2\nspec: 1.0.2-dev\n":                     {"1.1.7", "1.1.7-0ubuntu1~22.04.2"},
		"runc version 1.4.0-rc.3\n":                                                  {"1.4.0-rc.3", ""},
		"runc version 1.1.4+dev\ncommit: 5fd4c4d144137e991c4acebb2146ab1483a97925\n": {"1.1.4", "1.1.4+dev"},
		"something else\n": {"", ""},
	} {
		if v, d := runcVersion(text); v != want[0] || d != want[1] {
			t.Errorf("%q: %q %q", text, v, d)
		}
	}
	// What a distribution has mended keeps its number: it is used, with a warning.
	o := pathWith(t, map[string]string{"runc": "echo runc version 1.1.5+ds1; echo commit: 1.1.5+ds1-1+deb12u1; echo libseccomp: 2.5.4"})
	if _, said, err := preflight(t.Context(), o.lookPath); err != nil || !strings.Contains(said, "1.1.5+ds1-1+deb12u1") || !strings.Contains(said, "CVE-2024-21626") {
		t.Errorf("%v, %q", err, said)
	}
}
