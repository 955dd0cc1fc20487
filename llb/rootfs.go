package llb

import (
	"path"
	"time"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// imageTime is the time of every file of an image: it must not depend on when the image was built.
var imageTime = llb.WithCreatedTime(time.Unix(0, 0))

// rootfs lays the image out: the base or the common files of scratch, the user's files, the program's libraries, the program. Each
// is a layer of its own, so the ones that did not change are shared with the image before.
func rootfs(h Host, p *plan.Plan, img plan.Image, src Sources, goroot toolchain, own ...llb.State) (llb.State, error) {
	base, err := baseLayer(h, p, img, src, goroot)
	if err != nil {
		return llb.State{}, err
	}
	layers := []llb.State{base}
	if extra, ok := extraFiles(p, src); ok {
		layers = append(layers, extra)
	}
	layers = append(layers, own...)
	return llb.Merge(layers, namedFor(img.Target, StageRootfs, "merge layers")), nil
}

func baseLayer(h Host, p *plan.Plan, img plan.Image, src Sources, goroot toolchain) (llb.State, error) {
	if base, ok := src.Bases[img.Target.String()]; ok {
		return base, nil
	}
	if p.Runtime.Base != "" {
		return llb.Image(p.Runtime.Base, llb.Platform(img.Target.OCI()),
			namedFor(img.Target, StageRootfs, "%s", p.Runtime.Base)), nil
	}
	e, err := h.run(StageRootfs, request.Rootfs{UID: p.Runtime.UID, GID: p.Runtime.GID},
		named(StageRootfs, "certificates, time zones, accounts"), goroot.mount())
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// extraFiles is the layer of the files that the configuration names, and of the working directory.
func extraFiles(p *plan.Plan, src Sources) (llb.State, bool) {
	var action *llb.FileAction
	if dir := p.Runtime.Workdir; dir != "" && dir != "/" {
		// The folders above it stay root's: with a base they are the base's own, which the program must not replace.
		if parent := path.Dir(dir); parent != "/" {
			action = mkdir(action, parent, llb.WithUIDGID(0, 0))
		}
		action = mkdir(action, dir, llb.WithUIDGID(p.Runtime.UID, p.Runtime.GID))
	}
	for _, f := range p.Runtime.Files {
		info := &llb.CopyInfo{
			CopyDirContentsOnly: true,
			CreateDestPath:      true,
			CreatedTime:         ptr(time.Unix(0, 0)),
			ChownOpt:            &llb.ChownOpt{User: &llb.UserOpt{}, Group: &llb.UserOpt{}},
			Mode:                &llb.ChmodOpt{ModeStr: "u=rwX,go=rX"},
		}
		from := path.Join("/", f.From)
		if action == nil {
			action = llb.Copy(src.Files, from, f.To, info)
		} else {
			action = action.Copy(src.Files, from, f.To, info)
		}
	}
	if action == nil {
		return llb.State{}, false
	}
	return llb.Scratch().File(action, named(StageRootfs, "files of the configuration")), true
}

func mkdir(action *llb.FileAction, dir string, owner llb.ChownOption) *llb.FileAction {
	if action == nil {
		return llb.Mkdir(dir, 0o755, llb.WithParents(true), owner, imageTime)
	}
	return action.Mkdir(dir, 0o755, llb.WithParents(true), owner, imageTime)
}

func ptr[T any](v T) *T { return &v }
