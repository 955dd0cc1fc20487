package frontend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/toolchain"
	"github.com/modship-build/modship/llb"
)

// chooseGo settles the exact Go version: what the configuration says, else go.mod's toolchain line, else the newest patch
// of its go line, for which the module proxy is asked in a step that BuildKit caches.
func (b *builder) chooseGo(ctx context.Context, in *input) error {
	if in.golang.Image != "" {
		return nil
	}
	version, exact, err := toolchain.Exact(in.facts.Toolchain, in.facts.Language, in.config.Go)
	if err != nil {
		return locateWant(err, in)
	}
	if !exact {
		if version, err = b.newestGo(ctx, in); err != nil {
			return err
		}
	}
	in.golang = plan.Go{Version: strings.TrimPrefix(version, "go")}
	return nil
}

func (b *builder) newestGo(ctx context.Context, in *input) (string, error) {
	state, err := llb.Resolve(b.host, request.Resolve{
		Language: in.facts.Language,
		Config:   in.config.Go,
		Build:    in.build,
	}, in.fetch)
	if err != nil {
		return "", err
	}
	ref, err := b.solveState(ctx, state)
	if err != nil {
		return "", fmt.Errorf("choosing the Go version: %w", err)
	}
	version, err := reffs.ReadFile(ctx, ref, request.VersionFile, 100)
	if err != nil {
		return "", fmt.Errorf("choosing the Go version: %w", err)
	}
	return string(version), nil
}

// locateWant points at the line that asks for a Go that cannot be had.
func locateWant(err error, in *input) error {
	want, ok := errors.AsType[*toolchain.WantError](err)
	if !ok {
		return err
	}
	var mistakes diag.List
	at := in.facts.GoLine()
	switch want.Input {
	case toolchain.InputConfig:
		at = in.at("go")
	case toolchain.InputToolchain:
		at = in.facts.ToolchainLine()
	}
	mistakes.Addf(at, "%s", want.Msg).Help = want.Help
	return mistakes.Err()
}
