package llb

import (
	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
)

// Sources are the parts of the build context, each transferred on its own and only when a vertex needs it.
type Sources struct {
	// Mod holds the go.mod, go.sum and go.work files, Vendor the vendor folder and what its links lead to.
	Mod, Vendor llb.State
	// Go holds every file that a Go build may read, without what is embedded.
	Go llb.State
	// C holds the files of the context that C may need: beside those of Go, what is included by any name, and libraries.
	C llb.State
	// Embeds holds the files that the packages of any image embed.
	Embeds llb.State
	// Files holds what the configuration copies into the image.
	Files llb.State
	// CgoBase stands in for the plan's base of sysroots where a named context replaces it.
	CgoBase *llb.State
	// Bases stand in for the plan's base image, by platform, where a named context replaces it.
	Bases map[string]llb.State
}

// modules is what cmd/go needs to know of the modules in the context.
func (s Sources) modules(source plan.Source) llb.State {
	return llb.Scratch().File(llb.Copy(s.Mod, "/", "/", only(source.Files)), internal("select the module files"))
}

// deps is what cmd/go needs of the context to load packages of other modules, and with the profile pgo, if there is one, to compile them.
func (s Sources) deps(d *plan.Draft, pgo string) llb.State {
	action := llb.Copy(s.Mod, "/", "/", only(d.Source.Files))
	if d.Source.Vendor {
		action = action.Copy(s.Vendor, "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true})
	}
	if pgo != "" {
		action = action.Copy(s.Go, "/", "/", only(d.Main.PGOFiles))
	}
	return llb.Scratch().File(action, internal("select the inputs of the dependencies"))
}

// compile is what the compile of an image reads: the files of the packages that it builds, and nothing that an edit
// elsewhere in the context would change.
func (s Sources) compile(d *plan.Draft, img plan.Image) llb.State {
	action := llb.Copy(s.Mod, "/", "/", only(d.Source.Files)).Copy(s.Go, "/", "/", only(img.Files))
	if len(img.Embeds) > 0 {
		action = action.Copy(s.Embeds, "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true, IncludePatterns: plan.EmbeddedFiles(img.Embeds)})
	}
	return llb.Scratch().File(action, internal("select the sources for %s", img.Target))
}

// only copies the files that are named and nothing else.
func only(files []string) *llb.CopyInfo {
	patterns := make([]string, len(files))
	for i, f := range files {
		patterns[i] = plan.EscapePattern(f)
	}
	return &llb.CopyInfo{CopyDirContentsOnly: true, IncludePatterns: patterns}
}
