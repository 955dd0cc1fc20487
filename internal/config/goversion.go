package config

import (
	"fmt"
	"go/version"
	"strings"
)

// GoVersion checks a Go version, "1.26", "1.26.8" or "1.27rc1" with or without "go" before it, and returns it without.
func GoVersion(s string) (string, error) {
	v := strings.TrimPrefix(s, "go")
	if !version.IsValid("go"+v) || !strings.HasPrefix(v, "1.") || strings.Contains(v, "-") {
		return "", &problem{fmt.Sprintf("%q is not a Go version", s), `write "1.26" for its newest patch, "1.26.8" or "1.27rc1"`}
	}
	return v, nil
}
