package vcs

import (
	"errors"
	"fmt"

	"github.com/go-git/go-git/v6/plumbing"
)

// maxCommits bounds the commits that are read to find the newest tag before HEAD.
const maxCommits = 1 << 20

// peel follows annotated tags to a commit; it returns the zero hash where a tag names something else.
func (r *Repository) peel(h plumbing.Hash) (plumbing.Hash, error) {
	for range 10 {
		o, err := r.object(plumbing.AnyObject, h)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		if o.Type() == plumbing.CommitObject {
			return h, nil
		} else if o.Type() != plumbing.TagObject {
			return plumbing.ZeroHash, nil
		}
		data, err := readObject(o)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		target, err := decodeTag(data)
		if err != nil {
			return plumbing.ZeroHash, fmt.Errorf("reading git tag %s: %w", h, err)
		}
		h = target
	}
	return plumbing.ZeroHash, errors.New("reading git tags: too many tags of tags")
}

// newestMerged returns the highest version whose tag is on head or an ancestor of it, or "". tags are sorted, highest first. In
// a shallow clone the history ends where git's ends.
func (r *Repository) newestMerged(head *commit, tags []taggedVersion) (string, error) {
	if len(tags) == 0 {
		return "", nil
	}
	rank := map[string]int{}
	for i, t := range tags {
		if _, ok := rank[key(t.commit)]; !ok && !t.commit.IsZero() {
			rank[key(t.commit)] = i
		}
	}
	best := len(tags)
	err := r.ancestors(head, func(h plumbing.Hash) bool {
		if i, ok := rank[key(h)]; ok {
			best = min(best, i)
			delete(rank, key(h))
		}
		return best > 0 && len(rank) > 0
	})
	if err != nil || best == len(tags) {
		return "", err
	}
	return tags[best].version, nil
}

// ancestors visits head and its ancestors, each once and near ones first, until visit returns false.
func (r *Repository) ancestors(head *commit, visit func(plumbing.Hash) bool) error {
	shallow, err := r.store.Shallow()
	if err != nil {
		return fmt.Errorf("reading the shallow file: %w", err)
	}
	ends := map[string]bool{}
	for _, h := range shallow {
		ends[key(h)] = true
	}
	seen := map[string]bool{key(head.hash): true}
	for queue := []plumbing.Hash{head.hash}; len(queue) > 0; queue = queue[1:] {
		h := queue[0]
		if !visit(h) {
			return nil
		}
		if ends[key(h)] {
			continue
		}
		c, err := r.commit(h)
		if err != nil {
			return err
		}
		for _, p := range c.parents {
			if !seen[key(p)] {
				seen[key(p)] = true
				queue = append(queue, p)
			}
		}
		if len(seen) > maxCommits {
			return fmt.Errorf("looking for the newest tag: more than %d commits", maxCommits)
		}
	}
	return nil
}

// key is h as a map key: a [plumbing.Hash] also holds its format, which has two spellings for SHA-1.
func key(h plumbing.Hash) string { return string(h.Bytes()) }
