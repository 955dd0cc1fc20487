// Package lfs recognises pointers of Git LFS: small files that stand in for large ones where nobody has fetched those, as in a checkout
// without git-lfs and in what BuildKit fetches from a git URL.
package lfs

import "bytes"

// MaxSize is below what a pointer may have, in bytes (docs/spec.md of git-lfs: less than 1024).
const MaxSize = 1024

// versions begin a pointer: its first line is that of the version. The second is that of its beginnings.
var versions = [][]byte{[]byte("version https://git-lfs.github.com/spec/"), []byte("version https://hawser.github.com/spec/")}

// IsPointer tells whether a whole file is a pointer.
func IsPointer(content []byte) bool {
	if len(content) > MaxSize {
		return false
	}
	for _, v := range versions {
		if bytes.HasPrefix(content, v) && bytes.Contains(content, []byte("\noid ")) {
			return true
		}
	}
	return false
}

// Words for what was found and what to do.
const (
	Problem = "the file is a pointer of Git LFS, not the content that it stands for"
	Help    = "run `git lfs pull` in the checkout; BuildKit fetches a git URL without Git LFS, so build a checkout instead"
)
