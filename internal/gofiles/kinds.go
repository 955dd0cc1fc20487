package gofiles

import (
	"path"
	"regexp"
	"slices"
)

// listed are the extensions of the files that go/build puts into a list of a package (go/build: fileListForExt). The case matters.
var listed = []string{
	".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90", ".s", ".S", ".sx",
	".swig", ".swigcxx", ".syso",
}

// included are extensions that files of C, C++ and assembly often have that others include, and that no list of go/build has. They save
// asking for them by name; see package cinclude.
var included = []string{".inc", ".inl", ".ipp", ".tcc", ".tpp", ".def"}

// linked is what names of files end in that a linker reads.
var linked = regexp.MustCompile(`\.(a|o|so|so\.[0-9.]+)$`)

// Listed tells whether a file may be in a list of a package, tests included.
func Listed(name string) bool { return slices.Contains(listed, path.Ext(name)) }

// Included tells whether a file is of those that others often include.
func Included(name string) bool { return slices.Contains(included, path.Ext(name)) }

// Linked tells whether a linker of C may read a file.
func Linked(name string) bool { return linked.MatchString(name) }

// ListedPatterns and the others are patterns of moby/patternmatcher for such files in any folder.
func ListedPatterns() []string   { return patterns(listed) }
func IncludedPatterns() []string { return patterns(included) }
func LinkedPatterns() []string   { return append(patterns([]string{".a", ".o", ".so"}), "**/*.so.*") }

func patterns(extensions []string) []string {
	all := make([]string, len(extensions))
	for i, ext := range extensions {
		all[i] = "**/*" + ext
	}
	return all
}
