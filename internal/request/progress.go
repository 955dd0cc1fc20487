package request

import (
	"fmt"
	"regexp"
)

// Progress is a line by which a long step says how far it is, as in "[37/120] golang.org/x/net@v0.35.0".
func Progress(n, of int, what string) string { return fmt.Sprintf("[%d/%d] %s", n, of, what) }

// compiledLine is an import path, which has no @ in it, with or without [Progress].
var compiledLine = regexp.MustCompile(`^(?:\[\d+/\d+\] )?([\w.~+/-]+)$`)

// CompiledPackage gives the import path of a line by which step deps or compile says that it compiles a package, as `go build -v` does.
func CompiledPackage(line string) (importPath string, ok bool) {
	m := compiledLine.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return m[1], true
}
