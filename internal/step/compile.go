package step

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/step/request"
)

// deps compiles packages that are not the module's own, so that GOCACHE as a layer holds them.
func deps(ctx context.Context, req request.Deps) error {
	if err := layOut(req.Build); err != nil {
		return err
	}
	if err := goBuild(ctx, req.Build, append([]string{"--"}, req.Imports...)...); err != nil {
		return err
	}
	return sealCache(request.GoCache)
}

// compile links the main package into the output.
func compile(ctx context.Context, req request.Compile) error {
	if err := layOut(req.Build); err != nil {
		return err
	}
	binary := filepath.Join(request.Out, request.BinDir, req.Name)
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return err
	}
	if err := goBuild(ctx, req.Build, "-ldflags="+quoteFlags(req.LDFlags), "-o", binary, "--", req.Main); err != nil {
		return err
	}
	if err := os.Chmod(binary, 0o755); err != nil {
		return fmt.Errorf("setting the mode of the program: %w", err)
	}
	return setTimes(request.Out, zeroTime)
}

// layOut makes the tree that cmd/go works in: the module's own files and its vendored ones.
func layOut(b request.Build) error {
	if err := copyTree(request.Source, request.Work); err != nil {
		return err
	}
	if !b.Vendor {
		return nil
	}
	return copyTree(request.Vendor, path.Join(request.Work, "vendor"))
}

// quoteFlags joins flags as cmd/go splits them: at spaces, with single or double quotes around what holds one, and no
// escapes (cmd/internal/quoted). Package config refuses values that hold both quotes.
func quoteFlags(flags []string) string {
	quoted := make([]string, len(flags))
	for i, f := range flags {
		switch {
		case !strings.ContainsAny(f, " \t\r\n'\"") && f != "":
			quoted[i] = f
		case !strings.Contains(f, "'"):
			quoted[i] = "'" + f + "'"
		default:
			quoted[i] = `"` + f + `"`
		}
	}
	return strings.Join(quoted, " ")
}
