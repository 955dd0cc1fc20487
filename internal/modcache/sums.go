package modcache

import (
	"strings"

	"golang.org/x/mod/module"
)

// Sums are the hashes of one or more go.sum files. The hash of a go.mod file stands under the version with "/go.mod".
type Sums map[module.Version][]string

// Add reads a go.sum file. Lines that cannot be ones of it say nothing, as in cmd/go, which reports a hash that is missing
// and not a line that is strange.
func (s Sums) Add(gosum []byte) {
	for line := range strings.Lines(string(gosum)) {
		if f := strings.Fields(line); len(f) == 3 && strings.HasPrefix(f[2], "h1:") {
			m := module.Version{Path: f[0], Version: f[1]}
			s[m] = append(s[m], f[2])
		}
	}
}

// of gives the hashes of m's file with the extension, ".zip" or ".mod".
func (s Sums) of(m module.Version, ext string) []string {
	if ext == ".mod" {
		m.Version += "/go.mod"
	}
	return s[m]
}
