package step

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/step/request"
)

// addLicenses looks at the license files of the modules, which no package lists: in the zips, or in vendor, where `go mod
// vendor` puts those of the packages it copies.
func addLicenses(uses []analyze.ModuleUse) error {
	if !exists(request.Fetched) {
		return addVendored(uses)
	}
	var list []modcache.Module
	if err := readJSON(filepath.Join(request.Fetched, modcache.ListFile), &list); err != nil {
		return err
	}
	byPath := map[string]modcache.Module{}
	for _, m := range list {
		byPath[m.Path] = m
	}
	for i, use := range uses {
		m, ok := byPath[use.Path]
		if !ok {
			continue
		}
		var err error
		if uses[i].License, err = modcache.License(request.Fetched, m); err != nil {
			return fmt.Errorf("reading the licenses of %s: %w", m.From, err)
		}
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
