package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
)

// TestForeignText: what leaves the frontend is fit to be shown by any client of BuildKit.
func TestForeignText(t *testing.T) {
	const hostile = "a\x1b[2J\u202e\n::error::b ##vso[c]"
	safe := func(what, text string) {
		t.Helper()
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) || strings.HasPrefix(line, "::") || strings.Contains(line, "##vso[") {
				t.Errorf("%s is %q", what, line)
			}
		}
	}
	var f files
	f.add("app.yaml", "YAML", []byte("main: .\n# "+hostile+"\n"), nil)
	cause := &fs.PathError{Op: "open", Path: hostile, Err: fs.ErrNotExist}
	mistake := &diag.Error{Range: at("app.yaml", 2, 1, 2, 2), Msg: hostile, Help: hostile, Err: cause}
	err := f.locate(errors.Join(mistake, cause, errors.New(hostile)))
	safe("the error", err.Error())
	if !errors.Is(err, fs.ErrNotExist) || len(errdefs.Sources(err)) != 1 {
		t.Errorf("the error has lost what it wraps: %v", err)
	}
	for _, s := range errdefs.Sources(err) {
		var b strings.Builder
		if err := s.Print(&b); err != nil {
			t.Fatal(err)
		}
		safe("the source", b.String())
	}

	warned := 0
	b := &builder{files: &files{}, entrypoint: &dockerui.Source{
		SourceMap: llb.NewSourceMap(nil, "app.yaml", "YAML", nil),
		Warn: func(_ context.Context, msg string, opts gateway.WarnOpts) {
			warned++
			safe("the warning", msg)
			safe("its detail", fmt.Sprintf("%s", opts.Detail))
		},
	}}
	b.warnAt(t.Context(), mistake)
	if warned != 1 {
		t.Errorf("%d warnings", warned)
	}

	p := &plan.Plan{}
	p.Main.ImportPath = hostile
	res, err := planResult(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"result.txt", "result.json"} {
		safe(key, string(res.Metadata[key]))
	}
}
