package step

import (
	"context"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/scan"
)

// scanSource reads the module's own packages; what it finds goes to the frontend.
func scanSource(_ context.Context, req request.Scan) error {
	result, err := scan.Within(scan.Deadline, os.DirFS(request.Source), req.Request)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Out, request.ScanFile), result)
}
