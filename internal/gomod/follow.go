package gomod

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/links"
)

// Follow notes the symbolic links of the tree that the facts were loaded from, and of the sums beside those files, which no fact needs
// but the steps that fetch. The error joins what is wrong with a link. None may lead to a file that Go or C compiles: the steps that
// have a network are given what these links lead to, and see no code.
func (f *Facts) Follow(tree *links.Tree) error {
	for _, name := range f.SumFiles() {
		_, err := tree.Find(name)
		if _, broken := errors.AsType[*diag.Error](err); err != nil && (broken || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("looking for %s: %w", name, err)
		}
	}
	f.Links = tree.Followed()
	var mistakes diag.List
	for _, name := range f.Links {
		place, err := tree.Find(name)
		if err == nil && len(place.Links) == 0 && gofiles.Listed(name) {
			mistakes = append(mistakes, &diag.Error{
				Range: diag.Range{File: name},
				Msg:   "a link has the name of a module file and leads to this file, which is source code",
				Help:  "put the text of the module file where the link is",
			})
		}
	}
	return mistakes.Err()
}
