package vcs

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/filemode"
)

// The three kinds of objects that are looked into, gitformat-tree(5) and git-hash-object(1). go-git's package for them also verifies
// signatures, with more code than all else that runs inside a build's steps.

// commit is what a commit says that is asked for here.
type commit struct {
	hash, tree plumbing.Hash
	parents    []plumbing.Hash
	// committed is the committer's time; zero if the line has none.
	committed time.Time
}

// treeEntry is a line of a tree.
type treeEntry struct {
	name string
	mode filemode.FileMode
	hash plumbing.Hash
}

func decodeCommit(h plumbing.Hash, data []byte) (*commit, error) {
	c := &commit{hash: h}
	for key, value := range headers(data) {
		var err error
		switch key {
		case "tree":
			c.tree, err = decodeHash(value)
		case "parent":
			var parent plumbing.Hash
			parent, err = decodeHash(value)
			c.parents = append(c.parents, parent)
		case "committer":
			c.committed = decodeTime(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if c.tree.IsZero() {
		return nil, fmt.Errorf("it names no tree")
	}
	return c, nil
}

// decodeTag returns what an annotated tag names.
func decodeTag(data []byte) (plumbing.Hash, error) {
	for key, value := range headers(data) {
		if key == "object" {
			return decodeHash(value)
		}
	}
	return plumbing.ZeroHash, fmt.Errorf("it names no object")
}

// headers yields the lines of a commit or tag before its message. The first is an object's own: what follows a header as
// its continuation, such as a signature, begins with a space.
func headers(data []byte) func(yield func(key, value string) bool) {
	return func(yield func(key, value string) bool) {
		for line := range bytes.Lines(data) {
			line = bytes.TrimSuffix(line, []byte("\n"))
			if len(line) == 0 {
				return
			}
			key, value, _ := strings.Cut(string(line), " ")
			if key != "" && !yield(key, value) {
				return
			}
		}
	}
}

func decodeHash(text string) (plumbing.Hash, error) {
	h, ok := plumbing.FromHex(text)
	if !ok {
		return plumbing.ZeroHash, fmt.Errorf("%q is no hash", text)
	}
	return h, nil
}

// decodeTime reads the seconds after the mail address of `Name <mail> 1700000000 +0100`.
func decodeTime(line string) time.Time {
	fields := strings.Fields(line[strings.LastIndexByte(line, '>')+1:])
	if len(fields) == 0 {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// decodeTree reads the entries `MODE NAME\0HASH` with hashes of so many bytes.
func decodeTree(data []byte, hashSize int) ([]treeEntry, error) {
	var entries []treeEntry
	for len(data) > 0 {
		head, rest, found := bytes.Cut(data, []byte{0})
		mode, name, spaced := strings.Cut(string(head), " ")
		if !found || !spaced || len(rest) < hashSize {
			return nil, fmt.Errorf("entry %d is cut short", len(entries)+1)
		}
		bits, err := filemode.New(mode)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", len(entries)+1, err)
		}
		h, ok := plumbing.FromBytes(rest[:hashSize])
		if !ok {
			return nil, fmt.Errorf("entry %d has no hash", len(entries)+1)
		}
		entries = append(entries, treeEntry{name, bits, h})
		data = rest[hashSize:]
	}
	return entries, nil
}
