package gomod

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Outside is a replacement by a folder that is not in the context.
type Outside struct {
	diag.Range
	// Module is the path of the module that is replaced.
	Module string
	// Dir is relative to the root of the context: it begins with "..".
	Dir string
}

// OutsideOf gives the replacements by relative folders outside of the context, in the order of modules and folders, each once. Mistakes in the
// files are left to [LoadAt].
func OutsideOf(fsys fs.FS, at Place) ([]Outside, error) {
	l := &loader{fsys: fsys, place: at, root: path.Clean(at.Module)}
	if err := l.readFiles(); err != nil || len(l.mods) == 0 {
		return nil, err
	}
	var facts Facts
	if facts.Work = l.work != nil; l.vendor(&facts) != nil || facts.Vendor {
		return nil, nil
	}
	l.replacer = l.readReplaces()
	var found []Outside
	for _, modulePath := range l.replacer.paths() {
		for _, r := range l.replacer.all(modulePath) {
			if dir := r.outsideDir(); dir != "" && !slices.ContainsFunc(found, func(o Outside) bool { return o.Module == modulePath && o.Dir == dir }) {
				found = append(found, Outside{Range: r.Range, Module: modulePath, Dir: dir})
			}
		}
	}
	return found, nil
}

// outsideDir is where the folder of a replacement is from the root of the context, "" if it is in it or nowhere but on one machine.
func (r replacement) outsideDir() string {
	if !r.outside || !strings.HasPrefix(r.to.Path, ".") || strings.Contains(r.to.Path, `\`) {
		return ""
	}
	return path.Join(path.Dir(r.File), r.to.Path)
}

// contextHelp says how a folder outside of the context is given, if the go command can find it there.
func (l *loader) contextHelp(modulePath string, r replacement) string {
	dir := r.outsideDir()
	if dir == "" || l.place.Alone {
		return ""
	}
	if above := l.place.Context; above != "" {
		dir = strings.Repeat("../", strings.Count(above, "/")+1) + dir
	}
	return "give it with --build-context " + shellWord(ContextName(modulePath)+"="+l.place.reach(dir)) + "; or "
}

// reach is how the user reaches a folder that counts from the context.
func (p Place) reach(dir string) string { return path.Join(p.Shown, dir) }

// counted says what the paths of an advice count from, where the user may be anywhere.
func (p Place) counted() string {
	if p.Shown == "" {
		return " (paths count from the root of the context)"
	}
	return ""
}

// plain is what needs no quotes on a command line.
var plain = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellWord writes a word as it is typed on a command line.
func shellWord(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// under gives a folder by its path from one above it, as far as it is there.
func under(above, dir string) string {
	if rest, ok := CutPath(dir, above); ok && above != "" {
		return path.Clean(rest)
	}
	return dir
}
