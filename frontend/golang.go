package frontend

import (
	"context"
	"encoding/json"
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
	if err == nil && !exact {
		version, err = b.newestGo(ctx, in)
	}
	if err != nil {
		return locateWant(err, in)
	}
	in.golang = plan.Go{Version: strings.TrimPrefix(version, "go")}
	return nil
}

// maxVersions bounds the list of Go versions, in bytes: a version has 12.
const maxVersions = 1 << 20

func (b *builder) newestGo(ctx context.Context, in *input) (string, error) {
	state, err := llb.Versions(b.host, in.build, in.fetch)
	if err != nil {
		return "", err
	}
	ref, err := b.solveState(ctx, state)
	if err != nil {
		return "", fmt.Errorf("choosing the Go version: %w", err)
	}
	content, err := reffs.ReadFile(ctx, ref, request.VersionsFile, maxVersions)
	if err != nil {
		return "", fmt.Errorf("choosing the Go version: %w", err)
	}
	var versions []string
	if err := json.Unmarshal(content, &versions); err != nil {
		return "", fmt.Errorf("decoding the list of Go versions: %w", err)
	}
	return toolchain.Choose(versions, in.facts.Toolchain, in.facts.Language, in.config.Go)
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
