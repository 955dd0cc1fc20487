package gomod

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/mod/modfile"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
)

// MaxFile bounds go.mod, go.work and vendor/modules.txt. The largest go.mod files known have some hundred kilobytes.
const MaxFile = 8 << 20

// text is a file's name and content, for turning positions into ranges.
type text struct {
	name string
	data []byte
}

// readText reads a file of bounded size; nil when there is none.
func readText(fsys fs.FS, name string) (*text, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return &text{name: name, data: data}, nil
}

func exists(fsys fs.FS, name string) (bool, error) {
	_, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", name, err)
	}
	return true, nil
}

// whole is the file without a position.
func (t *text) whole() diag.Range { return diag.Range{File: t.name} }

func (t *text) lineRange(line *modfile.Line) diag.Range {
	start, end := line.Span()
	return diag.Range{File: t.name, Start: t.pos(start), End: t.pos(end)}
}

// pos counts the column in bytes, where the parser counts runes.
func (t *text) pos(p modfile.Position) diag.Pos {
	before := t.data[:min(max(p.Byte, 0), len(t.data))]
	return diag.Pos{Line: p.Line, Col: len(before) - bytes.LastIndexByte(before, '\n')}
}

// restOfLine is the range from start to the end of its line, white space left out.
func (t *text) restOfLine(start modfile.Position) diag.Range {
	r := diag.Range{File: t.name, Start: t.pos(start)}
	line, _, _ := bytes.Cut(t.data[min(max(start.Byte, 0), len(t.data)):], []byte("\n"))
	r.End = diag.Pos{Line: r.Start.Line, Col: r.Start.Col + len(bytes.TrimRight(line, " \t\r"))}
	return r
}

// check refuses what the parser should not see.
func (t *text) check(errs *diag.List) bool {
	if len(t.data) > MaxFile {
		errs.Addf(t.whole(), "the file has more than the %d bytes allowed", MaxFile)
		return false
	}
	if gofiles.IsLFSPointer(t.data) {
		first := diag.Pos{Line: 1, Col: 1}
		errs.Addf(diag.Range{File: t.name, Start: first, End: first}, "%s", gofiles.LFSProblem).Help = gofiles.LFSHelp
		return false
	}
	if bytes.HasPrefix(t.data, []byte("\ufeff")) {
		// The go command refuses it as well, after everything has been fetched.
		at := diag.Range{File: t.name, Start: diag.Pos{Line: 1, Col: 1}, End: diag.Pos{Line: 1, Col: 1 + len("\ufeff")}}
		errs.Addf(at, "the file starts with a byte order mark").Help = "the go command does not read it; save the file as UTF-8 without BOM"
		return false
	}
	return true
}

// addErrors turns the parser's errors into located ones.
func (t *text) addErrors(err error, errs *diag.List) {
	var list modfile.ErrorList
	if !errors.As(err, &list) {
		errs.Addf(t.whole(), "invalid file").Err = err
		return
	}
	for _, e := range list {
		r := t.whole()
		if e.Pos.Line > 0 {
			r = t.restOfLine(e.Pos)
		}
		errs.Addf(r, "invalid %s", t.name).Err = withDirective(e)
	}
}

// withDirective is a parser's error without its position.
func withDirective(e modfile.Error) error {
	if e.ModPath != "" {
		return fmt.Errorf("%s %s: %w", e.Verb, e.ModPath, e.Err)
	}
	if e.Verb != "" {
		return fmt.Errorf("%s: %w", e.Verb, e.Err)
	}
	return e.Err
}
