package llb

import (
	"path"
	"slices"
	"strconv"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// image lays an image out: its layers, the lowest first, as [plan.Plan.Layers] lists them. Those that did not change are shared with
// the image before.
type image struct {
	host   Host
	plan   *plan.Plan
	img    plan.Image
	src    Sources
	layers []llb.State
}

// rootfs makes the layers that are not made yet and merges all. made holds what was built for the image, by layer.
func (m *image) rootfs(goroot toolchain, made map[string]llb.State) (llb.State, error) {
	if base, ok := m.base(); ok {
		m.layers = append(m.layers, base)
	}
	names := m.plan.Layers(m.img)
	for _, name := range names {
		var err error
		layer := made[name]
		switch {
		case name == plan.LayerCommon:
			layer, err = m.common(goroot)
		case name == plan.LayerFiles:
			layer, err = m.files()
		case name == plan.LayerProgram && (m.plan.Runtime.Base != "" || slices.Contains(names, plan.LayerFiles)):
			layer, err = m.place(layer)
		}
		if err != nil {
			return llb.State{}, err
		}
		m.layers = append(m.layers, layer)
	}
	return llb.Merge(m.layers, namedFor(m.img.Target, request.StageRootfs, "merge layers")), nil
}

// base is the base image; there is none on scratch.
func (m *image) base() (llb.State, bool) {
	ref := m.plan.Runtime.Base
	if state, ok := m.src.Bases[m.img.Target.String()]; ok || ref == "" {
		return state, ok
	}
	return llb.Image(ref, llb.Platform(m.img.Target.OCI()), namedFor(m.img.Target, request.StageRootfs, "%s", ref)), true
}

// common is the layer that every image on scratch has.
func (m *image) common(goroot toolchain) (llb.State, error) {
	e, err := m.host.run(request.Rootfs{UID: m.plan.Runtime.UID, GID: m.plan.Runtime.GID},
		named(request.StageRootfs, "certificates, time zones, accounts"), goroot.mount())
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// files is the layer of the files that the configuration names, of the working directory and of the volumes.
func (m *image) files() (llb.State, error) {
	r := m.plan.Runtime
	var req request.Files
	for _, dir := range m.plan.Folders() {
		req.Folders = append(req.Folders, request.Folder{Path: dir, UID: r.UID, GID: r.GID})
	}
	for _, f := range r.Files {
		req.Copies = append(req.Copies, request.Copy{From: path.Clean(f.From), To: f.To})
	}
	if len(req.Copies) == 0 {
		return m.add(req, plan.LayerFiles)
	}
	return m.add(req, plan.LayerFiles, readOnly(request.Source, m.src.Files))
}

// place puts the program into what others have laid out: a base, or the user's files and folders. Without those it needs no step:
// nothing is there that its folders could replace.
func (m *image) place(program llb.State) (llb.State, error) {
	// Not the program itself: it would go into a folder that has its name.
	dir := path.Dir(m.plan.ProgramPath())
	req := request.Files{Copies: []request.Copy{{From: dir, To: path.Join("/", dir)}}}
	return m.add(req, plan.LayerProgram, readOnly(request.Source, program))
}

// add is the vertex that makes a layer over those that are there. It sees them to keep what they have.
func (m *image) add(req request.Files, what string, opts ...llb.RunOption) (llb.State, error) {
	req.Below = len(m.layers)
	for i, below := range m.layers {
		opts = append(opts, readOnly(path.Join(request.Base, strconv.Itoa(i)), below, keyedByOrigin()))
	}
	e, err := m.host.run(req, namedFor(m.img.Target, request.StageFiles, "add the %s", what), opts...)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}
