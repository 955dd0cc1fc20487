package plan

import (
	"path"
	"slices"
	"strings"
)

// binDir is the folder of the image that holds the program: runtimes and shells look there.
const binDir = "usr/local/bin"

// The layers that the graph puts on the base, in their order.
const (
	LayerCommon    = "certificates, time zones and accounts"
	LayerFiles     = "files of the configuration"
	LayerLibraries = "shared libraries"
	LayerProgram   = "program"
)

// Layers names the layers that the graph adds to an image: those of the rootfs vertices, in their order.
func (p *Plan) Layers(img Image) []string {
	var layers []string
	if p.Runtime.Base == "" {
		layers = append(layers, LayerCommon)
	}
	if p.HasFiles() {
		layers = append(layers, LayerFiles)
	}
	if p.CopiesLibraries(img) {
		layers = append(layers, LayerLibraries)
	}
	return append(layers, LayerProgram)
}

// HasFiles tells whether the configuration adds files or a working directory to the image.
func (p *Plan) HasFiles() bool {
	return len(p.Runtime.Files) > 0 || (p.Runtime.Workdir != "" && p.Runtime.Workdir != "/")
}

// ProgramPath is where the program is in the image, relative to its root.
func (p *Plan) ProgramPath() string { return binDir + "/" + p.Main.Name }

// Embeds are the patterns of everything that any image embeds.
func (p *Plan) Embeds() []string {
	var all []string
	for _, img := range p.Images {
		all = append(all, img.Embeds...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ContextFiles are the patterns of what the configuration copies from the context into the image.
func (p *Plan) ContextFiles() []string {
	var from []string
	for _, f := range p.Runtime.Files {
		if name := path.Clean(f.From); name == "." {
			from = append(from, "*") // the pattern "." matches nothing
		} else {
			from = append(from, EscapePattern(name))
		}
	}
	slices.Sort(from)
	return slices.Compact(from)
}

// EscapePattern gives the pattern of github.com/moby/patternmatcher that matches the path and nothing else.
func EscapePattern(path string) string { return patternEscaper.Replace(path) }

// patternEscaper knows what patternmatcher gives a meaning, and what it passes on to regexp.
var patternEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `!`, `\!`, `^`, `\^`, `|`, `\|`)
