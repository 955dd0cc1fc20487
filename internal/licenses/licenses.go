// Package licenses says under which licences a module is, as an SPDX licence expression (SPDX 2.3, annex D).
//
// [Detect] goes by the texts of the licence files in one directory. It claims no more than these texts say:
//
//   - Several licences, in one file or in several, are joined with AND. That a user may choose one of them (LICENSE-MIT beside
//     LICENSE-APACHE) stands in prose that no program understands; who keeps to all of them keeps to each of them, so AND is
//     never wrong for a user, and OR would be a guess.
//   - When one of the files is not understood, the answer is "": an expression of the others would leave out terms.
//   - The bare text of a GNU licence does not say whether later versions apply. It gives the identifier without a suffix
//     (GPL-2.0), which SPDX calls deprecated but valid; only a notice that says so gives GPL-2.0-only or GPL-2.0-or-later.
//   - A licence that SPDX has no identifier for becomes LicenseRef- and the name that licensecheck has for it.
//
// Recognition is that of github.com/google/licensecheck with the threshold of pkg.go.dev.
package licenses

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// minCoverage is the percentage of the words of a file that must belong to licences: golang/pkgsite's coverageThreshold.
const minCoverage = 75

// Detect gives the SPDX licence expression for the licence files in dir of fsys, and the paths in fsys of these files, sorted.
// The expression is "" when there are none, when one of them is not understood or larger than 1 MiB, and when there are more than 50. dir is a path of fs.FS,
// "." for its root.
//
// Links are followed as far as fsys does it, so a file system that could lead out of its tree must be one that does not
// (os.Root). The error is the first one of fsys; a link to nothing is no error.
func Detect(fsys fs.FS, dir string) (expression string, files []string, err error) {
	names, err := list(fsys, dir)
	if err != nil {
		return "", nil, fmt.Errorf("listing license files: %w", err)
	}
	if len(names) > maxFiles {
		return "", nil, nil
	}
	var found [][]string
	for _, name := range names {
		file := path.Join(dir, name)
		text, err := read(fsys, file)
		if err != nil {
			return "", nil, fmt.Errorf("reading license file: %w", err)
		}
		if text == nil {
			continue
		}
		files = append(files, file)
		found = append(found, Identify(text))
	}
	return Expression(found), files, nil
}

// Texts gives the licence files that [Detect] would look at. Of one that is too large, and of too many, it gives one that is empty.
func Texts(fsys fs.FS, dir string) (texts [][]byte, err error) {
	names, err := list(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("listing license files: %w", err)
	}
	if len(names) > maxFiles {
		return [][]byte{{}}, nil
	}
	for _, name := range names {
		text, err := read(fsys, path.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("reading license file: %w", err)
		}
		if text != nil {
			texts = append(texts, text)
		}
	}
	return texts, nil
}

// Expression gives the SPDX licence expression for what [Identify] says of each licence file of a module.
func Expression(found [][]string) string {
	if slices.ContainsFunc(found, func(ids []string) bool { return len(ids) == 0 }) {
		return ""
	}
	return join(slices.Concat(found...))
}

// Identify gives the SPDX identifiers of the licences in a text, and none when too much of it is something else. The first call gets the
// recogniser ready, which takes most of a second.
func Identify(text []byte) []string {
	coverage := licensecheck.Scan(text)
	if coverage.Percent < minCoverage {
		return nil
	}
	var ids []string
	for _, m := range coverage.Match {
		if id := spdxID(m.ID); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// spdxID translates an ID of licensecheck v0.3.1, whose list is that of SPDX and what its licenses/README.md adds.
func spdxID(id string) string {
	switch id {
	case "GooglePatentClause", "GooglePatentsFile":
		return "" // a patent grant beside a licence; pkg.go.dev leaves it out too
	case "GPL-2.0-or-3.0":
		return "(GPL-2.0-only OR GPL-3.0-only)" // the notice itself has this "or"
	case "Aladdin-9", "Anti996", "BSD-1-Clause-Clear", "BSD-3-Clause-NoTrademark", "CC-BY-NC-SA-3.0-US", "CommonsClause",
		"MIT-NoAd", "Prosperity-3.0.0":
		return "LicenseRef-" + id
	}
	return id
}

// join makes one expression of all ids.
func join(ids []string) string {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	// A notice says more than the text of the licence that it speaks of.
	ids = slices.DeleteFunc(ids, func(id string) bool {
		return slices.Contains(ids, id+"-only") || slices.Contains(ids, id+"-or-later")
	})
	return strings.Join(ids, " AND ")
}
