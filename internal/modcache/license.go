package modcache

import (
	"errors"
	"fmt"
	"sync"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/modfetch"
)

// Licenses looks at the license files at the root of every module whose zip is in the module cache at root, and gives their SPDX
// expressions by module@version; one that is not known is "".
func Licenses(list []module.Version, root string) (map[string]string, error) {
	var mu sync.Mutex
	found := map[string]string{}
	err := eachZip(list, root, func(m module.Version, name string) error {
		expression, err := license(m, name)
		if err != nil {
			return fmt.Errorf("reading the licenses of %s: %w", m, err)
		}
		mu.Lock()
		defer mu.Unlock()
		found[m.String()] = expression
		return nil
	})
	return found, err
}

func license(m module.Version, name string) (expression string, err error) {
	z, err := modfetch.OpenModule(m, name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	expression, _, err = licenses.Detect(z, m.String())
	return expression, err
}
