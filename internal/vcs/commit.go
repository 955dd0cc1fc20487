package vcs

import (
	"errors"
	"time"
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
	f.Time = commitTime(commit)
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

// commitTime returns the committer's time, or zero where RFC 3339 has no form for it.
func commitTime(c *commit) time.Time {
	t := c.committed.UTC()
	if t.Unix() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
