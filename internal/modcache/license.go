package modcache

import (
	"errors"
	"fmt"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/modfetch"
)

// AddLicenses looks at the license files at the root of every module whose zip is in the module cache at root.
func AddLicenses(list []Module, root string) error {
	return eachZip(list, root, func(i int, name string) (err error) {
		if list[i].License, err = license(name, list[i]); err != nil {
			return fmt.Errorf("reading the licenses of %s: %w", list[i].From, err)
		}
		return nil
	})
}

func license(name string, m Module) (expression string, err error) {
	z, err := modfetch.OpenModule(m.From, name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	expression, _, err = licenses.Detect(z, m.From.String())
	return expression, err
}
