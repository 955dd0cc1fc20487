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
	// committed is the committer's time; zero if it is not known.
	committed time.Time
}

// treeEntry is what a tree has under a name.
type treeEntry struct {
	mode filemode.FileMode
	hash plumbing.Hash
}

// decodeCommit reads headers where git does: the tree in the first line and the parents right below it. A line of the same name further
// down says nothing, or the commit would be another one here than for git. The time is known only if one line tells it.
func decodeCommit(h plumbing.Hash, data []byte) (*commit, error) {
	c := &commit{hash: h}
	last, committers := "", 0
	for key, value := range headers(data) {
		var err error
		switch {
		case last == "" && key != "tree":
			return nil, fmt.Errorf("it does not begin with its tree")
		case last == "":
			c.tree, err = decodeHash(value)
		case key == "parent" && (last == "tree" || last == "parent"):
			var parent plumbing.Hash
			parent, err = decodeHash(value)
			c.parents = append(c.parents, parent)
		case key == "committer":
			c.committed = decodeTime(value)
			committers++
		case key == "tree", key == "parent":
			key = "other " + key
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		last = key
	}
	if c.tree.IsZero() {
		return nil, fmt.Errorf("it names no tree")
	}
	if committers > 1 {
		c.committed = time.Time{}
	}
	return c, nil
}

// decodeTag returns what an annotated tag names, in its first line.
func decodeTag(data []byte) (plumbing.Hash, error) {
	for key, value := range headers(data) {
		if key != "object" {
			break
		}
		return decodeHash(value)
	}
	return plumbing.ZeroHash, fmt.Errorf("it does not begin with its object")
}

// headers yields the lines of a commit or tag before its message, but for those that continue another, such as those of a signature:
// these begin with a space.
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

// decodeTree reads the entries `MODE NAME\0HASH` with hashes of so many bytes. Each has a name of its own that is one of a file: of two
// with the same name, a reader may take either.
func decodeTree(data []byte, hashSize int) (map[string]treeEntry, error) {
	entries := map[string]treeEntry{}
	for n := 1; len(data) > 0; n++ {
		head, rest, found := bytes.Cut(data, []byte{0})
		mode, name, spaced := strings.Cut(string(head), " ")
		if !found || !spaced || len(rest) < hashSize {
			return nil, fmt.Errorf("entry %d is cut short", n)
		}
		bits, err := filemode.New(mode)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		h, ok := plumbing.FromBytes(rest[:hashSize])
		if !ok {
			return nil, fmt.Errorf("entry %d has no hash", n)
		}
		if _, twice := entries[name]; twice || name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("entry %d has the name %q, which is empty, a path or that of another entry", n, name)
		}
		entries[name] = treeEntry{canonical(bits), h}
		data = rest[hashSize:]
	}
	return entries, nil
}

// canonical gives the mode that git takes another one for, by its kind alone.
func canonical(bits filemode.FileMode) filemode.FileMode {
	const kind, executable = 0o170000, 0o100
	switch bits & kind {
	case filemode.Regular & kind:
		if bits&executable != 0 {
			return filemode.Executable
		}
		return filemode.Regular
	case filemode.Symlink, filemode.Dir:
		return bits & kind
	}
	return filemode.Submodule
}
