package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testbed"
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
	const good = "echo runc version 1.1.5; echo libseccomp: 2.5.4"
	for name, tt := range map[string]struct {
		euid    int
		scripts map[string]string
		runc    string
		err     error
		says    []string
	}{
		"found":              {scripts: map[string]string{"runc": good}, runc: "runc"},
		"BuildKit's own":     {scripts: map[string]string{"runc": good, "buildkit-runc": good}, runc: "buildkit-runc"},
		"missing":            {err: ErrNoRunc, says: []string{"apt-get install runc", "BUILDKIT_HOST"}},
		"without libseccomp": {scripts: map[string]string{"runc": "echo runc version 1.1.5"}, err: ErrNoSeccomp, says: []string{"apt-get install runc"}},
		"not root":           {euid: 1000, err: ErrNotRoot, says: []string{"rootlesskit", "BUILDKIT_HOST"}},
		"broken":             {scripts: map[string]string{"runc": "exit 3"}, says: []string{"exit status 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := preflight(t.Context(), tt.euid, pathWith(t, tt.scripts).lookPath)
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
