package cli

import (
	"path/filepath"
	"strings"
)

// splitPattern gives of an argument such as ./cmd/... the folder to build and the pattern of main packages in it: the folder is the module
// that ./cmd is in. Any other argument is a folder, and the pattern "".
func splitPattern(arg string) (dir, pattern string) {
	base, ok := strings.CutSuffix(filepath.ToSlash(arg), "...")
	if !ok || base != "" && !strings.HasSuffix(base, "/") {
		return arg, ""
	}
	if base = strings.TrimRight(base, "/"); base == "" {
		base = "."
	}
	if above, main, ok := moduleAbove(base); ok {
		return filepath.Clean(above), main + "/..."
	}
	return base, "./..."
}

// moduleAbove finds the module that a folder which is none of its own lies in, and names the folder as a main package of it.
func moduleAbove(dir string) (above, main string, ok bool) {
	isModule := func(dir string) bool {
		return exists(filepath.Join(dir, "go.mod")) || exists(filepath.Join(dir, "go.work"))
	}
	abs, err := filepath.Abs(dir)
	if err != nil || isModule(dir) {
		return "", "", false
	}
	for root := filepath.Dir(abs); ; root = filepath.Dir(root) {
		if isModule(root) {
			rel, err := filepath.Rel(root, abs)
			up := strings.Repeat("/..", strings.Count(filepath.ToSlash(rel), "/")+1)
			return filepath.Join(dir, up), "./" + filepath.ToSlash(rel), err == nil
		}
		if root == filepath.Dir(root) {
			return "", "", false
		}
	}
}
