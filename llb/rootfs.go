package llb

import (
	"path"
	"slices"
	"strconv"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// layout lays an image out: its layers, the lowest first, as [plan.Plan.Layers] lists them. Those that did not change are shared with
// the image before.
type layout struct {
	*Builder
	plan   *plan.Plan
	img    plan.Image
	src    Sources
	layers []Tree
}

// rootfs makes the layers that are not made yet and merges all. made holds what was built for the image, by layer.
func (l *layout) rootfs(made map[string]Tree) Tree {
	if base := l.base(); !base.Empty() {
		l.layers = append(l.layers, base)
	}
	names := l.plan.Layers(l.img)
	for _, name := range names {
		layer := made[name]
		switch {
		case name == plan.LayerCommon:
			layer = l.common()
		case name == plan.LayerFiles:
			layer = l.files()
		case name == plan.LayerProgram && (l.plan.Runtime.Base != "" || slices.Contains(names, plan.LayerFiles)):
			layer = l.place(layer)
		}
		l.layers = append(l.layers, layer)
	}
	return l.add(namedFor(l.img.Target, request.StageRootfs, "merge layers"), merge{l.layers}).at(root)
}

// base is the base image; it is empty on scratch.
func (l *layout) base() Tree {
	ref := l.plan.Runtime.Base
	if tree, ok := l.src.Bases[l.img.Target.String()]; ok || ref == "" {
		return tree
	}
	return l.add(namedFor(l.img.Target, request.StageRootfs, "%s", ref), image{ref, l.img.Target.OCI()}).at(root)
}

// common is the layer that every image on scratch has.
func (l *layout) common() Tree {
	return l.run(named(request.StageRootfs, "certificates, time zones, accounts"), step{
		Request: request.Rootfs{UID: l.plan.Runtime.UID, GID: l.plan.Runtime.GID},
		Mounts:  []mount{l.toolchain(&l.plan.Draft, l.src).mount(), out},
	}).at(request.Out)
}

// files is the layer of the files that the configuration names, of the working directory and of the volumes.
func (l *layout) files() Tree {
	r := l.plan.Runtime
	var req request.Files
	for _, dir := range l.plan.Folders() {
		req.Folders = append(req.Folders, request.Folder{Path: dir, UID: r.UID, GID: r.GID})
	}
	contexts := l.plan.Contexts()
	for _, f := range r.Files {
		c := request.Copy{From: path.Clean(f.From), To: f.To, Context: 1 + slices.Index(contexts, f.Context), Mode: f.Permissions()}
		if c.UID, c.GID = f.IDs(); f.IsPattern() {
			c.From, c.Pattern = f.Pattern(), true
		}
		req.Copies = append(req.Copies, c)
	}
	return l.over(req, plan.LayerFiles, l.copied(contexts)...)
}

// copied mounts what is copied: of each context that and nothing else.
func (l *layout) copied(contexts []string) []mount {
	var mounts []mount
	if len(l.plan.ContextFiles("")) > 0 {
		mounts = append(mounts, reading(request.Source, l.src.Files))
	}
	for i, name := range contexts {
		files := l.ContextFiles(&l.plan.Draft, name, l.src.Contexts[name][l.img.Target.String()])
		mounts = append(mounts, reading(path.Join(request.Contexts, strconv.Itoa(i+1)), files))
	}
	return mounts
}

// ContextFiles is what the configuration copies of a context.
func (b *Builder) ContextFiles(d *plan.Draft, name string, tree Tree) Tree {
	return b.file("select the files of "+name, contentOf(tree, d.ContextFiles(name)...))
}

// place puts the programs into what others have laid out: a base, or the user's files and folders. Without those it needs no step:
// nothing is there that its folders could replace.
func (l *layout) place(program Tree) Tree {
	// Not the program itself: it would go into a folder that has its name.
	dir := path.Dir(l.plan.ProgramPath())
	req := request.Files{Copies: []request.Copy{{From: dir, To: path.Join("/", dir)}}}
	return l.over(req, plan.LayerProgram, reading(request.Source, program))
}

// over is the vertex that makes a layer over those that are there. It sees them to keep what they have.
func (l *layout) over(req request.Files, what string, mounts ...mount) Tree {
	req.Below = len(l.layers)
	for i, below := range l.layers {
		mounts = append(mounts, reading(path.Join(request.Base, strconv.Itoa(i)), below).byOrigin())
	}
	return l.run(namedFor(l.img.Target, request.StageFiles, "add the %s", what), step{Request: req, Mounts: append(mounts, out)}).at(request.Out)
}
