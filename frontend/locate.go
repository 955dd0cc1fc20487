package frontend

import (
	"io/fs"
	"path"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/safetext"
)

// files are the user's files in which a mistake can be shown.
type files struct {
	mu    sync.Mutex
	known map[string]*pb.SourceInfo
	// at is the folder of the trees that names of files count from.
	at string
	// trees give parts of the build context, asked for when a mistake is in a file.
	trees []func() (fs.FS, error)
}

func (f *files) add(name, language string, data []byte, def *llb.Definition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(name, language, data, def)
}

func (f *files) put(name, language string, data []byte, def *llb.Definition) {
	if f.known == nil {
		f.known = map[string]*pb.SourceInfo{}
	}
	info := &pb.SourceInfo{Filename: safetext.Line(name), Language: language, Data: []byte(safetext.Lines(string(data)))}
	if def != nil {
		info.Definition = def.ToPB()
	}
	f.known[name] = info
}

func (f *files) find(name string) *pb.SourceInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	if info, ok := f.known[name]; ok {
		return info
	}
	for _, open := range f.trees {
		tree, err := open()
		if err != nil {
			continue // the mistake is shown without its line
		}
		if data, err := fs.ReadFile(tree, path.Join(f.at, name)); err == nil {
			f.put(name, language(name), data, nil)
			return f.known[name]
		}
	}
	return nil
}

// learn takes the texts that a step gives for its mistakes. The user's own files are known better, and the root of a step may be an image
// that says something else of them.
func (f *files) learn(from *request.Failure) {
	for _, m := range from.Mistakes[:min(len(from.Mistakes), maxShown)] {
		if text, ok := from.Files[m.File]; ok && f.find(m.File) == nil {
			f.add(m.File, language(m.File), []byte(text), nil)
		}
	}
}

// language is the name that GitHub's linguist has for the language of a file.
func language(name string) string {
	switch path.Base(name) {
	case "go.mod", "go.work":
		return "Go Module"
	case "go.sum", "go.work.sum":
		return "Go Checksums"
	}
	return "Go"
}

// maxShown bounds the mistakes that are shown with the lines around them. The text of the error names all.
const maxShown = 10

// maxSources bounds the lines around mistakes in bytes, as all of an error is one message to the client.
const maxSources = 2 << 20

// locate adds the lines at fault to an error, so that every client of BuildKit shows them. It is the last that looks at an error:
// its text is fit to be shown.
func (f *files) locate(err error) error {
	mistakes, sent := diag.All(err), 0
	for _, mistake := range mistakes[:min(len(mistakes), maxShown)] {
		info := f.find(mistake.File)
		if info == nil || mistake.Start.Line == 0 {
			continue
		}
		part := info.CloneVT()
		part.Data = diag.Excerpt(info.Data, mistake.Range)
		if sent += len(part.Data); sent > maxSources {
			break
		}
		err = errdefs.WithSource(err, &errdefs.Source{Info: part, Ranges: []*pb.Range{pbRange(mistake.Range)}})
	}
	return safetext.Error(err)
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
