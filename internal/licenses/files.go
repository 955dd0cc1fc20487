package licenses

import (
	"errors"
	"io"
	"io/fs"
	"regexp"
)

// maxSize limits a licence file. The text of the GPL-3.0 has 35 kB; what is larger lists the licences of a whole product.
const maxSize = 1 << 20

// maxFiles limits the licence files of a directory: what has more is no module that people licensed. The most in the wild are about ten.
const maxFiles = 50

// fileName matches, in any case, every name of golang/pkgsite's licenses.FileNames, and more names of their kind: of a licence
// (LICENSE.libyaml is gopkg.in/yaml's second one), never of source code (license.go) or of other people's (LICENSE-3RD-PARTY).
var fileName = regexp.MustCompile(`(?i)^(` +
	`copying|(mit[-_])?licen[cs]e|unlicen[cs]e)` +
	`([-_.](apache|mit|bsd|isc|[al]?gpl|lesser|mpl|epl|cc0|cc-by(-sa)?|zlib|boost|unlicense|libyaml|code|docs|v?[0-9.]+(-clause)?))*` +
	`(\.(md|markdown|txt|rst))?$`)

// list gives the names of the licence files in dir, sorted.
func list(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if fileName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// read gives the content of a file. It is nil for what is no file, and empty, which no licence is, for one that is too large.
func read(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a link to nothing
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return []byte{}, nil
	}
	return text, nil
}

// Patterns are patterns of github.com/moby/patternmatcher for the names of license files in a folder: they match every name that
// [Detect] looks at, and a few more.
func Patterns() []string {
	return []string{"[Cc][Oo][Pp][Yy][Ii][Nn][Gg]*", "*[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]*"}
}
