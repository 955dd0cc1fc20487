package modvcs_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
)

// TestSilentServer: a server that says nothing, before its answer or within it, does not hold a build up.
func TestSilentServer(t *testing.T) {
	for name, begins := range map[string]bool{"before": false, "within": true} {
		t.Run(name, func(t *testing.T) {
			s := gittest.New(t)
			s.Repo("github.com", "acme/lib").Commit("-- go.mod --\nmodule github.com/acme/lib\n", "v1.0.0")
			ended := make(chan struct{})
			t.Cleanup(func() { close(ended) })
			s.Guard("github.com", func(w http.ResponseWriter, r *http.Request) bool {
				if begins {
					w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
					w.WriteHeader(http.StatusOK)
					_ = http.NewResponseController(w).Flush()
				}
				select {
				case <-ended:
				case <-r.Context().Done():
				}
				return true
			})
			o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client(), Stall: 200 * time.Millisecond, Sleep: func(context.Context, time.Duration) error { return nil }}, Dir: t.TempDir()}
			_, err := o.File(t.Context(), module.Version{Path: "github.com/acme/lib", Version: "v1.0.0"}, ".mod", filepath.Join(t.TempDir(), "mod"))
			if err == nil || !strings.Contains(err.Error(), "the server is silent: nothing came for 200ms") {
				t.Error(err)
			}
		})
	}
}
