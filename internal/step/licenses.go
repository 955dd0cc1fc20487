package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// recogniseTexts looks at the license texts of all modules. Another version of a module mostly has the text of the one before, and
// then nothing is looked at again.
func recogniseTexts(context.Context, request.Licenses) error {
	names, err := filepath.Glob(filepath.Join(request.Fetched, "*", "*"))
	if err != nil {
		return err
	}
	found := map[string][]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found[filepath.Base(name)] = licenses.Identify(text)
	}
	return writeJSON(filepath.Join(request.Out, request.LicensesFile), found)
}

// addLicenses takes over what step modules found, or looks into vendor, where `go mod vendor` puts the license files of the
// packages it copies.
func addLicenses(uses []analyze.ModuleUse, table gomod.Table) error {
	if table.Vendor {
		return addVendored(uses, vendorDir(table.Root))
	}
	texts := map[string][]string{}
	for part := range request.ModuleParts {
		err := readJSON(filepath.Join(request.FetchedPart(part), request.LicensesFile), &texts) // adds to those before
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for i, use := range uses {
		uses[i].LicenseTexts = texts[table.Providing(use.Path).Download().String()]
	}
	return nil
}

func addVendored(uses []analyze.ModuleUse, vendor string) error {
	for i, use := range uses {
		dir := filepath.Join(vendor, filepath.FromSlash(use.Path))
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
