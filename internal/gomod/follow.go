package gomod

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/links"
)

// Follow notes the symbolic links of the tree that the facts were loaded from, and of the sums beside those files, which no fact needs
// but the steps that fetch. The error joins what is wrong with a link.
func (f *Facts) Follow(tree *links.Tree) error {
	for _, name := range f.SumFiles() {
		_, err := tree.Find(name)
		if _, broken := errors.AsType[*diag.Error](err); err != nil && (broken || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("looking for %s: %w", name, err)
		}
	}
	f.Links = tree.Followed()
	return nil
}
