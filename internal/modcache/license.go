package modcache

import (
	"archive/zip"
	"errors"
	"path/filepath"

	"github.com/modship-build/modship/internal/licenses"
)

// License gives the SPDX expression of the license files at the root of a module whose zip is in the module cache at from; ""
// if it is not known.
func License(from string, m Module) (expression string, err error) {
	name, err := download(m.From, ".zip")
	if err != nil {
		return "", err
	}
	z, err := zip.OpenReader(filepath.Join(from, Downloads, filepath.FromSlash(name)))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	expression, _, err = licenses.Detect(z, m.From.String())
	return expression, err
}
