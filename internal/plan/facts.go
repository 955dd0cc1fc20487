package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
)

// The layers that the graph puts on the base.
const (
	LayerCommon    = "certificates, time zones and accounts"
	LayerFiles     = "files of the configuration"
	LayerLibraries = "shared libraries"
	LayerProgram   = "program"
)

// Layers names the layers that the graph adds to an image, the lowest first. The files of the configuration lie over the libraries,
// among which are links that they must not replace.
func (p *Plan) Layers(img Image) []string {
	var layers []string
	if p.Runtime.Base == "" {
		layers = append(layers, LayerCommon)
	}
	if p.CopiesLibraries(img) {
		layers = append(layers, LayerLibraries)
	}
	if len(p.Runtime.Files)+len(p.Folders()) > 0 {
		layers = append(layers, LayerFiles)
	}
	return append(layers, LayerProgram)
}

// Folders are those that the image gets, for the user, where they are not there: the working directory and the volumes, sorted.
func (d *Draft) Folders() []string {
	var dirs []string
	for _, dir := range append([]string{d.Runtime.Workdir}, d.Runtime.Volumes...) {
		if dir != "" && dir != "/" {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// ProgramPath is where the first program is in the image, relative to its root.
func (d *Draft) ProgramPath() string { return d.PathOf(d.Main) }

// PathOf is where a program is in the image, relative to its root. All are in one folder.
func (d *Draft) PathOf(m Main) string {
	switch p := d.Runtime.Path; {
	case p == "":
		return defaults.BinDir + "/" + m.Name
	case strings.HasSuffix(p, "/"):
		return strings.TrimPrefix(path.Join(p, m.Name), "/")
	default:
		return strings.TrimPrefix(p, "/")
	}
}

// Embeds are the patterns of everything that any image embeds, see [EmbeddedFiles].
func (d *Draft) Embeds() []string {
	var all []string
	for _, img := range d.Images {
		all = append(all, img.Embeds...)
	}
	return EmbeddedFiles(all)
}

// ContextFiles are the patterns of what the configuration copies from the build context, which is "", or from another into the image.
func (d *Draft) ContextFiles(name string) []string {
	var plain, patterns []string
	for _, f := range d.Runtime.Files {
		switch {
		case f.Context != name:
		case f.IsPattern():
			patterns = append(patterns, patternUnescaper.Replace(EscapePattern(path.Clean(f.From))))
		default:
			plain = append(plain, f.From)
		}
	}
	return sortedSet(append(patterns, literal(plain)...))
}

// patternUnescaper gives stars and question marks their meaning back.
var patternUnescaper = strings.NewReplacer(`\*`, `*`, `\?`, `?`)

// Contexts are the names of those that the configuration copies files from, in its order.
func (d *Draft) Contexts() []string {
	var names []string
	for _, f := range d.Runtime.Files {
		if f.Context != "" && !slices.Contains(names, f.Context) {
			names = append(names, f.Context)
		}
	}
	return names
}

// VendoredFiles are the patterns of the folder vendor, and of what its links lead to.
func (d *Draft) VendoredFiles() []string {
	return append([]string{EscapePattern(path.Join(d.Source.Root, "vendor"))}, literal(d.Source.Vendored)...)
}

// literal gives patterns of the paths and of nothing else.
func literal(paths []string) []string {
	var patterns []string
	for _, name := range paths {
		if name = path.Clean(name); name == "." {
			patterns = append(patterns, "*") // the pattern "." matches nothing
		} else {
			patterns = append(patterns, EscapePattern(name))
		}
	}
	return sortedSet(patterns)
}

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// EscapePattern gives the pattern of github.com/moby/patternmatcher that matches the path and nothing else.
func EscapePattern(path string) string { return patternEscaper.Replace(path) }

// patternEscaper knows what patternmatcher gives a meaning, and what it passes on to regexp.
var patternEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `!`, `\!`, `^`, `\^`, `|`, `\|`)
