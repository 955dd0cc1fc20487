package modvcs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
)

func restless(context.Context, time.Duration) error { return nil }

// TestBrokenOff: a connection that breaks, before an answer or within it, costs another attempt, whatever was asked for by then.
func TestBrokenOff(t *testing.T) {
	const attempts = 3 // that fail
	for name, c := range map[string]struct {
		command string
		begins  string
	}{
		"names":          {"command=ls-refs", ""},
		"within names":   {"command=ls-refs", "0032"},
		"objects":        {"command=fetch", ""},
		"within objects": {"command=fetch", "000dpackfile\n001c\x01PACK"},
	} {
		t.Run(name, func(t *testing.T) {
			s := gittest.New(t)
			s.Repo("github.com", "acme/lib").Commit("-- go.mod --\nmodule github.com/acme/lib\n", "v1.0.0")
			var broken atomic.Int32
			s.Guard("github.com", func(w http.ResponseWriter, r *http.Request) bool {
				if !asksFor(t, r, c.command) || broken.Add(1) > attempts {
					return false
				}
				if c.begins != "" {
					w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
					_, _ = io.WriteString(w, c.begins)
					_ = http.NewResponseController(w).Flush()
				}
				panic(http.ErrAbortHandler)
			})
			o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client(), Sleep: restless}, Dir: t.TempDir()}
			_, err := o.File(t.Context(), module.Version{Path: "github.com/acme/lib", Version: "v1.0.0"}, ".zip", filepath.Join(t.TempDir(), "zip"))
			if err != nil {
				t.Error(err)
			}
			if broken.Load() <= attempts {
				t.Errorf("%d connections were broken: the test proves nothing", broken.Load())
			}
		})
	}
}

// asksFor tells whether a command of the protocol's version 2 has some words in it.
func asksFor(t *testing.T, r *http.Request, words string) bool {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte(words))
}

// TestGivenUp: a host that is in no state to answer is not asked for each of its modules. Others are.
func TestGivenUp(t *testing.T) {
	s := gittest.New(t)
	s.Repo("bitbucket.org", "acme/lib").Commit("-- go.mod --\nmodule bitbucket.org/acme/lib\n", "v1.0.0")
	var asked atomic.Int32
	s.Guard("github.com", func(w http.ResponseWriter, _ *http.Request) bool {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client(), Sleep: restless}, Dir: t.TempDir()}
	fetch := func(path string) error {
		_, err := o.File(t.Context(), module.Version{Path: path, Version: "v1.0.0"}, ".mod", filepath.Join(t.TempDir(), "mod"))
		return err
	}
	for i := range 6 {
		says := "status code: 503"
		if i >= 3 {
			says = fmt.Sprintf("https://github.com/acme/m%d: github.com is not asked any more: it has given no answer 3 times", i)
		}
		if err := fetch(fmt.Sprintf("github.com/acme/m%d", i)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if got := asked.Load(); got != 3*4 {
		t.Errorf("it was asked %d times", got)
	}
	if err := fetch("bitbucket.org/acme/lib"); err != nil {
		t.Error(err)
	}
}

// TestDifference: of a repository that has several modules, another commit brings what differs.
func TestDifference(t *testing.T) {
	s := gittest.New(t)
	repo := s.Repo("github.com", "acme/mono")
	first := repo.Commit("-- a/go.mod --\nmodule github.com/acme/mono/a\n-- a/a.go --\npackage a\n", "a/v1.0.0")
	repo.Commit("-- b/go.mod --\nmodule github.com/acme/mono/b\n-- b/b.go --\npackage b\n", "b/v1.0.0")
	repo.Commit("-- a/a.go --\npackage a // more\n", "a/v1.1.0")
	var fetched, knowing atomic.Int32
	s.Guard("github.com", func(_ http.ResponseWriter, r *http.Request) bool {
		if asksFor(t, r, "command=fetch") {
			fetched.Add(1)
		}
		if asksFor(t, r, "have "+first) {
			knowing.Add(1)
		}
		return false
	})
	o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client()}, Dir: t.TempDir()}
	versions := []module.Version{{Path: "github.com/acme/mono/a", Version: "v1.0.0"}, {Path: "github.com/acme/mono/b", Version: "v1.0.0"}, {Path: "github.com/acme/mono/a", Version: "v1.1.0"}}
	want := s.Download(versions...)
	fetched.Store(0)
	knowing.Store(0)
	for _, m := range versions {
		dir := t.TempDir()
		for _, ext := range []string{".info", ".mod", ".zip"} {
			if _, err := o.File(t.Context(), m, ext, filepath.Join(dir, "f"+ext)); err != nil {
				t.Fatal(err)
			}
		}
		compareFiles(t, dir, want[m])
	}
	if fetched.Load() != 3 || knowing.Load() != 2 {
		t.Errorf("it was asked for %d commits, and told %d times of the first", fetched.Load(), knowing.Load())
	}
}
