package frontend

import (
	"io/fs"
	"path"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/diag"
)

// files are the user's files in which a mistake can be shown.
type files struct {
	known map[string]*pb.SourceInfo
	// module reads go.mod and its like when a mistake is in one of them.
	module fs.FS
}

func (f *files) add(name, language string, data []byte, def *llb.Definition) {
	if f.known == nil {
		f.known = map[string]*pb.SourceInfo{}
	}
	info := &pb.SourceInfo{Filename: name, Language: language, Data: data}
	if def != nil {
		info.Definition = def.ToPB()
	}
	f.known[name] = info
}

func (f *files) find(name string) *pb.SourceInfo {
	if info, ok := f.known[name]; ok || f.module == nil {
		return info
	}
	data, err := fs.ReadFile(f.module, path.Clean(name))
	if err != nil {
		return nil
	}
	return &pb.SourceInfo{Filename: name, Language: "Go Module", Data: data}
}

// locate adds the lines at fault to an error, so that every client of BuildKit shows them.
func (f *files) locate(err error) error {
	for _, mistake := range diag.All(err) {
		info := f.find(mistake.File)
		if info == nil || mistake.Start.Line == 0 {
			continue
		}
		err = errdefs.WithSource(err, &errdefs.Source{Info: info, Ranges: []*pb.Range{pbRange(mistake.Range)}})
	}
	return err
}

// pbRange has both ends: clients look at End without asking whether it is there.
func pbRange(r diag.Range) *pb.Range {
	end := r.End
	if end.Line < r.Start.Line {
		end = r.Start
	}
	return &pb.Range{
		Start: &pb.Position{Line: int32(r.Start.Line), Character: int32(max(r.Start.Col-1, 0))},
		End:   &pb.Position{Line: int32(end.Line), Character: int32(max(end.Col-1, 0))},
	}
}
