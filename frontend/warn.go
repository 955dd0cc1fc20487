package frontend

import (
	"context"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
)

// Warn shows a warning at the configuration as a whole.
func (b *builder) Warn(ctx context.Context, msg string) { b.warnAt(ctx, &diag.Error{Msg: msg}) }

// warnAt shows a warning at its place in the configuration, once: planning may take several rounds, and find the same in each.
func (b *builder) warnAt(ctx context.Context, w *diag.Error) {
	if _, again := b.warned.LoadOrStore(w.Error(), nil); again {
		return
	}
	opts := gateway.WarnOpts{Level: 1}
	if w.Help != "" {
		opts.Detail = [][]byte{[]byte(safetext.Line(w.Help))}
	}
	if w.Start.Line > 0 && w.File == b.entrypoint.Filename {
		opts.Range = []*pb.Range{pbRange(w.Range)}
	}
	b.entrypoint.Warn(ctx, safetext.Short(w.Msg), opts)
}
