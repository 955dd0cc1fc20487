package startable

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

// File is one file of a sysroot that belongs to the same path of an image.
type File struct {
	// Path is absolute; none of its folders is a symbolic link.
	Path string
	// Link is the target of a symbolic link, else "".
	Link string
	// Dir says that it is a folder which only has to be there: a search path leads through it with "..".
	Dir bool
}

// Closure gives what a program needs of a sysroot to start in an image that has nothing else: its loader and libraries, those
// that these need in turn, every symbolic link on the way to them, and the loader's list of folders where it takes that to
// find them; sorted by path. A static program needs none of them.
//
// What a program opens only when it runs is not known: extra names it, a library by its soname, or any file by its absolute path.
// glibc itself opens libgcc_s.so.1 when a thread is cancelled, the libnss_*.so.2 that /etc/nsswitch.conf names (since 2.34 "files"
// and "dns" are built in), and gconv-modules with its modules in iconv.
//
// The program is not in the sysroot, so its own search paths with $ORIGIN are passed over. What is missing or does not fit is
// the error: a [*diag.Error] for each, joined.
func Closure(root fs.FS, program io.ReaderAt, extra []string, t target.Target) ([]File, error) {
	return closed(newLinker(root, t, sysroot), program, extra)
}

// PartialClosure is Closure for an image that gets other files too: a library that the sysroot does not have may be one of them, and is
// passed over.
func PartialClosure(root fs.FS, program io.ReaderAt, extra []string, t target.Target) ([]File, error) {
	l := newLinker(root, t, sysroot)
	l.partial = true
	return closed(l, program, extra)
}

// sysroot is what messages call one.
const sysroot = "the sysroot"

func closed(l *linker, program io.ReaderAt, extra []string) ([]File, error) {
	files, err := closure(l, program, extra)
	if err != nil {
		return nil, fmt.Errorf("finding the libraries of a program for %v: %w", l.target, err)
	}
	return files, nil
}

func closure(l *linker, program io.ReaderAt, extra []string) ([]File, error) {
	dyn, err := binary.ReadDynamic(program)
	if err != nil {
		return nil, err
	}
	start := &object{place: place{path: "the program"}, dyn: dyn}
	l.objects = []*object{start}
	if why := l.fits(dyn); why.text != "" {
		l.problem(Problem{Object: start.place.path, Msg: start.place.path + " " + why.text, Help: why.help})
		return nil, l.report().Err()
	}
	if err := l.findLoader(start); err != nil || len(l.problems) > 0 {
		return nil, cmp.Or(err, l.report().Err())
	}
	if err := l.load(); err != nil {
		return nil, err
	}
	data, err := l.addExtras(start, extra)
	if err != nil {
		return nil, err
	}
	l.checkVersions()
	if len(l.problems) > 0 {
		return nil, l.report().Err()
	}
	return l.files(data)
}

// addExtras loads the libraries that the program opens itself, and gives the places of all that was named by its path.
func (l *linker) addExtras(start *object, extra []string) (data []place, err error) {
	for _, name := range extra {
		p, err := l.addExtra(start, name)
		if err != nil {
			return nil, err
		}
		if p.exists() {
			data = append(data, p)
		}
	}
	return data, l.load()
}

func (l *linker) addExtra(start *object, name string) (place, error) {
	if !strings.HasPrefix(name, "/") {
		if l.loader == nil {
			l.problem(Problem{Object: start.place.path, Library: name, Msg: fmt.Sprintf("%s is static and cannot open the library %s", start.place.path, name)})
			return place{}, nil
		}
		return place{}, l.need(name, start)
	}
	p, err := l.tree.find(name)
	if err != nil {
		return place{}, err
	}
	if !p.regular() {
		l.problem(Problem{Object: start.place.path, Library: name, Msg: fmt.Sprintf("%s has no file %s", l.where, name)})
		return place{}, nil
	}
	if l.loader == nil {
		return p, nil
	}
	dyn, why, err := l.readELF(p)
	if err == nil && why.text == "" {
		err = l.add(name, l.loaded(&object{place: p, dyn: dyn, origin: folder(p.path), parent: start}))
	}
	return p, err
}

// files lists the loader, the libraries and data, with the links to them.
func (l *linker) files(data []place) ([]File, error) {
	places := slices.Clone(data)
	if l.loader != nil {
		places = append(places, l.loader.place)
	}
	beside := false
	for _, o := range l.objects[1:] {
		places = append(append(places, o.place), o.also...)
		beside = beside || o.from == fromFile
	}
	if beside {
		p, err := l.tree.find(l.rules.file())
		if err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	var files []File
	for _, p := range places {
		for _, link := range p.links {
			files = append(files, File{Path: link.Path, Link: link.Target})
		}
		for _, dir := range p.passed {
			files = append(files, File{Path: path.Clean(dir), Dir: true})
		}
		files = append(files, File{Path: p.real})
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return slices.Compact(files), nil
}
