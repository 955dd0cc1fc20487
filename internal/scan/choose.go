package scan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
)

// maxListed bounds the directories that a message lists.
const maxListed = 10

// Choose gives the command that main names, "./cmd/x" or an import path, or for "" the only one. The error is a [*diag.Error]
// without a place: the place is that of main in the config file, which only the caller knows.
func (r *Result) Choose(main string) (Main, error) {
	if main != "" {
		return r.named(main)
	}
	switch len(r.Mains) {
	case 0:
		return Main{}, r.noMain()
	case 1:
		return r.Mains[0], nil
	}
	return Main{}, &diag.Error{
		Msg:  fmt.Sprintf("the module has %d main packages: %s", len(r.Mains), strings.Join(r.spellings(), ", ")),
		Help: "choose one in the configuration, as in main: " + r.spellings()[0],
	}
}

func (r *Result) named(main string) (Main, error) {
	for _, m := range r.Mains {
		if main == m.ImportPath || clean(main) == r.spelling(m.Dir) {
			return m, nil
		}
	}
	e := &diag.Error{Msg: fmt.Sprintf("no main package %q", main)}
	if i := slices.IndexFunc(r.Missed, func(m Miss) bool { return m.Main == main }); i >= 0 {
		e.Msg += ": " + r.Missed[i].Reason
	}
	if e.Help = r.near(main); strings.HasPrefix(main, "./") {
		e.Missing = path.Join(r.Module, main)
	}
	return Main{}, e
}

// near is what the user may have meant: with "./" in front, or else by spelling.
func (r *Result) near(main string) string {
	spellings := r.spellings()
	if slices.Contains(spellings, "./"+main) {
		return fmt.Sprintf("did you mean %q?", "./"+main)
	}
	candidates := slices.Clone(spellings)
	for _, m := range r.Mains {
		candidates = append(candidates, m.ImportPath)
	}
	help := diag.Suggest(main, candidates)
	if help == "" && len(spellings) > 0 {
		help = "main packages are " + strings.Join(spellings, ", ")
	}
	return help
}

// noMain says what was looked at.
func (r *Result) noMain() error {
	e := &diag.Error{Msg: "no main package"}
	switch {
	case len(r.Excluded) > 0:
		var dirs []string
		for _, dir := range r.Excluded {
			dirs = append(dirs, r.spelling(dir))
		}
		e.Msg += " builds for the targets: build constraints exclude all Go files of " + shorten(dirs)
		e.Help = "set build tags, targets or cgo so that one builds"
	case r.Looked == 0:
		e.Msg += ": no directory of the module has Go files"
		e.Help = "check that .dockerignore lets them through"
	case r.Looked == 1:
		e.Msg += ": the one directory with Go files is a library"
		e.Help = "an image needs a program, a package main; .dockerignore may hide it"
	default:
		e.Msg += fmt.Sprintf(": all %d directories with Go files are libraries", r.Looked)
		e.Help = "an image needs a program, a package main; .dockerignore may hide it"
	}
	return e
}

func (r *Result) spellings() []string {
	var all []string
	for _, m := range r.Mains {
		all = append(all, r.spelling(m.Dir))
	}
	return all
}

// spelling writes a directory as it stands behind main: in a config file. One that is outside of the module is in none.
func (r *Result) spelling(dir string) string {
	if r.Module != "" {
		rest, below := gomod.CutPath(dir, r.Module)
		if !below {
			return dir
		}
		dir = path.Clean(rest)
	}
	return spelling(dir)
}

func spelling(dir string) string {
	if dir == "." {
		return dir
	}
	return "./" + dir
}

// clean writes "./cmd/x/" as "./cmd/x"; what is no directory's name stays as it is.
func clean(main string) string {
	if main == "." || strings.HasPrefix(main, "./") {
		return spelling(path.Clean(main))
	}
	return main
}

func shorten(list []string) string {
	if more := len(list) - maxListed; more > 0 {
		list = append(slices.Clone(list[:maxListed]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}
