package startable

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

const (
	// maxObjects limits how many libraries one program loads, and maxNeeds how often they name one another.
	maxObjects, maxNeeds = 1000, 100_000
)

// linker loads a program's libraries as the loader would, without mapping them.
type linker struct {
	tree        *tree
	target      target.Target
	where       string   // what tree is, for messages: "the image"
	libraryPath []string // LD_LIBRARY_PATH
	partial     bool     // a library that is not in tree is no problem

	rules    rules
	loader   *object
	objects  []*object // the program, then libraries in the order of loading
	next     int       // the first of them whose needs have not been looked at
	names    map[string]*object
	missing  map[string]bool
	needs    int
	problems []Problem
}

// object is one loaded file.
type object struct {
	place  place
	dyn    *binary.Dynamic
	origin string // what $ORIGIN stands for, "" if that is not known
	from   source
	also   []place // other paths at which it was found
	parent *object // the object that needed it first, nil for the program

	name     string // under which it was needed first
	added    bool   // to the linker's objects
	neededBy []string
	versions map[string]bool // needed of it
}

// source is where a loader took the path of a library from.
type source int

const (
	fromPath     source = iota // a search path or a name with a slash
	fromDefaults               // the folders that are compiled into it
	fromFile                   // a file that is read beside it: ld.so.cache or musl's path file
)

// rules is how the loader of one C library looks for libraries.
type rules interface {
	// own says whether the loader itself answers to a name.
	own(name string) bool
	// expand replaces the tokens in a name that has a slash.
	expand(name string, by *object) (string, bool)
	// lookups gives, in order, the absolute paths where it looks for a name without a slash that by needs.
	lookups(name string, by *object) iter.Seq2[string, source]
	// glibc says that it goes on after a file for another processor, knows a library by its soname too, and does not start a
	// program that lacks a symbol version. musl takes the first file that it can open, and does none of the others.
	glibc() bool
	// elsewhere says where the image has a library that by needs and the loader did not find, and what to do about it; "" if
	// the image does not have it.
	elsewhere(name string, by *object) (msg, help string, err error)
	// file is the file that fromFile speaks of.
	file() string
}

func newLinker(fsys fs.FS, t target.Target, where string) *linker {
	return &linker{tree: newTree(fsys), target: t, where: where, names: map[string]*object{}, missing: map[string]bool{}}
}

func (l *linker) problem(p Problem) {
	if !l.partial || !p.absent {
		l.problems = append(l.problems, p)
	}
}

// link loads everything that the program at start needs.
func (l *linker) link(start *object) error {
	l.objects = []*object{start}
	if err := l.findLoader(start); err != nil || l.loader == nil {
		return err
	}
	if err := l.load(); err != nil {
		return err
	}
	l.checkVersions()
	return nil
}

// load goes through the needs of the objects in the order in which both loaders do, breadth first.
func (l *linker) load() error {
	for ; l.next < len(l.objects); l.next++ {
		by := l.objects[l.next]
		for _, name := range by.dyn.Needed {
			if err := l.need(name, by); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *linker) checkVersions() {
	for _, o := range l.objects {
		l.require(o)
	}
}

// need makes sure that a library is loaded, or adds the problem.
func (l *linker) need(name string, by *object) error {
	if l.needs++; l.needs > maxNeeds {
		return errTooMuch
	}
	o := l.known(name)
	if o == nil && !l.missing[name] {
		var err error
		if o, err = l.locate(name, by); err != nil {
			return err
		}
	}
	if o == nil {
		l.missing[name] = true
		return nil
	}
	o.neededBy = append(o.neededBy, by.place.path)
	return l.add(name, o)
}

// add puts an object behind those that are loaded, unless it is among them, and lets it be known by a name.
func (l *linker) add(name string, o *object) error {
	l.name(name, o)
	if o.added {
		return nil
	}
	if len(l.objects) > maxObjects {
		return fmt.Errorf("%s needs more than %d libraries", l.objects[0].place.path, maxObjects)
	}
	o.name, o.added = name, true
	l.objects = append(l.objects, o)
	if l.rules.glibc() && o.dyn.Soname != "" {
		l.name(o.dyn.Soname, o)
	}
	return nil
}

// name lets an object be known by a name, unless another is.
func (l *linker) name(name string, o *object) {
	if l.names[name] == nil {
		l.names[name] = o
	}
}

// known gives the object that has been loaded under a name.
func (l *linker) known(name string) *object {
	if l.rules.own(name) {
		return l.loader
	}
	return l.names[name]
}

// locate finds a library in the tree. It gives nil after it has added the problem.
func (l *linker) locate(name string, by *object) (*object, error) {
	lookups := l.rules.lookups(name, by)
	if strings.Contains(name, "/") {
		lookups = func(yield func(string, source) bool) {
			if p, ok := l.rules.expand(name, by); ok && strings.HasPrefix(p, "/") {
				yield(p, fromPath)
			}
		}
	}
	var foreign string
	var refused *Problem
	for candidate, from := range lookups {
		p, err := l.tree.find(candidate)
		if err != nil {
			return nil, err
		}
		if r := l.tree.refusal(p, read); r != nil {
			if refused == nil {
				denied := l.denied(by.place.path, fmt.Sprintf("the library %s, which %s needs,", name, by.place.path), p, read, r)
				refused = &denied
			}
			continue // as both loaders do
		}
		if !p.exists() {
			continue
		}
		dyn, why, err := l.readELF(p)
		if err != nil {
			return nil, err
		}
		if why.text == "" {
			return l.loaded(&object{place: p, dyn: dyn, origin: folder(p.path), from: from, parent: by}), nil
		}
		if why.foreign {
			foreign = fmt.Sprintf("%s %s", p.path, why.text)
		}
		if !why.foreign || !l.rules.glibc() {
			l.problem(Problem{
				Object: by.place.path, Library: name, Help: why.help,
				Msg: fmt.Sprintf("%s needs the library %s, but %s %s", by.place.path, name, p.path, why.text),
			})
			return nil, nil
		}
	}
	if refused != nil {
		refused.Library = name
		l.problem(*refused)
		return nil, nil
	}
	return nil, l.notFound(name, by, foreign)
}

// loaded gives the object that is the same file, if there is one.
func (l *linker) loaded(o *object) *object {
	for _, other := range append(l.objects[1:len(l.objects):len(l.objects)], l.loader) {
		if other.place.real == o.place.real {
			other.also = append(other.also, o.place)
			return other
		}
	}
	return o
}

// require checks the symbol versions that an object needs, as glibc's _dl_check_map_versions does. A library that defines no
// versions at all is taken as it is.
func (l *linker) require(o *object) {
	for _, r := range o.dyn.Requires {
		lib := l.known(r.File)
		if lib == nil {
			if l.rules.glibc() && !l.missing[r.File] {
				l.problem(Problem{
					Object: o.place.path, Library: r.File, Versions: r.Versions,
					Msg: fmt.Sprintf("%s needs versions of %s, but nothing loads that library", o.place.path, r.File),
				})
			}
			continue
		}
		lib.use(r.Versions)
		if !l.rules.glibc() || !lib.dyn.Versioned {
			continue
		}
		var lacking []string
		for _, v := range r.Versions {
			if !slices.Contains(lib.dyn.Provides, v) {
				lacking = append(lacking, v)
			}
		}
		if len(lacking) > 0 {
			l.problem(l.lacksVersions(o, lib, r.File, lacking))
		}
	}
}

func (o *object) use(versions []string) {
	if o.versions == nil {
		o.versions = map[string]bool{}
	}
	for _, v := range versions {
		o.versions[v] = true
	}
}

// fits holds an ELF file against the target.
func (l *linker) fits(d *binary.Dynamic) misfit {
	want := l.target.ELF()
	switch {
	case d.ELF != want:
		return misfit{
			text:    fmt.Sprintf("is for %s, not for %v", platform(d.ELF), l.target),
			help:    fmt.Sprintf("take the file for %v", l.target),
			foreign: d.ELF.Class != want.Class || d.ELF.Data == want.Data && d.ELF.Machine != want.Machine,
		}
	case !l.target.HasABI(d.OSABI):
		return misfit{text: fmt.Sprintf("is for another operating system (%v)", d.OSABI)}
	case d.Type != elf.ET_DYN && d.Type != elf.ET_EXEC:
		return misfit{text: fmt.Sprintf("is of ELF type %v and cannot be run", d.Type)}
	}
	return misfit{}
}

func platform(e target.ELF) string {
	if goarch, ok := e.Arch(); ok {
		return "linux/" + goarch
	}
	return fmt.Sprintf("an %v, %v processor of type %v", e.Class, e.Data, e.Machine)
}

// folder is the part of a path before its last slash. It leaves "..", which path.Dir would take before links.
func folder(name string) string {
	return name[:max(1, strings.LastIndexByte(name, '/'))]
}

func (l *linker) report() *Report {
	r := &Report{Problems: l.problems}
	for i, o := range l.objects {
		if i == 0 {
			r.Program, r.Interpreter = o.place.real, o.dyn.Interpreter
			continue
		}
		r.Libraries = append(r.Libraries, Library{
			Name: o.name, Path: o.place.path, Real: o.place.real, Links: o.place.links,
			NeededBy: slices.Compact(o.neededBy), Versions: slices.Sorted(maps.Keys(o.versions)),
		})
	}
	return r
}
