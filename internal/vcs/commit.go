package vcs

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/format/config"
	"github.com/go-git/go-git/v6/plumbing/object"
)

// Module is the module that a version is asked for.
type Module struct {
	// Path is the module path of the go.mod file in the checkout.
	Path string `json:"path"`
	// Dir is the folder of the module in the repository, with slashes; "" or "." is the root.
	Dir string `json:"dir,omitempty"`
}

// Facts returns what HEAD says: Revision, Time, Remote, and the Version of the module m, as for a checkout without changes. On a
// branch without commits only Remote can be known. Where objects are missing, Time and Version are left out as needed.
func (r *Repository) Facts(m Module) (Facts, error) {
	f := Facts{Remote: NormalizeRemote(r.settings.remote)}
	head, err := r.head()
	if err != nil || head.IsZero() {
		return f, err
	}
	f.Revision = head.String()
	commit, err := r.commit(head)
	if err != nil {
		return f, unlessIncomplete(err)
	}
	f.Time = committed(commit)
	f.Version, err = r.version(commit, m)
	return f, unlessIncomplete(err)
}

// unlessIncomplete drops an error that only says that facts cannot be known.
func unlessIncomplete(err error) error {
	if errors.Is(err, ErrIncomplete) {
		return nil
	}
	return err
}

// FromCommit returns the Revision and Time of a raw commit object, without git's "commit SIZE" header, as BuildKit's git source
// hands it out. The revision is the object's hash: SHA-256 if the names in it are, else SHA-1.
func FromCommit(raw []byte) (Facts, error) {
	format := config.SHA1
	if tree, _, _ := bytes.Cut(raw, []byte("\n")); len(tree) == len("tree ")+hex.EncodedLen(config.SHA256Size) {
		format = config.SHA256
	}
	o := memoryObject(format, plumbing.CommitObject, raw)
	c := new(object.Commit)
	if err := c.Decode(o); err != nil {
		return Facts{}, fmt.Errorf("reading a git commit: %w", err)
	}
	f := Facts{Revision: o.Hash().String(), Time: committed(c)}
	if f.Time.IsZero() {
		return Facts{}, errors.New("reading a git commit: it has no committer time")
	}
	return f, nil
}

// committed returns the committer's time, or zero where RFC 3339 has no form for it.
func committed(c *object.Commit) time.Time {
	t := c.Committer.When.UTC()
	if t.Unix() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
