package step

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
)

// cInput are the files that C may include or be linked with.
var cInput = regexp.MustCompile(`\.(c|cc|cpp|cxx|h|hh|hpp|hxx|inc|inl|ipp|tcc|def|a|o|so|s|S|ld|map)$`)

// markC makes cmd/go compile the module's own packages with cgo anew when any C file of the module has changed. cmd/go looks at those
// of the package's own folder only, and its cache here outlives a build; a package may include what lies elsewhere. The mark is a
// comment at the end of a Go file, where it changes neither lines nor code.
func markC(root string) error {
	files, err := filesBelow(root)
	if err != nil {
		return fmt.Errorf("reading the C files: %w", err)
	}
	sum := sha256.New()
	for _, name := range files {
		if !cInput.MatchString(name) {
			continue
		}
		if err := hashFile(sum, root, name); err != nil {
			return fmt.Errorf("reading the C files: %w", err)
		}
	}
	mark := fmt.Appendf(nil, "\n// C files: %x\n", sum.Sum(nil))
	for _, name := range files {
		if filepath.Ext(name) != ".go" {
			continue
		}
		if err := appendIfCgo(filepath.Join(root, name), mark); err != nil {
			return fmt.Errorf("marking %s: %w", name, err)
		}
	}
	return nil
}

// appendIfCgo leaves alone what does not import "C", and what does not parse: that is the compiler's to report.
func appendIfCgo(name string, mark []byte) error {
	text, err := os.ReadFile(name)
	if err != nil || !bytes.Contains(text, []byte(`"C"`)) {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		return nil
	}
	for _, imp := range f.Imports {
		if imp.Path.Value == `"C"` {
			return appendMark(name, text, mark)
		}
	}
	return nil
}
