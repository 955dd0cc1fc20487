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
	if p := locate(base, false, noneGiven); p.main != "" {
		return p.module, p.main + "/..."
	}
	return base, "./..."
}

// noneGiven is for who asks where a module is, and not what its context is.
func noneGiven(string) bool { return false }
