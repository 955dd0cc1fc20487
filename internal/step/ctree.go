package step

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
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

// filesBelow lists the regular files below root in the order of their names, without those of vendor: they are what go.mod says.
func filesBelow(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == filepath.Join(root, "vendor") {
			return fs.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, path)
			files = append(files, rel)
			return err
		}
		return nil
	})
	return files, err
}

func hashFile(to io.Writer, root, name string) error {
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "%q %d\n", name, info.Size())
	_, err = io.Copy(to, f)
	return err
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
			text = append(text, mark...)
			if err := os.WriteFile(name, text, 0o644); err != nil {
				return err
			}
			sum := sha256.Sum256(text)
			return os.Chtimes(name, contentTime(sum[:]), contentTime(sum[:]))
		}
	}
	return nil
}
