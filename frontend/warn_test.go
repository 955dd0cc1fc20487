package frontend

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
)

// TestWarnOnce: each sentence is shown once, wherever it stands, and whoever says it.
func TestWarnOnce(t *testing.T) {
	var mu sync.Mutex
	shown := map[string]int{}
	b := &builder{files: &files{}, entrypoint: &dockerui.Source{
		SourceMap: llb.NewSourceMap(nil, "app.yaml", "YAML", nil),
		Warn: func(_ context.Context, msg string, _ gateway.WarnOpts) {
			mu.Lock()
			defer mu.Unlock()
			shown[msg]++
		},
	}}
	var rounds sync.WaitGroup
	for range 3 {
		rounds.Go(func() {
			b.Warn(t.Context(), "one")
			b.Warn(t.Context(), "two")
			for line := range 2 {
				b.warnAt(t.Context(), &diag.Error{
					Range: diag.Range{File: "app.yaml", Start: diag.Pos{Line: line + 1, Col: 1}, End: diag.Pos{Line: line + 1, Col: 2}}, Msg: "at two places",
				})
			}
		})
	}
	rounds.Wait()
	if diff := cmp.Diff(map[string]int{"one": 1, "two": 1, "at two places": 2}, shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
