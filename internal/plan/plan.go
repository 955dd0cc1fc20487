// Package plan decides what is built, as plain data: the same input gives the same plan, and the plan round-trips through
// JSON. Package llb turns it into a graph and package image into image configurations; neither looks at anything else.
//
// A plan is made in stages, each a function of the one before and of what was found out with its help:
//
//   - [NewDraft] makes a [Draft] of the user's files and of what the module's own packages say.
//   - [Draft.Analyze] makes an [Analyzed] of it, with what other modules' packages, the commit and the licenses say.
//   - [Analyzed.Plan] makes the [Plan] of that, with what C is compiled in.
//
// Each has its own type, so that nothing can be built of an unfinished one.
package plan

import (
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/target"
)

// Draft is one build, the same main packages for every platform that was asked for, as far as the module's own packages tell.
type Draft struct {
	// Build is the platform that build steps run on.
	Build target.Target `json:"build"`
	// Go is the toolchain.
	Go Go `json:"go"`
	// Fetch says where modules come from.
	Fetch  goenv.Settings `json:"fetch"`
	Source Source         `json:"source"`
	// Laid are the folders of other contexts that are laid over the build context, each image with its digest.
	Laid []config.Source `json:"laid,omitempty"`
	// Main is what the image is named by and starts, Beside are programs that it has beside that.
	Main   Main   `json:"main"`
	Beside []Main `json:"beside,omitempty"`
	Flags  Flags  `json:"flags"`
	// Images holds one image for each platform, in the order that was asked for.
	Images  []Image `json:"images"`
	Runtime Runtime `json:"runtime"`
	Cache   Cache   `json:"cache"`
	// SBOM is "spdx" or "off".
	SBOM string `json:"sbom"`
}

// Analyzed is a draft with all that is known before anything is compiled, but for the roots in which C is.
type Analyzed struct {
	Draft
	// Metadata is what the images say of the program.
	Metadata Metadata `json:"metadata"`
	// Stamp is what the link writes into the programs.
	Stamp Stamp `json:"stamp,omitzero"`
}

// Plan is the whole of it.
type Plan struct{ Analyzed }

// Go is the toolchain: a version to fetch, or an image that has one.
type Go struct {
	// Version is a Go version such as "1.26.8".
	Version string `json:"version,omitempty"`
	// Pins are h1: sums of which the toolchain has to have one, as the configuration says.
	Pins []string `json:"pins,omitempty"`
	// Sum is the h1: sum of the toolchain that was fetched, verified; a draft has none.
	Sum string `json:"sum,omitempty"`
	// Image is a reference with a digest; Root is GOROOT in it.
	Image string `json:"image,omitempty"`
	Root  string `json:"root,omitempty"`
}

// Source is the module or the workspace in the build context.
type Source struct {
	gomod.Table
	// Files are the go.mod and go.sum files of the modules in the context, and go.work.
	Files []string `json:"files"`
	// Vendored are links of the folder vendor that leave it, and what they lead to.
	Vendored []string `json:"vendored,omitempty"`
	// Download says that dependencies are fetched, Graph that their requirements are followed first, because go.mod does not name all
	// of them.
	Download bool `json:"download,omitempty"`
	Graph    bool `json:"graph,omitempty"`
	// Pinned are the dependencies that are fetched.
	Pinned []gomod.Pinned `json:"pinned,omitempty"`
}

// Module is the path of the first of the modules, "" if there is none.
func (s Source) Module() string {
	if len(s.Modules) == 0 {
		return ""
	}
	return s.Modules[0].Path
}

// Main is a main package.
type Main struct {
	ImportPath string `json:"importPath"`
	// Dir is relative to the root of the context, with slashes.
	Dir string `json:"dir"`
	// Name is the file name of the program.
	Name string `json:"name"`
	// PGO is the default.pgo that the programs are compiled with as a path in the context, or ""; PGOFiles are that file and links on the way to
	// it. The first program has them, also if they lie beside another.
	PGO      string   `json:"pgo,omitempty"`
	PGOFiles []string `json:"pgoFiles,omitempty"`
}

// Flags are what the user may say to cmd/go.
type Flags struct {
	// Tags are build tags, with those that the way of linking C asks for.
	Tags []string `json:"tags,omitempty"`
	// LDFlags are linker flags, one per element; those of the stamps are not among them, see [Plan.LinkFlags].
	LDFlags []string `json:"ldflags,omitempty"`
	// Env holds GOEXPERIMENT and GOFIPS140.
	Env map[string]string `json:"env,omitempty"`
}

// Image is what the main packages are on one platform, all of them together. A draft knows of its own packages alone.
type Image struct {
	Target target.Target `json:"target"`
	// Std and External are the imports that leave the module: of the standard library, and of other modules.
	Std      []string `json:"std,omitempty"`
	External []string `json:"external,omitempty"`
	// Deps are the packages of other modules that are compiled in a layer of their own: External, unless some of those need
	// the module in turn.
	Deps []string `json:"deps,omitempty"`
	// Common is the standard package that is compiled, with all below it, in a layer that modules share, see [analyze.Common]; a draft does
	// not know.
	Common string `json:"common,omitempty"`
	// Shared is what is compiled in layers for all images of the configuration; nil if that is Deps and Std of this one alone.
	Shared *Shared `json:"shared,omitempty"`
	// Files are the files of the context that the compile reads; Embeds the patterns of what it embeds, see
	// [EmbeddedFiles].
	Files  []string `json:"files"`
	Embeds []string `json:"embeds,omitempty"`
	// Cgo says how C is compiled; nil is CGO_ENABLED=0.
	Cgo *Cgo `json:"cgo,omitempty"`
	// CgoOff says that it is nil because the configuration, or what was found, says so.
	CgoOff bool `json:"cgoOff,omitempty"`
	// WithoutC are the packages that need C and are built without it; see [ctoolchain.Use].
	WithoutC []ctoolchain.Use `json:"withoutC,omitempty"`
	// Syso are the .syso files of other modules' packages.
	Syso []string `json:"syso,omitempty"`
	// Stamp are the variables that the linker sets, and their values; a draft has none. They change with every commit and belong
	// to the link alone: a vertex that compiles dependencies must not see them. StampBeside are those of the programs beside the first, by
	// import path.
	Stamp       map[string]string            `json:"stamp,omitempty"`
	StampBeside map[string]map[string]string `json:"stampBeside,omitempty"`
}

// Runtime is what the image holds beside the program. In the values of Env, Labels and Annotations facts are open, which
// [Analyzed.Known] has.
type Runtime struct {
	// Base is the base image with its digest, or "" for scratch.
	Base string `json:"base,omitempty"`
	// Path is where the configuration puts the program, see [config.Image], or "".
	Path string `json:"path,omitempty"`
	// UID and GID are the numeric owner of the process.
	UID int `json:"uid"`
	GID int `json:"gid"`

	// Env has the settings of Go's runtime as well. OTel adds the variables of [config.OTelVariables].
	Env  map[string]config.Template `json:"env,omitempty"`
	OTel bool                       `json:"otel,omitempty"`

	// The others are as in [config.Image]. Entrypoint is never nil.
	Ports      []string      `json:"ports,omitempty"`
	Workdir    string        `json:"workdir,omitempty"`
	Entrypoint []string      `json:"entrypoint"`
	Cmd        []string      `json:"cmd,omitempty"`
	Files      []config.Copy `json:"files,omitempty"`
	// Labels and Annotations are those of the configuration; a null removes one that would be derived.
	Labels      map[string]*config.Template `json:"labels,omitempty"`
	Annotations map[string]*config.Template `json:"annotations,omitempty"`
	StopSignal  string                      `json:"stopSignal,omitempty"`
	Volumes     []string                    `json:"volumes,omitempty"`
	Healthcheck config.Healthcheck          `json:"healthcheck,omitzero"`
}

// Cache says how the compile cache is shared.
type Cache struct {
	// Namespace keeps the cache mounts of one user of a daemon apart from another's (BUILDKIT_CACHE_MOUNT_NS).
	Namespace string `json:"namespace,omitempty"`
	// Isolated uses no mount that another build can write to.
	Isolated bool `json:"isolated,omitempty"`
	// Seed is the reference of an image of compiled dependencies to start from, or "".
	Seed string `json:"seed,omitempty"`
}
