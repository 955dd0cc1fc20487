package ocidiff

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/imagefacts"
)

// maxDeep is how many files of a layer are looked into, maxProgram how large one may be, and maxLines how large a text of lines.
const maxDeep, maxProgram, maxLines = 100, 80 << 20, 64 << 10

// insight is what a file is found to be: a program, a text, or neither.
type insight struct {
	program json.RawMessage
	text    []byte
}

// deepen looks into files that differ, which it reads again: first those of one side, then those of the other.
func (c *comparison) deepen(a, b []imagefacts.Layer, one, other *fileSet, names []string) error {
	names = names[:min(len(names), maxDeep)]
	if !c.deep || len(names) == 0 {
		return nil
	}
	var r insightReader
	x, err := r.read(c.a, a, one, names)
	if err != nil {
		return err
	}
	y, err := r.read(c.b, b, other, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		c.in = append(c.in, printable(name))
		c.insights(x[name], y[name])
		c.in = c.in[:len(c.in)-1]
	}
	return nil
}

func (c *comparison) insights(a, b insight) {
	switch {
	case a.program != nil && b.program != nil:
		walk(decode(a.program), decode(b.program), "", func(pointer string, x, y any) { c.add(Program, pointer, OfFiles, encode(x), encode(y)) })
	case a.text != nil && b.text != nil:
		c.record(Difference{In: append([]string{}, c.in...), Level: Text, Cause: OfFiles, Diff: lines(a.text, b.text)})
	}
}

// lines gives the lines that differ, and some around them, without the names that diff begins with.
func lines(a, b []byte) string {
	text := string(diff.Diff("a", a, "b", b))
	if at := strings.Index(text, "@@"); at >= 0 {
		text = text[at:]
	}
	return strings.ToValidUTF8(text, "")
}

// insightReader reads contents one after the other into the same memory.
type insightReader struct{ buffer []byte }

func (r *insightReader) read(from Content, layers []imagefacts.Layer, set *fileSet, names []string) (map[string]insight, error) {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	found := map[string]insight{}
	for i, l := range layers {
		_, err := from.Walk(l, func(h *tar.Header, content io.Reader) error {
			name := entryName(h)
			if !wanted[name] || set.files[name].layer != i || h.Typeflag != tar.TypeReg || h.Size > maxProgram {
				return nil
			}
			in, err := r.look(h.Size, content)
			found[name] = in
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (r *insightReader) look(size int64, content io.Reader) (insight, error) {
	if int64(cap(r.buffer)) < size {
		r.buffer = nil // to be collected before there is another
		r.buffer = make([]byte, size)
	}
	raw := r.buffer[:size]
	if _, err := io.ReadFull(content, raw); err != nil {
		return insight{}, err
	}
	if size <= maxLines && utf8.Valid(raw) && !bytes.ContainsRune(raw, 0) {
		return insight{text: append([]byte{}, raw...)}, nil
	}
	facts, err := binary.Read(bytes.NewReader(raw))
	if err != nil && !errors.Is(err, binary.ErrNoBuildInfo) {
		return insight{}, nil // something else, or a program that nobody can run
	}
	text, err := json.Marshal(newProgram(facts))
	return insight{program: text}, err
}

// program is what is told of an executable or library.
type program struct {
	Machine     string            `json:"machine"`
	Class       string            `json:"class"`
	Type        string            `json:"type"`
	Flags       uint32            `json:"flags,omitempty"`
	Interpreter string            `json:"interpreter,omitempty"`
	Needed      []string          `json:"needed,omitempty"`
	Go          string            `json:"go,omitempty"`
	BuildID     string            `json:"buildID,omitempty"`
	Path        string            `json:"path,omitempty"`
	Module      string            `json:"module,omitempty"`
	Modules     map[string]string `json:"modules,omitempty"`
	Settings    map[string]string `json:"settings,omitempty"`
}

func newProgram(f *binary.Facts) program {
	p := program{
		Machine: f.ELF.Machine.String(), Class: f.ELF.Class.String(), Type: f.Type.String(), Flags: f.Flags, Interpreter: f.Interpreter, Needed: f.Needed,
		Go: f.GoVersion, BuildID: f.BuildID, Path: f.Path, Settings: f.Settings,
	}
	if f.Module.Path != "" {
		p.Module = f.Module.Path + " " + version(f.Module)
	}
	for _, m := range f.Deps {
		if p.Modules == nil {
			p.Modules = map[string]string{}
		}
		p.Modules[m.Path] = version(m)
	}
	return p
}

// version is a module's version with what replaces it and its hash.
func version(m binary.Module) string {
	if m.Replace != nil {
		return fmt.Sprintf("%s => %s %s", m.Version, m.Replace.Path, version(*m.Replace))
	}
	return strings.TrimSpace(m.Version + " " + m.Sum)
}
