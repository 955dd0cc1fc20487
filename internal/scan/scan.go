// Package scan looks at the module's own packages: which of them are commands, what each command reaches inside the module on
// each platform, and what leaves it.
//
// It stands on go/build and x/mod alone, and is told which modules there are. It needs neither a Go toolchain nor a module cache and starts no process, so it runs
// in milliseconds, once for all platforms. What it cannot know without them:
//
//   - Whether a package is in the standard library. As in cmd/go an import whose first element has no dot is, unless a
//     module of the table has such a path.
//   - Test files. They take no part at all, not even with their mistakes, since no build step gets them.
//
// Files come from an [fs.FS] and every path is slash-separated and relative to its root, the root of the build context. What
// is wrong with a package becomes a [Diagnostic] in the result; only a request that cannot be answered is an error. A mistake
// behind the import declarations of a file is the compiler's to report.
package scan

import (
	"io/fs"
	"slices"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/target"
)

// Request says what to scan. It is a build step's argument and so a part of its cache key.
type Request struct {
	// Table are the modules. As for ./... in cmd/go, the commands of replaced ones are not listed, but they may be named.
	gomod.Table
	// Targets are the platforms; a result names each by its String.
	Targets []target.Target `json:"targets"`
	// Tags are build tags as -tags takes them.
	Tags []string `json:"tags,omitempty"`
	// Experiments are names as GOEXPERIMENT takes them; they change what is on by default.
	Experiments []string `json:"experiments,omitempty"`
	// GoVersion is the toolchain's, such as "1.26.8"; it satisfies the tags go1.1 to go1.26.
	GoVersion string `json:"goVersion"`
	// Cgo are the targets with CGO_ENABLED=1.
	Cgo []target.Target `json:"cgo,omitempty"`
	// Reached are own packages that modules outside of the context import: every image needs them as well.
	Reached []string `json:"reached,omitempty"`
	// Module is the folder of the module that commands are looked for in, and that paths of Main and Also count from; "" stands for the root of
	// the context and every own module.
	Module string `json:"module,omitempty"`
	// Main is the command to follow, "./cmd/x" or an import path of an own module; "" stands for every command. Beside are others that are
	// followed with it, named likewise.
	Main   string   `json:"main,omitempty"`
	Beside []string `json:"beside,omitempty"`
	// Program is the command to follow in place of Main, by what it is called as a target, see [Result.Names].
	Program string `json:"program,omitempty"`
	// Also are the commands of other images, named like Main, of which nothing is wanted but what they import from outside.
	Also [][]string `json:"also,omitempty"`
	// Stamp are variables that the linker is to set, as -X names them: "main.version", "example.com/m/about.Name".
	Stamp []string `json:"stamp,omitempty"`
}

// Result is what a scan found. Equal files and requests give equal JSON.
type Result struct {
	// Mains are the commands of the own modules that build for at least one target, sorted by Dir, and the one asked for
	// even if it is where ./... does not look.
	Mains []Main `json:"mains"`
	// Images has what each followed command needs, by import path and then by target.
	Images map[string]map[string]Image `json:"images,omitempty"`
	// Also has what the commands of the other images that were asked for import, by [JoinMains] and then by target. An image is left out
	// if one of its commands is none, has a mistake or may have C: it is not what is built.
	Also map[string]map[string]Outgoing `json:"also,omitempty"`
	// Diagnostics are sorted by file and position.
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	// Excluded are directories with a package main that builds for no target, sorted.
	Excluded []string `json:"excluded,omitempty"`
	// Looked counts the directories with Go files that were looked at for commands.
	Looked int `json:"looked"`
	// Missing are paths where nothing is, although a link leads there or a package should be there: the context may have them
	// all the same, see [MissingPatterns].
	Missing []string `json:"missing,omitempty"`
	// Vendored are links of the folder vendor that leave it, and what they lead to.
	Vendored []string `json:"vendored,omitempty"`
	// Module is that of the request.
	Module string `json:"module,omitempty"`
	// Missed says why [Request.Main] and those beside it are not in Mains.
	Missed []Miss `json:"missed,omitempty"`
}

// Main is a command: a package named main.
type Main struct {
	ImportPath string `json:"importPath"`
	// Dir is relative to the root of the context, with slashes.
	Dir string `json:"dir"`
	// Name is what cmd/go calls the binary.
	Name string `json:"name"`
	// Targets are those it builds for, in the order of the request.
	Targets []string `json:"targets"`
}

// Miss says why a command that was asked for is none.
type Miss struct {
	Main string `json:"main"`
	// Reason is in lower case and without a full stop.
	Reason string `json:"reason"`
}

// Scan answers req from fsys. However many targets there are, it opens each directory and each file once; only a file whose
// header is longer than 4 KiB, or which embeds, is opened a second time, and then read whole, and so are those of a followed
// command or of a package that is stamped.
func Scan(fsys fs.FS, req Request) (*Result, error) {
	s, err := newSurvey(fsys, req)
	if err != nil {
		return nil, err
	}
	s.listMains()
	asked := s.askedMains()
	also := s.alsoAsked()
	s.follow(slices.Concat(asked, slices.Concat(also...)))
	s.closeImages(asked)
	s.closeAlso(also)
	s.followVendored()
	s.result.Missing = s.tree.links.Missing()
	s.result.Diagnostics = s.found.sorted(names(s.platforms))
	return s.result, nil
}

// survey is the state of one Scan.
type survey struct {
	tree      *tree
	modules   *modules
	platforms []platform
	request   Request
	loader    *loader
	result    *Result
	found     findings
	resolved  map[string]resolution
	declared  map[string]*declarations
}

func newSurvey(fsys fs.FS, req Request) (*survey, error) {
	t := newTree(fsys)
	own, err := newModules(t, req.Table)
	if err != nil {
		return nil, err
	}
	platforms, err := newPlatforms(req)
	if err != nil {
		return nil, err
	}
	return &survey{
		tree: t, modules: own, platforms: platforms, request: req,
		loader:   newLoader(t, platforms),
		result:   &Result{Mains: []Main{}, Module: req.Module},
		resolved: make(map[string]resolution),
		declared: make(map[string]*declarations),
	}, nil
}
