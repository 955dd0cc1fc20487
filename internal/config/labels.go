package config

import (
	"fmt"
	"strings"
	"unicode"
)

// maxLabel is containerd's limit for key and value together.
const maxLabel = 4096

// reservedLabels are prefixes that container runtimes act upon. A label under them reached a logger that ran a binary as the
// host's root (CVE-2026-53488).
var reservedLabels = []string{"containerd.io/", "io.cri-containerd"}

// label checks an entry of labels or annotations.
func label(key, value string) (keyErr, valueErr error) {
	switch {
	case key == "":
		keyErr = &problem{"the key is empty", ""}
	case strings.ContainsFunc(key, unicode.IsSpace):
		keyErr = &problem{fmt.Sprintf("key %q holds white space", key), ""}
	}
	for _, prefix := range reservedLabels {
		if strings.HasPrefix(key, prefix) {
			keyErr = &problem{fmt.Sprintf("keys under %s are reserved", prefix), "container runtimes act upon them"}
		}
	}
	if size := len(key) + len(value); size > maxLabel {
		valueErr = &problem{fmt.Sprintf("key and value have %d bytes, more than the %d allowed", size, maxLabel), ""}
	}
	return keyErr, valueErr
}
