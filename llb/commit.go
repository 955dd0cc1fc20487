package llb

import (
	"path"
	"strconv"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// Commit is the vertex that reads what commit the context is of; its output holds request.CommitFile. git holds the
// repository's folder .git. What the images are made of is compared with the commit, and config, the content of the configuration,
// with the file that the request names, unless the context is pristine: the commit itself. The request's Parts are set here.
func Commit(d *plan.Draft, h Host, src Sources, git llb.State, req request.VCS, config []byte) (llb.State, error) {
	opts := runOptions{readOnly(request.Git, git)}
	if !req.Pristine {
		parts, err := src.shipped(h, d)
		if err != nil {
			return llb.State{}, err
		}
		for i, part := range parts {
			opts = append(opts, readOnly(path.Join(request.Source, strconv.Itoa(i)), part))
		}
		req.Parts = len(parts)
	}
	if req.Config != "" {
		file := llb.Scratch().File(llb.Mkfile("/"+request.ConfigFile, 0o644, config), internal("write down the configuration"))
		opts = append(opts, readOnly(request.Config, file))
	}
	e, err := h.run(req, named(request.StageVCS, "read the commit"), opts)
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// License is the vertex that recognises the license of the module in dir; its output holds request.LicenseFile.
func License(h Host, files llb.State, dir string) (llb.State, error) {
	e, err := h.run(request.License{Dir: dir}, named(request.StageLicense, "recognise the license"), readOnly(request.Source, files))
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// shipped are the files of the context that any image is made of.
func (s Sources) shipped(h Host, d *plan.Draft) ([]llb.State, error) {
	var parts []llb.State
	for _, img := range d.Images {
		parts = append(parts, s.compile(d, img))
		if !ownCgo(img) {
			continue
		}
		found, err := findIncludes(h, img, s)
		if err != nil {
			return nil, err
		}
		parts = append(parts, found.files)
	}
	if d.Source.Vendor {
		parts = append(parts, s.Vendor)
	}
	if len(d.Runtime.Files) > 0 {
		parts = append(parts, s.Files)
	}
	return parts, nil
}
