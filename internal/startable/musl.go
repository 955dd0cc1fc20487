package startable

import (
	"fmt"
	"iter"
	"path"
	"strings"
)

// musl looks for libraries as load_library of ldso/dynlink.c in musl 1.1.16 to 1.2.5.
type musl struct {
	linker *linker
	// pathFile may hold other folders than the compiled ones; dirs is what counts, and from where it is.
	pathFile string
	dirs     []string
	from     source
}

var _ rules = (*musl)(nil)

// maxPathFile limits musl's path file, in bytes.
const maxPathFile = 256 << 10

// newMusl reads the path file that belongs to a loader: /lib/ld-musl-x86_64.so.1 has /etc/ld-musl-x86_64.path.
func newMusl(l *linker, loader string) (*musl, error) {
	name := path.Base(loader)
	if !muslName(name) {
		name = path.Base(l.loader.place.real)
	}
	arch, _, _ := strings.Cut(strings.TrimPrefix(name, "ld-musl-"), ".so")
	m := &musl{linker: l, pathFile: path.Join(path.Dir(path.Dir(loader)), "etc/ld-musl-"+arch+".path")}
	p, err := l.tree.find(m.pathFile)
	if err == nil && p.exists() {
		raw, err := l.tree.head(m.pathFile, maxPathFile)
		m.dirs, m.from = parsePathFile(string(raw)), fromFile
		return m, err
	}
	m.dirs, m.from = []string{"/lib", "/usr/local/lib", "/usr/lib"}, fromDefaults
	return m, err
}

// parsePathFile splits what musl's path_open takes: folders with colons or line ends between them.
func parsePathFile(text string) []string {
	text, _, _ = strings.Cut(text, "\x00")
	return split(text, ":\n")
}

// own is for the parts of the C library that other systems have as files: all are in the loader. The names are compared up
// to the first dot, so that libc.musl-x86_64.so.1 and libc.so.6 are the loader too.
func (m *musl) own(name string) bool {
	if name == m.linker.loader.place.path {
		return true
	}
	for _, part := range []string{"c", "pthread", "rt", "m", "dl", "util", "xnet"} {
		if strings.HasPrefix(name, "lib"+part+".") {
			return true
		}
	}
	return false
}

func (m *musl) glibc() bool  { return false }
func (m *musl) file() string { return m.pathFile }

// expand does nothing: a name with a slash is opened as it is.
func (m *musl) expand(name string, _ *object) (string, bool) { return name, true }

// lookups takes LD_LIBRARY_PATH, the search path of the object and of those that led to it, and the folders of the system.
func (m *musl) lookups(name string, by *object) iter.Seq2[string, source] {
	return func(yield func(string, source) bool) {
		if !in(m.linker.libraryPath, name, fromPath, yield) {
			return
		}
		for o := by; o != nil; o = o.parent {
			if !in(searchPath(o), name, fromPath, yield) {
				return
			}
		}
		in(m.dirs, name, m.from, yield)
	}
}

// searchPath is fixup_rpath: DT_RUNPATH, or else DT_RPATH; nothing of it if it holds another token than $ORIGIN.
func searchPath(o *object) []string {
	list := o.dyn.Rpath
	if o.dyn.Runpath != "" {
		list = o.dyn.Runpath
	}
	expanded := strings.NewReplacer("${ORIGIN}", o.origin, "$ORIGIN", o.origin).Replace(list)
	if strings.Contains(expanded, "$") || o.origin == "" && expanded != list {
		return nil
	}
	return split(expanded, ":\n")
}

func in(dirs []string, name string, from source, yield func(string, source) bool) bool {
	for _, dir := range dirs {
		if strings.HasPrefix(dir, "/") && !yield(dir+"/"+name, from) {
			return false
		}
	}
	return true
}

func (m *musl) elsewhere(name string, _ *object) (msg, help string, err error) {
	return m.linker.unnamed(name, fmt.Sprintf("put it into one of %s, or name the folder in %s", strings.Join(m.dirs, ", "), m.pathFile))
}
