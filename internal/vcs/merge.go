package vcs

import "fmt"

// Source is what one source of facts says.
type Source struct {
	// Name is what a user knows the source by.
	Name string
	Facts
}

// Merge takes each fact from the first source that knows it. Time, Version and Modified belong to a revision: they are not taken
// from a source that names another revision than the first does. The result is modified if any of the other sources says so, and
// uncompared if none that names the revision knows.
//
// Every source that names another revision or remote than the one taken gives one sentence for the user.
func Merge(sources ...Source) (Facts, []string) {
	var f Facts
	var disagreements []string
	disagree := func(what string, by, s Source, taken, other string) {
		disagreements = append(disagreements,
			fmt.Sprintf("%s says that the %s is %s, but %s says %s; %s is used", by.Name, what, taken, s.Name, other, taken))
	}
	var revisionBy, remoteBy Source
	for _, s := range sources {
		switch {
		case f.Remote == "":
			f.Remote, remoteBy = s.Remote, s
		case s.Remote != "" && s.Remote != f.Remote:
			disagree("remote", remoteBy, s, f.Remote, s.Remote)
		}
		switch {
		case f.Revision == "":
			f.Revision, revisionBy = s.Revision, s
		case s.Revision != "" && s.Revision != f.Revision:
			disagree("revision", revisionBy, s, f.Revision, s.Revision)
		}
	}
	compared := f.Revision == ""
	for _, s := range sources {
		if s.Revision != "" && s.Revision != f.Revision {
			continue
		}
		compared = compared || s.Revision != "" && !s.Uncompared
		if f.Time.IsZero() {
			f.Time = s.Time
		}
		if f.Version == "" {
			f.Version = s.Version
		}
		f.Modified = f.Modified || s.Modified
	}
	f.Uncompared = !compared
	if f.Modified {
		f = f.WithModified()
	}
	return f, disagreements
}
