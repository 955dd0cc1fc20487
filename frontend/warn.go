package frontend

import (
	"context"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/safetext"
)

// Warn shows a warning at the configuration as a whole.
func (b *builder) Warn(ctx context.Context, msg string) { b.warnAt(ctx, &diag.Error{Msg: msg}) }

// warnAt shows a warning at its place, once: planning may take several rounds, and find the same in each. Of what breaks a rule, the level of
// the rule says what becomes of it.
func (b *builder) warnAt(ctx context.Context, w *diag.Error) {
	level := b.findings.levels.of(w.Rule)
	if level == rules.Off {
		return
	}
	if _, again := b.warned.LoadOrStore(w.Error(), nil); again {
		return
	}
	if b.findings.take(w, level) || level == rules.Info {
		return
	}
	opts := gateway.WarnOpts{Level: 1, URL: ruleURL(w.Rule)}
	msg := w.Msg
	if w.Rule != "" {
		msg = w.Rule + ": " + msg
	}
	if w.Help != "" {
		opts.Detail = [][]byte{[]byte(safetext.Line(w.Help))}
	}
	if w.Start.Line > 0 {
		if w.File == b.entrypoint.Filename {
			opts.Range = []*pb.Range{pbRange(w.Range)}
		} else if info := b.files.find(w.File); info != nil {
			opts.SourceInfo, opts.Range = info, []*pb.Range{pbRange(w.Range)}
		}
	}
	b.entrypoint.Warn(ctx, safetext.Short(msg), opts)
}
