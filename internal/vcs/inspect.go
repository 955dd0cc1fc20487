package vcs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Question is what a build asks about the repository that it is made from.
type Question struct {
	// Module is the one whose version is asked for; its Dir is relative to the checkout.
	Module Module `json:"module"`
	// Prefix is the folder of the build context in the checkout, "" or "." for its root.
	Prefix string `json:"prefix,omitempty"`
	// Base is the folder of the build context that is there in the checkout, "" for all of it: what is beside it is of no commit.
	Base string `json:"base,omitempty"`
	// Config is where in the checkout the configuration of the build is, "" if it is not in it or that is not known.
	Config string `json:"config,omitempty"`
	// Pristine says that the files are the commit's, so that there is nothing to compare.
	Pristine bool `json:"pristine,omitempty"`
}

// Found is the answer.
type Found struct {
	Facts Facts `json:"facts"`
	// Changed are files that differ from the commit, Ignored are files that it does not have because git ignores them: not all, if
	// they are many.
	Changed []string `json:"changed,omitempty"`
	Ignored []string `json:"ignored,omitempty"`
	// Problem says why facts are missing; "" if there is nothing to say.
	Problem string `json:"problem,omitempty"`
}

// Inspect answers a question. parts hold the files of the build context that the images are made of, config is what the
// configuration says. Whatever goes wrong is a problem in the answer, which then has what is known all the same: a build goes on
// without the rest. Of a commit that could not be compared the revision is said, and neither time nor version.
func (r *Repository) Inspect(q Question, config []byte, parts ...fs.FS) Found {
	var found Found
	facts, err := r.Facts(q.Module)
	found.Facts = facts
	switch {
	case err != nil:
		found.Problem = err.Error()
	case facts.Revision == "":
		found.Problem = "HEAD names a branch that has no commit here"
	}
	if q.Pristine || facts.Revision == "" {
		return found
	}
	if err := r.compare(q, config, parts, &found); err != nil {
		found.Facts = Facts{Revision: facts.Revision, Remote: facts.Remote, Uncompared: true}
		found.Changed, found.Ignored = nil, nil
		found.Problem = fmt.Sprintf("comparing the files with the commit: %v", err)
		if errors.Is(err, ErrIncomplete) {
			found.Problem += "; whether they differ, time and version are not known"
		}
		return found
	}
	if len(found.Changed) > 0 {
		found.Facts = found.Facts.WithModified()
	}
	return found
}

func (r *Repository) compare(q Question, config []byte, parts []fs.FS, found *Found) error {
	for _, part := range parts {
		part, err := baseOf(part, q.Base)
		if err != nil {
			return err
		}
		if part == nil {
			continue
		}
		c, err := r.differences(part, q.Prefix)
		if err != nil {
			return err
		}
		found.Changed = append(found.Changed, c.changed...)
		found.Ignored = append(found.Ignored, c.ignored...)
	}
	if q.Config != "" {
		same, err := r.sameAsTracked(path.Clean(q.Config), config)
		if err != nil {
			return err
		}
		if !same {
			found.Changed = append(found.Changed, path.Base(q.Config))
		}
	}
	found.Changed, found.Ignored = shorten(found.Changed), shorten(found.Ignored)
	return nil
}

// baseOf gives the folder of a part that is compared, nil if the part has none of it.
func baseOf(part fs.FS, base string) (fs.FS, error) {
	if base == "" {
		return part, nil
	}
	if _, err := fs.Stat(part, base); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return fs.Sub(part, base)
}

// Settle gives what is known of the commit, or nil, from the repository and from what the client says of it, with sentences for
// the user.
func (f Found) Settle(said Facts) (*Facts, []string) {
	var warnings []string
	if f.Problem != "" {
		warnings = append(warnings, "the git repository does not tell everything: "+f.Problem)
	}
	facts, disagreements := Merge(Source{Name: "the repository", Facts: f.Facts}, Source{Name: "the client", Facts: said})
	warnings = append(warnings, disagreements...)
	if len(f.Changed) > 0 {
		warnings = append(warnings, fmt.Sprintf("the image is not of commit %.12s alone: %s", facts.Revision, Differ(f.Changed)))
	}
	if len(f.Ignored) > 0 {
		warnings = append(warnings, fmt.Sprintf("the image is not of commit %.12s alone: %s by git, so the version does not tell", facts.Revision, listed(f.Ignored, "is ignored", "are ignored")))
	}
	if facts == (Facts{}) {
		return nil, warnings
	}
	return &facts, warnings
}

// shorten gives each name once, in order, and instead of too many how many more there are.
func shorten(names []string) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) <= maxNames {
		return names
	}
	return append(names[:maxNames:maxNames], fmt.Sprintf("and %d more", len(names)-maxNames))
}
