package modcache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/modfetch"
)

// Licenses writes the texts of the license files at the root of every module whose zip is in the module cache at root into a folder, each
// under its SHA-256, and gives the names of each module's by module@version.
func Licenses(list []module.Version, root, to string) (map[string][]string, error) {
	var mu sync.Mutex
	found := map[string][]string{}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return nil, err
	}
	err := eachZip(list, root, func(m module.Version, name string) error {
		texts, err := licenseTexts(m, name)
		if err != nil {
			return fmt.Errorf("reading the licenses of %s: %w", m, err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, text := range texts {
			sum := sha256.Sum256(text)
			name := hex.EncodeToString(sum[:])
			found[m.String()] = append(found[m.String()], name)
			if err := os.WriteFile(filepath.Join(to, name), text, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func licenseTexts(m module.Version, name string) (texts [][]byte, err error) {
	z, err := modfetch.OpenModule(m, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	return licenses.Texts(z, m.String())
}
