package vcs

import (
	"bytes"
	"fmt"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/format/gitignore"
)

// maxRules bounds a file of rules for git, such as .gitattributes, in bytes. Git itself takes no attributes from a file above 100 MB.
const maxRules = 1 << 20

// The most lines and bytes of such files that are read of a repository and its submodules: every folder may have some.
const (
	maxRuleLines = 100_000
	maxRuleBytes = 16 << 20
)

// rules are those that have been read of a repository.
type rules struct {
	attributes map[ruleFile]attributeFile
	ignored    map[ruleFile][]gitignore.Pattern
	modules    map[plumbing.Hash]map[string]string // names of submodules by their paths, by the tree of the commit
	spent      *spentRules
}

// spentRules is shared with the submodules.
type spentRules struct{ lines, bytes int }

// ruleFile is a file of a commit, or with a zero root one of the git folder.
type ruleFile struct {
	root plumbing.Hash
	name string
}

func newRules() rules {
	return rules{map[ruleFile]attributeFile{}, map[ruleFile][]gitignore.Pattern{}, map[plumbing.Hash]map[string]string{}, &spentRules{}}
}

// spend gives a file of rules back, if it is not too much.
func (r rules) spend(name string, data []byte) ([]byte, error) {
	if len(data) > maxRules {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxRules>>20)
	}
	r.spent.lines += bytes.Count(data, []byte("\n"))
	r.spent.bytes += len(data)
	if r.spent.lines > maxRuleLines || r.spent.bytes > maxRuleBytes {
		return nil, fmt.Errorf("with %s, what git ignores and how it changes files takes more than %d lines or %d MiB", name, maxRuleLines, maxRuleBytes>>20)
	}
	return data, nil
}

// remember gives what read gives, which is asked once.
func remember[K comparable, V any](known map[K]V, key K, read func() (V, error)) (V, error) {
	if v, ok := known[key]; ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		known[key] = v
	}
	return v, err
}
