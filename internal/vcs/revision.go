package vcs

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v6/plumbing"
)

// ErrRevision says that a name stands for no commit of the repository.
var ErrRevision = errors.New("no such commit")

// maxSteps bounds how far a revision goes back from the commit that it names.
const maxSteps = 10_000

// steps are what stands behind a name: ~ and ^ with or without a number (gitrevisions(7)).
var steps = regexp.MustCompile(`[~^]\d*`)

// resolve gives the commit of a revision: a full hash, HEAD, or a name of a tag, a branch or a branch of a remote, as git looks for them, with ~N
// and ^N behind. Short hashes and dates are not known. Errors wrap [ErrRevision] or [ErrIncomplete].
func (r *Repository) resolve(revision string) (*commit, error) {
	name, behind := revision, ""
	if i := strings.IndexAny(revision, "~^"); i > 0 {
		name, behind = revision[:i], revision[i:]
	}
	if steps.ReplaceAllString(behind, "") != "" {
		return nil, fmt.Errorf("%w: %q", ErrRevision, revision)
	}
	h, err := r.named(name)
	if err != nil {
		return nil, err
	}
	at, err := r.commit(h)
	for _, step := range steps.FindAllString(behind, -1) {
		if err == nil {
			at, err = r.step(at, step)
		}
	}
	return at, err
}

// step goes back: ~N over N first parents, ^N to the parent N. The number is 1 if there is none.
func (r *Repository) step(at *commit, step string) (*commit, error) {
	n := 1
	if step[1:] != "" {
		n, _ = strconv.Atoi(step[1:]) // what is too large for it is too large here
	}
	if n < 0 || n > maxSteps {
		return nil, fmt.Errorf("%w: %s", ErrRevision, step)
	}
	times, parent := n, 1
	if step[0] == '^' {
		times, parent = 1, n
	}
	for range times {
		switch {
		case parent == 0:
			return at, nil
		case parent > len(at.parents):
			return nil, fmt.Errorf("%w: %.12s has no parent %d", ErrRevision, at.hash, parent)
		}
		next, err := r.commit(at.parents[parent-1])
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

// named gives the commit of a name.
func (r *Repository) named(name string) (plumbing.Hash, error) {
	if h, ok := plumbing.FromHex(name); ok && !h.IsZero() && h.Size() == r.settings.format.Size() && len(name) == 2*h.Size() {
		return r.toCommit(name, h)
	}
	for _, form := range []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		full := fmt.Sprintf(form, name)
		if full != "HEAD" && !strings.HasPrefix(full, "refs/") || !fs.ValidPath(full) {
			continue
		}
		h, err := r.follow(plumbing.ReferenceName(full))
		if err != nil {
			return plumbing.ZeroHash, err
		}
		if !h.IsZero() {
			return r.toCommit(name, h)
		}
	}
	return plumbing.ZeroHash, fmt.Errorf("%w: %q is no full hash, tag or branch here", ErrRevision, name)
}

func (r *Repository) toCommit(name string, h plumbing.Hash) (plumbing.Hash, error) {
	h, err := r.peel(h)
	if err == nil && h.IsZero() {
		err = fmt.Errorf("%w: %q names something else", ErrRevision, name)
	}
	return h, err
}

// follow gives what a reference leads to; it is zero where there is none.
func (r *Repository) follow(name plumbing.ReferenceName) (plumbing.Hash, error) {
	for range 5 {
		ref, err := r.store.Reference(name)
		switch {
		case errors.Is(err, plumbing.ErrReferenceNotFound):
			return plumbing.ZeroHash, nil
		case err != nil:
			return plumbing.ZeroHash, fmt.Errorf("reading reference %q: %w", name, err)
		case ref.Type() == plumbing.SymbolicReference:
			name = ref.Target()
		default:
			return ref.Hash(), nil
		}
	}
	return plumbing.ZeroHash, fmt.Errorf("reading reference %q: too many symbolic references", name)
}
