// Package startable says whether a program will start in an image, and which files it needs to start in an empty one.
//
// It goes the way of the kernel and of the dynamic loader that the program names, over the files of the image and without
// running any of them: execve(2) for scripts and interpreters, ld.so(8) and glibc's elf/dl-load.c, dl-cache.c and dl-version.c
// for glibc, ldso/dynlink.c for musl. A test holds it against programs that are started in a chroot.
//
// What is not looked at, because the files do not tell or the loader goes on without it: libraries that a running program
// opens itself (dlopen), symbols without a version, variants of a library for certain processors (glibc-hwcaps),
// /etc/ld.so.preload, and search paths relative to the working directory.
package startable

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// Report says what the start of a program takes.
type Report struct {
	// Program is the path of the ELF executable in the end: what a symbolic link or a script's #! line leads to. It is "" if
	// there is none.
	Program string
	// Interpreter is the path of the dynamic loader as the program names it, "" for a static program.
	Interpreter string
	// Libraries are those that the loader loads, in its order; the loader itself is among them if a library needs it by name.
	Libraries []Library
	// Problems are the reasons why the program does not start. Without one it does.
	Problems []Problem
}

// Library is a shared library that the loader finds.
type Library struct {
	// Name is the name under which it is needed first, usually its soname.
	Name string
	// Path is where the loader opens it, and Real the file there, after the symbolic links in Links.
	Path, Real string
	// Links are in the order in which they are followed.
	Links []Link
	// NeededBy holds the paths of what needs it: the program, other libraries.
	NeededBy []string
	// Versions are the symbol versions that these need of it, sorted.
	Versions []string
}

// Link is a symbolic link: its own path, without links, and its target as it is stored.
type Link struct{ Path, Target string }

// Problem is a reason why a program does not start.
type Problem struct {
	// Object is the path of the file that is wrong or that misses something, Library what it misses or what does not fit, and
	// Versions the symbol versions that are missing.
	Object, Library string
	Versions        []string
	// Msg says what is wrong, in lower case and without a full stop, and Help what to do about it.
	Msg, Help string
	// User says that the file is there and that it is the user who may not use it.
	User bool
	// absent says that there is no file of the library's name.
	absent bool
}

// String gives the message and the help.
func (p Problem) String() string {
	if p.Help == "" {
		return p.Msg
	}
	return p.Msg + "; " + p.Help
}

// Err gives nil if the program starts, else one [*diag.Error] for each problem, joined and without a place.
func (r *Report) Err() error {
	var list diag.List
	for _, p := range r.Problems {
		list.Addf(diag.Range{}, "%s", p.Msg).Help = p.Help
	}
	return list.Err()
}

// Check says whether program starts in an image for t. A program without a slash is looked for in PATH, as runc does; a
// relative one is taken from the root. It is the superuser who runs it; see [CheckAs]. Of env, the image's environment as "KEY=value", PATH and LD_LIBRARY_PATH count.
//
// The image should be a fs.ReadLinkFS; if it is not, its links are followed by the image itself and the report shows none.
// Its files are read in pieces if they are an io.ReaderAt, and whole, up to 64 MiB, if not. The error is one of reading the
// image, or says that an image goes beyond what is reasonable; what is wrong in the image is in the report.
func Check(image fs.FS, program string, t target.Target, env ...string) (*Report, error) {
	return CheckAs(nil, image, program, t, env...)
}

// CheckAs is [Check] for a program that a user runs.
func CheckAs(user *User, image fs.FS, program string, t target.Target, env ...string) (*Report, error) {
	l := newLinker(image, t, "the image")
	l.tree.user = user
	l.libraryPath = split(variable(env, "LD_LIBRARY_PATH", ""), ":;")
	start, err := l.findProgram(program, variable(env, "PATH", defaults.Path))
	if err == nil && start != nil {
		err = l.link(start)
	}
	if err != nil {
		return nil, fmt.Errorf("checking whether %s starts: %w", program, err)
	}
	return l.report(), nil
}

// variable gives the last value of a variable, as execve's callers see it.
func variable(env []string, name, preset string) string {
	for _, entry := range env {
		if key, value, ok := strings.Cut(entry, "="); ok && key == name {
			preset = value
		}
	}
	return preset
}

// split cuts at any of the separators and drops what is empty.
func split(list, separators string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(separators, r) })
}
