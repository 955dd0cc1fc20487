package modvcs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
)

// TestFifty: fifty modules of fifty repositories are there no later than with `go mod download`, which starts programs of git for each.
func TestFifty(t *testing.T) {
	if os.Getenv("MODSHIP_TEST_FULL") == "" {
		t.Skip("it takes minutes: set MODSHIP_TEST_FULL=1")
	}
	s := gittest.New(t)
	var versions []module.Version
	for i := range 50 {
		path := fmt.Sprintf("github.com/acme/m%d", i)
		s.Repo("github.com", fmt.Sprintf("acme/m%d", i)).Commit("-- go.mod --\nmodule "+path+"\n-- a.go --\npackage a\n", "v1.0.0")
		versions = append(versions, module.Version{Path: path, Version: "v1.0.0"})
	}
	start := time.Now()
	s.Download(versions...)
	theirs := time.Since(start)
	start = time.Now()
	fetchAll(t, s, versions)
	ours := time.Since(start)
	t.Logf("go mod download takes %v, and this %v", theirs, ours)
	if ours > theirs*12/10 {
		t.Errorf("%v is more than 1.2 times %v", ours, theirs)
	}
}

// fetchAll fetches modules as package modfetch does, ten at a time.
func fetchAll(t *testing.T, s *gittest.Server, versions []module.Version) {
	t.Helper()
	o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client()}, Dir: t.TempDir()}
	dir := t.TempDir()
	var eg errgroup.Group
	eg.SetLimit(10)
	for i, m := range versions {
		eg.Go(func() error {
			for _, ext := range []string{".info", ".mod", ".zip"} {
				if _, err := o.File(t.Context(), m, ext, filepath.Join(dir, fmt.Sprint(i)+ext)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		t.Error(err)
	}
}
