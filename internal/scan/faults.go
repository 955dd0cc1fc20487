package scan

import (
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
)

// faults locates what go/build found wrong: it names all bad files, but keeps the error of the first one only.
func (d *directory) faults(ctx *build.Context, b *build.Package, err error) []fault {
	var none *build.NoGoError
	if err == nil || errors.As(err, &none) {
		return nil
	}
	if len(b.InvalidGoFiles) == 0 {
		return []fault{{Range: diag.Range{File: d.dir}, msg: err.Error()}}
	}
	var all []fault
	for _, name := range b.InvalidGoFiles {
		f := d.fault(ctx, b, name)
		if f.msg == "" {
			f.msg = err.Error()
		}
		all = append(all, f)
	}
	return all
}

// fault finds the mistake of one file: unreadable or with a bad constraint, a bad header, of another package, a bad import
// path, or else, without a message, what only go/build knows, such as a bad #cgo line.
func (d *directory) fault(ctx *build.Context, b *build.Package, name string) fault {
	file := path.Join(d.dir, name)
	if f := d.tree.list(d.dir).file(name); f != nil && f.broken != nil {
		return brokenLink(f)
	} else if f != nil && f.isPointer(d.tree) {
		return pointer(file)
	}
	if _, err := ctx.MatchFile(d.dir, name); err != nil {
		return fault{Range: diag.Range{File: file}, msg: strings.TrimPrefix(err.Error(), name+": ")}
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, d.text(name).content, parser.ImportsOnly)
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return fault{Range: at(list[0].Pos), msg: list[0].Msg}
	}
	if parsed.Name.Name != b.Name {
		return fault{
			Range: at(fset.Position(parsed.Name.Pos())),
			msg:   fmt.Sprintf("package %s in a directory of package %s", parsed.Name.Name, b.Name),
			help:  "a directory holds one package; move the file, or exclude it with a //go:build line",
		}
	}
	for _, imp := range parsed.Imports {
		if name, err := strconv.Unquote(imp.Path.Value); err == nil && name != "C" && checkImport(name) != nil {
			return fault{Range: at(fset.Position(imp.Path.Pos())), msg: checkImport(name).Error()}
		}
	}
	return fault{Range: diag.Range{File: file}}
}

// brokenLink is the fault of a link that leads nowhere.
func brokenLink(f *source) fault {
	return fault{Range: f.broken.Range, msg: f.broken.Msg, help: f.broken.Help}
}

// pointer is the fault of a file whose content Git LFS has not fetched.
func pointer(name string) fault {
	first := diag.Pos{Line: 1, Col: 1}
	return fault{Range: diag.Range{File: name, Start: first, End: first}, msg: gofiles.LFSProblem, help: gofiles.LFSHelp}
}

// at makes a range of one position. Its file is relative to the context since go/build was given such a directory.
func at(p token.Position) diag.Range {
	pos := diag.Pos{Line: p.Line, Col: p.Column}
	return diag.Range{File: p.Filename, Start: pos, End: pos}
}
