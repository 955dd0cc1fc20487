package startable

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// findLoader sets the loader of a dynamic program and its rules, or adds the problem. Of a static program it does nothing.
func (l *linker) findLoader(program *object) error {
	name := program.dyn.Interpreter
	switch {
	case name == "" && len(program.dyn.Needed) == 0:
		return nil
	case name == "":
		l.problem(Problem{
			Object: program.place.path, Help: "name an executable, not a shared library",
			Msg: fmt.Sprintf("%s needs libraries but names no dynamic loader", program.place.path),
		})
		return nil
	case !strings.HasPrefix(name, "/"):
		l.problem(Problem{
			Object: program.place.path, Library: name,
			Msg: fmt.Sprintf("%s names the dynamic loader %q, which is not an absolute path", program.place.path, name),
		})
		return nil
	}
	p, err := l.tree.find(name)
	if err != nil {
		return err
	}
	if p.info == nil {
		return l.noLoader(program, name)
	}
	if !l.executable(fmt.Sprintf("%s, the dynamic loader of %s,", name, program.place.path), p) {
		return nil
	}
	return l.useLoader(program, p)
}

// useLoader takes the loader at p.
func (l *linker) useLoader(program *object, p place) error {
	dyn, why, err := l.readELF(p)
	if err != nil {
		return err
	}
	if why.text != "" {
		l.problem(Problem{
			Object: program.place.path, Library: p.path, Help: why.help,
			Msg: fmt.Sprintf("the dynamic loader of %s, %s, %s", program.place.path, p.path, why.text),
		})
		return nil
	}
	l.loader = &object{place: p, dyn: dyn, parent: program}
	if l.loader.isMusl() {
		l.rules, err = newMusl(l, p.path)
	} else {
		l.rules, err = newGlibc(l)
	}
	return err
}

// isMusl recognises musl's libc.so, which is its loader, also behind the name of another: Alpine's libc6-compat puts it at
// glibc's path.
func (o *object) isMusl() bool {
	real := path.Base(o.place.real)
	return muslName(o.place.path) || muslName(real) || real == "libc.so" || strings.HasPrefix(o.dyn.Soname, "libc.musl-")
}

func muslName(loader string) bool { return strings.HasPrefix(path.Base(loader), "ld-musl-") }

func glibcName(loader string) bool {
	base := path.Base(loader)
	return strings.HasPrefix(base, "ld-linux") || strings.HasPrefix(base, "ld64.so.") || base == "ld.so.1"
}

// noLoader says in plain words that the image has another C library than the program, or none.
func (l *linker) noLoader(program *object, name string) error {
	found, err := l.loaders()
	if err != nil {
		return err
	}
	p := Problem{Object: program.place.path, Library: name}
	subject := program.place.path
	var other string
	for _, f := range found {
		if muslName(f) != muslName(name) {
			other = f
		}
	}
	switch {
	case other != "" && muslName(name):
		p.Msg = fmt.Sprintf("%s is linked with musl (its loader is %s), but %s has glibc (%s)", subject, name, l.where, other)
		p.Help = "build it with cgo.libc: glibc, link it statically (cgo.link: static), or choose a base image with musl, such as alpine"
	case other != "":
		p.Msg = fmt.Sprintf("%s is linked with glibc (its loader is %s), but %s has musl (%s)", subject, name, l.where, other)
		p.Help = "build it with cgo.libc: musl, link it statically (cgo.link: static), or choose a base image with glibc, such as debian:stable-slim"
	default:
		p.Msg = fmt.Sprintf("%s needs the dynamic loader %s, which %s does not have", subject, name, l.where)
		if len(found) > 0 {
			p.Msg += fmt.Sprintf("; it has %s", strings.Join(found, ", "))
		}
		libc := "glibc, such as debian:stable-slim"
		if muslName(name) {
			libc = "musl, such as alpine"
		}
		p.Help = "link it statically (cgo.link: static), or choose a base image with " + libc
	}
	l.problem(p)
	return nil
}

// loaders lists the dynamic loaders in the usual folders.
func (l *linker) loaders() ([]string, error) {
	var found []string
	for _, dir := range []string{"/lib", "/lib64"} {
		names, err := l.tree.list(dir)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if muslName(name) || glibcName(name) {
				found = append(found, dir+"/"+name)
			}
		}
	}
	return found, nil
}

// notFound adds the problem of a library that is missing; foreign describes a file of its name for another processor.
func (l *linker) notFound(name string, by *object, foreign string) error {
	p := Problem{Object: by.place.path, Library: name}
	msg, help, err := l.rules.elsewhere(name, by)
	if err != nil {
		return err
	}
	switch {
	case foreign != "":
		p.Msg = fmt.Sprintf("%s needs the library %s, but %s", by.place.path, name, foreign)
		p.Help = fmt.Sprintf("take the library for %v", l.target)
	case msg != "":
		p.Msg = fmt.Sprintf("%s needs the library %s, but %s", by.place.path, name, msg)
		p.Help = help
	default:
		if p.Help, err = l.packageHelp(name, by); err != nil {
			return err
		}
		p.absent = true
		p.Msg = fmt.Sprintf("%s needs the library %s, which %s does not have", by.place.path, name, l.where)
	}
	l.problem(p)
	return nil
}

// usualDirs are where people put libraries.
var usualDirs = []string{"/usr/local/lib", "/usr/local/lib64", "/usr/lib", "/usr/lib64", "/lib", "/lib64"}

// unnamed looks for a library where people put them and beside what has been loaded. The help is given back if it is there.
func (l *linker) unnamed(name, help string) (string, string, error) {
	dirs := slices.Clone(usualDirs)
	for _, o := range l.objects {
		if dir := folder(o.place.path); strings.HasPrefix(dir, "/") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	dir, err := l.has(name, dirs)
	if err != nil || dir == "" {
		return "", "", err
	}
	return "the dynamic loader does not look into " + dir, help, nil
}

// has gives the first of dirs that holds a library, or "".
func (l *linker) has(name string, dirs []string) (string, error) {
	if strings.Contains(name, "/") {
		return "", nil
	}
	for _, dir := range dirs {
		if p, err := l.tree.find(dir + "/" + name); err != nil || p.exists() {
			return dir, err
		}
	}
	return "", nil
}

// lacksVersions describes symbol versions that a library does not have.
func (l *linker) lacksVersions(o, lib *object, name string, lacking []string) Problem {
	newest := lacking[0]
	for _, v := range lacking {
		if compareVersions(v, newest) > 0 {
			newest = v
		}
	}
	has := "none of that name"
	if top := highest(lib.dyn.Provides, newest); top != "" {
		has = "up to " + top
	}
	return Problem{
		Object: o.place.path, Library: name, Versions: lacking,
		Msg: fmt.Sprintf("%s needs %s of %s, but %s in %s has %s",
			o.place.path, strings.Join(lacking, ", "), name, lib.place.path, l.where, has),
		Help: cmp.Or(glibcHelp(newest), fmt.Sprintf("choose a base image with a newer %s, or build with one as old as that of the base", name)),
	}
}
