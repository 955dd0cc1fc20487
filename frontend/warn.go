package frontend

import (
	"context"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/safetext"
)

// Warn shows a warning that is about nothing in particular.
func (b *builder) Warn(ctx context.Context, msg string) { b.warnAt(ctx, &diag.Error{Msg: msg}) }

// warnAt shows a warning at its place, once: planning may take several rounds, and find the same in each. Of what breaks a rule, the level of
// the rule says what becomes of it. A place in a configuration that nobody wrote is none.
func (b *builder) warnAt(ctx context.Context, w *diag.Error) {
	if w.File == b.entrypoint.Filename && string(b.entrypoint.Data) == defaults.NoConfig {
		unplaced := *w
		unplaced.Range = diag.Range{}
		w = &unplaced
	}
	b.context.rename([]*diag.Error{w})
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
	// Without a source, the warning would be one at the configuration.
	opts := gateway.WarnOpts{Level: 1, URL: ruleURL(w.Rule), SourceInfo: &pb.SourceInfo{Filename: safetext.Line(w.File)}}
	msg := w.Msg
	if w.Rule != "" {
		msg = w.Rule + ": " + msg
	}
	if w.Help != "" {
		opts.Detail = [][]byte{[]byte(safetext.Line(w.Help))}
	}
	if w.Start.Line > 0 {
		if info := b.files.find(w.File); info != nil {
			opts.SourceInfo, opts.Range = info, []*pb.Range{pbRange(w.Range)}
		}
	}
	b.entrypoint.Warn(ctx, safetext.Short(msg), opts)
}
