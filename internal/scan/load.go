package scan

import (
	"bytes"
	"errors"
	"go/build"
	"go/token"
	"io"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/gofiles"
)

// pkg is what one directory is on one platform, or on several that it looks the same on.
type pkg struct {
	// name is the package clause's, or "" for a directory without Go files for the platform; then only faults may be set.
	name  string
	files []string
	// dir is the folder without links in its path; links are those on the way to it and to the files, and what they lead to.
	dir   string
	links []string
	// included are what assembly includes, relative to the root of the context.
	included []string
	imports  []string
	// at tells where a path or an embed pattern stands first.
	at     map[string]token.Position
	embeds []string
	cgo    bool
	// c is what it needs of C, without its own name.
	c ctoolchain.Use
	// consulted are the build tags that decided which files belong to it.
	consulted []string
	faults    []fault
}

// loader reads packages with go/build, each directory once for all platforms. It is safe for concurrent use.
type loader struct {
	tree      *tree
	platforms []platform
	mu        sync.Mutex
	dirs      map[string]func() []*pkg
}

func newLoader(t *tree, platforms []platform) *loader {
	return &loader{tree: t, platforms: platforms, dirs: make(map[string]func() []*pkg)}
}

// load gives the packages of a directory in the order of the platforms.
func (l *loader) load(dir string) []*pkg {
	l.mu.Lock()
	read := l.dirs[dir]
	if read == nil {
		read = sync.OnceValue(func() []*pkg { return l.read(dir) })
		l.dirs[dir] = read
	}
	l.mu.Unlock()
	return read()
}

// read parses a directory for one platform after the other and skips those whose tags decide as on an earlier one. The conditions of
// #cgo lines are not among the tags that go/build tells of, so packages with C are read for each.
func (l *loader) read(dir string) []*pkg {
	d := &directory{dir: dir, tree: l.tree, texts: make(map[string]text)}
	pkgs := make([]*pkg, len(l.platforms))
	for i, p := range l.platforms {
		for j, earlier := range l.platforms[:i] {
			if !pkgs[j].cgo && p.sameTags(earlier, pkgs[j].consulted) {
				pkgs[i] = pkgs[j]
				break
			}
		}
		if pkgs[i] == nil {
			pkgs[i] = d.load(p)
		}
	}
	return pkgs
}

// directory holds the whole texts of a directory's files while it is loaded: of those that had to be read beyond the head,
// for their many imports or for go:embed.
type directory struct {
	dir   string
	tree  *tree
	texts map[string]text
}

type text struct {
	content []byte
	err     error
}

var errNotLoading = errors.New("no directory is being loaded")

func (d *directory) load(p platform) *pkg {
	ctx := p.context
	ctx.IsDir = func(string) bool { return true } // or else ReadDir says why not
	ctx.ReadDir = d.infos
	ctx.OpenFile = d.open
	b, err := ctx.ImportDir(d.dir, 0)
	found := &pkg{consulted: b.AllTags, faults: d.faults(&ctx, b, err)}
	if len(b.GoFiles)+len(b.CgoFiles) == 0 {
		return found
	}
	found.name = b.Name
	found.files = inputs(b, ctx.CgoEnabled)
	d.addPlaces(found)
	d.addIncluded(found, b.SFiles)
	found.imports = slices.DeleteFunc(b.Imports, func(p string) bool { return p == "C" || p == "unsafe" })
	found.embeds = append(found.embeds, b.EmbedPatterns...) // nil if empty, as after JSON
	found.cgo = len(b.CgoFiles) > 0 || ctx.CgoEnabled && len(b.SwigFiles)+len(b.SwigCXXFiles) > 0
	if found.cgo {
		found.c = ctoolchain.Use{
			CXX: len(b.CXXFiles)+len(b.SwigCXXFiles) > 0, MuslTag: slices.Contains(b.AllTags, "musl"),
			Swig: ctoolchain.FirstFile(d.dir, b.SwigFiles, b.SwigCXXFiles), Fortran: ctoolchain.FirstFile(d.dir, b.FFiles),
			PkgConfig: append([]string(nil), b.CgoPkgConfig...), Flags: d.cgoFlags(b),
		}
		ctx.CgoEnabled = false
		if without, _ := ctx.ImportDir(d.dir, 0); without != nil {
			found.c.Only = len(without.GoFiles) == 0
			found.c.Stub = slices.ContainsFunc(without.GoFiles, func(name string) bool { return !slices.Contains(b.GoFiles, name) })
		}
	}
	found.at = make(map[string]token.Position)
	for p, at := range b.ImportPos {
		found.at[p] = at[0]
	}
	for p, at := range b.EmbedPatternPos {
		found.at["embed "+p] = at[0]
	}
	for _, imp := range found.imports {
		if at := found.at[imp]; ctoolchain.NeedsC(imp) && !(found.cgo && imp == ctoolchain.RuntimeCgo) {
			found.c.Std = append(found.c.Std, ctoolchain.Import{Path: imp, Place: ctoolchain.Place{File: at.Filename, Line: at.Line, Col: at.Column}})
		}
	}
	return found
}

// cgoFlags are those of the #cgo lines that are worth a word, with their places.
func (d *directory) cgoFlags(b *build.Package) []ctoolchain.Flag {
	flags := ctoolchain.NotableFlags(slices.Concat(b.CgoCFLAGS, b.CgoCPPFLAGS, b.CgoCXXFLAGS, b.CgoLDFLAGS))
	found := ctoolchain.LocateFlags(flags, b.CgoFiles, b.Dir, func(name string) ([]byte, error) {
		t := d.text(name)
		return t.content, t.err
	})
	for i := range found {
		if found[i].File != "" {
			found[i].File = path.Join(d.dir, found[i].File)
		}
	}
	return found
}

// addPlaces says where the files of a package are.
func (d *directory) addPlaces(to *pkg) {
	l := d.tree.list(d.dir)
	to.dir, to.links = l.dir, slices.Clone(l.links)
	for _, f := range l.files {
		if _, used := slices.BinarySearch(to.files, f.name); !used {
			continue
		}
		if len(f.links) > 0 {
			to.links = append(append(to.links, f.links...), f.path)
		}
		switch {
		case path.Ext(f.name) == ".go": // what is wrong with it, go/build has found
		case f.broken != nil && path.Ext(f.name) == ".syso": // which go/build does not open
			to.faults = append(to.faults, brokenLink(f))
		case f.isPointer(d.tree):
			to.faults = append(to.faults, pointer(path.Join(d.dir, f.name)))
		}
	}
	to.links = sortedSet(to.links)
}

// addIncluded finds what the assembly files of a package include. Where that is counts from the folder without links, as for the
// assembler.
func (d *directory) addIncluded(to *pkg, assembly []string) {
	to.included = gofiles.IncludeClosure(to.dir, assembly, func(name string) ([]byte, error) {
		place, text, err := d.tree.included(name)
		if err == nil && len(place.Links) > 0 {
			to.links = sortedSet(append(to.links, place.Trace()...))
		}
		return text, err
	})
}

func (d *directory) infos(string) ([]fs.FileInfo, error) {
	l := d.tree.list(d.dir)
	infos := make([]fs.FileInfo, len(l.files))
	for i, f := range l.files {
		infos[i] = f
	}
	return infos, l.err
}

// open gives a reader of the head, and of the rest only when that is asked for.
func (d *directory) open(name string) (io.ReadCloser, error) {
	file := d.tree.list(d.dir).file(path.Base(name))
	if file == nil {
		return nil, fs.ErrNotExist
	}
	head, err := file.readHead(d.tree)
	if err != nil {
		return nil, err
	}
	if file.short() {
		return io.NopCloser(bytes.NewReader(head)), nil
	}
	rest := &lazyReader{open: func() (io.Reader, error) {
		t := d.text(file.name)
		return bytes.NewReader(t.content[min(len(head), len(t.content)):]), t.err
	}}
	return io.NopCloser(io.MultiReader(bytes.NewReader(head), rest)), nil
}

// text reads a whole file.
func (d *directory) text(name string) text {
	t, ok := d.texts[name]
	if !ok {
		t.content, t.err = d.tree.text(d.dir, name)
		d.texts[name] = t
	}
	return t
}

// lazyReader opens its source at the first Read.
type lazyReader struct {
	open   func() (io.Reader, error)
	source io.Reader
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.source == nil {
		source, err := l.open()
		if err != nil {
			return 0, err
		}
		l.source = source
	}
	return l.source.Read(p)
}

// inputs are the files that cmd/go compiles. Files with mistakes are among them, so that the compiler can tell the mistakes.
// Without cgo the C family is left out as in load of cmd/go/internal/load, while headers stay for the assembler.
func inputs(b *build.Package, cgo bool) []string {
	files := slices.Concat(b.GoFiles, b.CgoFiles, b.InvalidGoFiles, b.HFiles, b.FFiles, b.SFiles, b.SysoFiles)
	if cgo {
		files = slices.Concat(files, b.CFiles, b.CXXFiles, b.MFiles, b.SwigFiles, b.SwigCXXFiles)
	}
	return sortedSet(files)
}
