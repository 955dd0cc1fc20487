package gofiles

import (
	"testing"

	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: what git lfs pull puts in the place of a pointer is none, also where the content tells of pointers.
func TestAdvice(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 40\n"
	const content = "what a pointer begins with: " + pointer
	if !IsLFSPointer([]byte(pointer)) || IsLFSPointer([]byte(content)) {
		t.Error("a pointer is not told from a file")
	}
	diagtest.Advice(t, ".", []string{LFSHelp}, nil)
}
