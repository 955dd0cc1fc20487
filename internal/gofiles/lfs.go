package gofiles

import "bytes"

// MaxLFSPointer is below what a pointer may have, in bytes (docs/spec.md of git-lfs: less than 1024).
const MaxLFSPointer = 1024

// versions begin a pointer: its first line is that of the version. The second is that of its beginnings.
var versions = [][]byte{[]byte("version https://git-lfs.github.com/spec/"), []byte("version https://hawser.github.com/spec/")}

// IsLFSPointer tells whether a whole file is a pointer of Git LFS: a small file that stands in for a large one where nobody has fetched
// that, as in a checkout without git-lfs and in what BuildKit fetches from a git URL.
func IsLFSPointer(content []byte) bool {
	if len(content) > MaxLFSPointer {
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
	LFSProblem = "the file is a pointer of Git LFS, not the content that it stands for"
	LFSHelp    = "run `git lfs pull` in the checkout, or give actions/checkout `lfs: true`; BuildKit fetches a git URL without Git LFS, so build a checkout instead"
)
