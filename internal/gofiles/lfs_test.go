package gofiles

import (
	"strings"
	"testing"
)

func TestIsLFSPointer(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	for name, test := range map[string]struct {
		content string
		want    bool
	}{
		"pointer":            {pointer, true},
		"with an extension":  {"version https://git-lfs.github.com/spec/v1\next-0-foo sha256:aa\noid sha256:bb\nsize 1\n", true},
		"of the beginnings":  {strings.Replace(pointer, "git-lfs", "hawser", 1), true},
		"empty":              {"", false},
		"words about it":     {"see version https://git-lfs.github.com/spec/v1\noid x", false},
		"without what it is": {"version https://git-lfs.github.com/spec/v1\n", false},
		"too large":          {pointer + strings.Repeat("x", MaxLFSPointer), false},
	} {
		if got := IsLFSPointer([]byte(test.content)); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
