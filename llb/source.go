package llb

import (
	"path"

	"github.com/modship-build/modship/internal/plan"
)

// Sources are the parts of the build context, each transferred on its own and only when a vertex needs it.
type Sources struct {
	// Mod holds the go.mod, go.sum and go.work files, Vendor the vendor folder and what its links lead to.
	Mod, Vendor Tree
	// Go holds every file that a Go build may read, without what is embedded.
	Go Tree
	// C holds the files of the context that C may need: beside those of Go, what is included by any name, and libraries.
	C Tree
	// Embeds holds the files that the packages of any image embed.
	Embeds Tree
	// Files holds what the configuration copies into the image.
	Files Tree
	// Contexts hold what the configuration copies of other contexts, by name and platform.
	Contexts map[string]map[string]Tree
	// Own are the same parts as the build context alone has them; nil where no context is laid over it.
	Own *Sources
	// GoImage stands in for the plan's builder image where a named context replaces it.
	GoImage Tree
	// CgoBase stands in for the plan's base of sysroots where a named context replaces it.
	CgoBase Tree
	// Bases stand in for the plan's base image, by platform, where a named context replaces it.
	Bases map[string]Tree
}

// moduleFiles is what cmd/go needs to know of the modules in the context.
func (b *Builder) moduleFiles(source plan.Source, src Sources) Tree {
	return b.file("select the module files", only(src.Mod, source.Files))
}

// depsSources is what cmd/go needs of the context to load packages of other modules, and with the profile pgo, if there is one, to
// compile them.
func (b *Builder) depsSources(d *plan.Draft, src Sources, pgo string) Tree {
	actions := []action{only(src.Mod, d.Source.Files)}
	if d.Source.Vendor {
		actions = append(actions, contentOf(src.Vendor))
	}
	if pgo != "" {
		actions = append(actions, only(src.Go, d.Main.PGOFiles))
	}
	return b.file("select the inputs of the dependencies", actions...)
}

// compileSources is what the compile of an image reads: the files of the packages that it builds, and nothing that an edit
// elsewhere in the context would change.
func (b *Builder) compileSources(d *plan.Draft, img plan.Image, src Sources) Tree {
	actions := []action{only(src.Mod, d.Source.Files), only(src.Go, img.Files)}
	if len(img.Embeds) > 0 {
		actions = append(actions, contentOf(src.Embeds, plan.EmbeddedFiles(img.Embeds)...))
	}
	return b.file("select the sources for "+img.Target.String(), actions...)
}

// Folder is a folder of a context, and where it is laid over the build context.
type Folder struct {
	Tree     Tree
	Path, To string
}

// Lay gives folders at their places in an empty tree.
func (b *Builder) Lay(folders []Folder) Tree {
	actions := make([]action, len(folders))
	for i, f := range folders {
		actions[i] = action{Verb: copies, From: f.Tree, Path: path.Join("/", f.Path), To: path.Join("/", f.To), Content: true, Parents: true}
	}
	return b.file("lay contexts over the build context", actions...)
}

// With gives a part of the build context with what patterns name of the contexts that are laid over it.
func (b *Builder) With(what string, part, laid Tree, patterns []string) Tree {
	return b.file("add what contexts have of the "+what, contentOf(part), contentOf(laid, patterns...))
}

// Unpack gives what an archive has, which is the file name of a tree. Where that is no archive, it is the tree.
func (b *Builder) Unpack(archive Tree, name string) Tree {
	return b.file("unpack an archive", action{Verb: copies, From: archive, Path: path.Join("/", name), To: "/", Unpack: true})
}

// Overlay lays trees over one another; what says what is added to the first.
func (b *Builder) Overlay(what string, trees ...Tree) Tree {
	var actions []action
	for _, tree := range trees {
		actions = append(actions, contentOf(tree))
	}
	return b.file("add "+what, actions...)
}

// only copies the files that are named and nothing else.
func only(from Tree, names []string) action {
	patterns := make([]string, len(names))
	for i, name := range names {
		patterns[i] = plan.EscapePattern(name)
	}
	return contentOf(from, patterns...)
}

// contentOf copies what a tree has, or what patterns name of it.
func contentOf(from Tree, patterns ...string) action {
	return action{Verb: copies, From: from, Path: "/", To: "/", Content: true, Include: patterns}
}
