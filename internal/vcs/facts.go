package vcs

import (
	"strings"
	"time"
)

// Facts is what is known of the commit that a build comes from. The zero value says that nothing is known; a field that
// cannot be known is left at its zero value, never guessed.
type Facts struct {
	// Revision is the full hash of HEAD in lower-case hexadecimal: 40 digits, or 64 of a SHA-256 repository.
	Revision string `json:"revision,omitempty"`
	// Time is the committer's time of HEAD in UTC, in whole seconds; zero if it is not known.
	Time time.Time `json:"time,omitzero"`
	// Remote is the URL of the remote "origin" (else of the only remote) as https without userinfo and without ".git", or "".
	Remote string `json:"remote,omitempty"`
	// Modified says that what is built differs from the commit.
	Modified bool `json:"modified,omitempty"`
	// Uncompared says that it is not known whether what is built differs from the commit. Then Modified is false, and says nothing.
	Uncompared bool `json:"uncompared,omitempty"`
	// Version is the version of the main module as `go build` would stamp it: a tag, or a pseudo-version, with "+dirty" where
	// Modified; "" if it cannot be known.
	Version string `json:"version,omitempty"`
}

// WithModified returns f for a checkout that differs from the commit: Modified is set, and Version says so as the go command
// does, with "+dirty", or ".dirty" after "+incompatible" (cmd/go/internal/load, setBuildInfo).
func (f Facts) WithModified() Facts {
	f.Modified, f.Uncompared = true, false
	switch {
	case f.Version == "" || strings.HasSuffix(f.Version, "+dirty") || strings.HasSuffix(f.Version, ".dirty"):
	case strings.Contains(f.Version, "+"):
		f.Version += ".dirty"
	default:
		f.Version += "+dirty"
	}
	return f
}
