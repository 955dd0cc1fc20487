package step

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/modship-build/modship/internal/netrc"
)

// netrcAuth reads the netrc secret; without one there are no credentials.
func netrcAuth(name string) (func(host string) (user, password string, ok bool), error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the netrc secret: %w", err)
	}
	return netrc.Parse(string(data)), nil
}
