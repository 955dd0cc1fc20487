package frontend

import (
	"context"
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/toolchain"
	"github.com/modship-build/modship/llb"
)

// chooseGo settles the exact Go version: what the configuration says, else go.mod's toolchain line, else the newest patch
// of its go line, for which the module proxy is asked in a step that BuildKit caches.
func (b *builder) chooseGo(ctx context.Context, in *input) error {
	if in.Go.Image != "" {
		return nil
	}
	version, exact, err := toolchain.Exact(in.Facts.Toolchain, in.Facts.Language, in.Config.Go)
	if err == nil && !exact {
		version, err = b.newestGo(ctx, in)
	}
	if err != nil {
		return toolchain.Locate(err, in.Facts, in.At("go"))
	}
	in.Go = plan.Go{Version: strings.TrimPrefix(version, "go")}
	return nil
}

// maxVersions bounds the list of Go versions, in bytes: a version has 12.
const maxVersions = 1 << 20

func (b *builder) newestGo(ctx context.Context, in *input) (string, error) {
	state, err := llb.Versions(b.host, in.Build, in.Fetch)
	if err != nil {
		return "", err
	}
	var versions []string
	if err := b.readJSON(ctx, state, request.VersionsFile, maxVersions, &versions); err != nil {
		return "", fmt.Errorf("choosing the Go version: %w", err)
	}
	return toolchain.Choose(versions, in.Facts.Toolchain, in.Facts.Language, in.Config.Go)
}
