package step

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/request"
)

// readLicense recognises the license of the module in the context. It is a step of its own because the recogniser takes most
// of a second to get ready, and the files hardly ever change.
//
// The source holds license files and nothing else, so that a module without one has no folder there.
func readLicense(_ context.Context, req request.License) error {
	var expression string
	if exists(filepath.Join(request.Source, req.Dir)) {
		var err error
		if expression, _, err = licenses.Detect(os.DirFS(request.Source), req.Dir); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(request.Out, request.LicenseFile), []byte(expression), 0o644)
}

// addLicenses takes over what step modules found, or looks into vendor, where `go mod vendor` puts the license files of the
// packages it copies.
func addLicenses(uses []analyze.ModuleUse, table gomod.Table) error {
	if !exists(request.Fetched) {
		return addVendored(uses)
	}
	var found map[string]string
	if err := readJSON(filepath.Join(request.Fetched, request.LicensesFile), &found); err != nil {
		return err
	}
	for i, use := range uses {
		uses[i].License = found[table.Providing(use.Path).Download().String()]
	}
	return nil
}

func addVendored(uses []analyze.ModuleUse) error {
	for i, use := range uses {
		dir := filepath.Join(workVendor, filepath.FromSlash(use.Path))
		if !exists(dir) {
			continue
		}
		var err error
		if uses[i].License, _, err = licenses.Detect(os.DirFS(dir), "."); err != nil {
			return fmt.Errorf("reading the licenses of %s: %w", use.Path, err)
		}
	}
	return nil
}
