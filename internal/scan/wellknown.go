package scan

import (
	"slices"
	"strings"
)

// Facts that well-known variables are for; see [WellKnown].
const (
	FactVersion  = "version"
	FactRevision = "revision"
	FactCreated  = "created"
)

// wellKnown are the names that programs give the variables they want to have stamped: those of guides to -X, of release tools,
// and of image labels. They are in lower case and without underscores. A name that as often stands for something else ("tag",
// "hash", "build"), or for another fact ("commitDate" is not the time of an image), is not among them.
var wellKnown = []struct {
	fact  string
	names []string
}{
	{FactVersion, []string{
		"version", "appversion", "buildversion", "gitversion", "programversion", "releaseversion", "semver", "labelversion",
	}},
	{FactRevision, []string{
		"commit", "commithash", "commitid", "commitsha", "buildcommit", "buildrevision", "gitcommit", "gitcommithash", "gitcommitsha",
		"githash", "gitrevision", "gitsha", "revision", "sha", "vcsref", "vcsrevision", "labelcommit", "labelrevision",
	}},
	{FactCreated, []string{
		"date", "builddate", "buildtime", "buildtimestamp", "builtat", "labelbuilddate", "labelbuildtime", "labelcreated", "labeldate",
	}},
}

// WellKnown gives the fact that a variable of package main with such a name is for; ok is false for other names. Case and
// underscores make no difference.
func WellKnown(name string) (fact string, ok bool) {
	plain := strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, row := range wellKnown {
		if slices.Contains(row.names, plain) {
			return row.fact, true
		}
	}
	return "", false
}

// WellKnownNames gives the names for a fact, in lower case.
func WellKnownNames(fact string) []string {
	for _, row := range wellKnown {
		if row.fact == fact {
			return slices.Clone(row.names)
		}
	}
	return nil
}
