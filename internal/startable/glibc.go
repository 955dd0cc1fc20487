package startable

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	cacheFile = "/etc/ld.so.cache"
	confFile  = "/etc/ld.so.conf"
	// maxLoader and maxCache limit what is read of the loader and of its cache, in bytes.
	maxLoader, maxCache = 8 << 20, 4 << 20
)

// glibc looks for libraries as elf/dl-load.c of glibc 2.26 to 2.42.
type glibc struct {
	linker *linker
	// dirs are the folders that are compiled into the loader, with a slash at the end.
	dirs []string
	// cache is ld.so.cache. Without it ld.so.conf means nothing to the loader.
	cache map[string][]string
	// lib and platform are what $LIB and $PLATFORM stand for.
	lib, platform string
}

var _ rules = (*glibc)(nil)

func newGlibc(l *linker) (*glibc, error) {
	image, err := l.tree.head(l.loader.place.real, maxLoader)
	if err != nil {
		return nil, fmt.Errorf("reading the dynamic loader: %w", err)
	}
	raw, err := l.tree.head(cacheFile, maxCache)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", cacheFile, err)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if l.target.ELF().Data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	g := &glibc{linker: l, dirs: systemDirs(image), cache: parseCache(raw, order), platform: platforms[l.target.Arch]}
	g.lib = strings.Trim(g.dirs[0], "/")
	return g, nil
}

// platforms are the values of AT_PLATFORM that do not depend on the machine's model. Where it does, or there is none, a search
// path with $PLATFORM is passed over.
var platforms = map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686", "loong64": "loongarch"}

// compiledDirs finds system_dirs of dl-load.c: folders that end in slashes, one after the other, each with its NUL. The first
// has a component that begins with "lib".
var compiledDirs = regexp.MustCompile(strings.ReplaceAll(`(?:/C+)*/libC*/(?:C+/)*\x00(?:/(?:C+/)+\x00)*`, "C", `[!-.0-~]`))

// systemDirs reads the folders out of the loader: Debian's has /lib/x86_64-linux-gnu/ first, Fedora's /lib64/, and that of Nix
// only its own.
func systemDirs(loader []byte) []string {
	if found := compiledDirs.Find(loader); found != nil {
		return split(string(found), "\x00")
	}
	return []string{"/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/"}
}

// own is for the loader's soname: _dl_map_object finds it among what is loaded.
func (g *glibc) own(name string) bool {
	return name == g.linker.loader.place.path || name == g.linker.loader.dyn.Soname
}

func (g *glibc) glibc() bool  { return true }
func (g *glibc) file() string { return cacheFile }

func (g *glibc) expand(name string, by *object) (string, bool) {
	for _, token := range []struct{ name, value string }{{"ORIGIN", by.origin}, {"LIB", g.lib}, {"PLATFORM", g.platform}} {
		expanded := strings.NewReplacer("${"+token.name+"}", token.value, "$"+token.name, token.value).Replace(name)
		if expanded != name && token.value == "" {
			return "", false
		}
		name = expanded
	}
	return name, true
}

// lookups is the middle of _dl_map_object.
func (g *glibc) lookups(name string, by *object) iter.Seq2[string, source] {
	return func(yield func(string, source) bool) {
		_ = g.rpath(name, by, yield) &&
			g.in(g.linker.libraryPath, name, g.linker.objects[0], yield) &&
			g.in(split(by.dyn.Runpath, ":"), name, by, yield) &&
			g.cached(name, by, yield) &&
			g.defaults(name, by, yield)
	}
}

// rpath takes DT_RPATH of the object and of those that led to it, unless the object has DT_RUNPATH; of each only if it has
// no DT_RUNPATH itself.
func (g *glibc) rpath(name string, by *object, yield func(string, source) bool) bool {
	if by.dyn.Runpath != "" {
		return true
	}
	for o := by; o != nil; o = o.parent {
		if o.dyn.Runpath == "" && !g.in(split(o.dyn.Rpath, ":"), name, o, yield) {
			return false
		}
	}
	return true
}

// in looks into the absolute ones of dirs, in which owner's tokens stand.
func (g *glibc) in(dirs []string, name string, owner *object, yield func(string, source) bool) bool {
	for _, dir := range dirs {
		dir, ok := g.expand(dir, owner)
		if ok && strings.HasPrefix(dir, "/") && !yield(strings.TrimRight(dir, "/")+"/"+name, fromPath) {
			return false
		}
	}
	return true
}

func (g *glibc) cached(name string, by *object, yield func(string, source) bool) bool {
	for _, p := range g.cache[name] {
		from := fromFile
		if slices.Contains(g.dirs, path.Dir(p)+"/") {
			from = fromDefaults // where it is found without the cache too
		}
		if from == fromDefaults && by.dyn.NoDefaultLib {
			continue
		}
		if !yield(p, from) {
			return false
		}
	}
	return true
}

func (g *glibc) defaults(name string, by *object, yield func(string, source) bool) bool {
	for _, dir := range g.dirs {
		if !by.dyn.NoDefaultLib && !yield(dir+name, fromDefaults) {
			return false
		}
	}
	return true
}

// elsewhere tells a folder of ld.so.conf that ldconfig has not gone through from one that nothing names.
func (g *glibc) elsewhere(name string, by *object) (msg, help string, err error) {
	conf, err := readConf(g.linker.tree)
	if err != nil {
		return "", "", err
	}
	first := strings.TrimRight(g.dirs[0], "/")
	if by.dyn.NoDefaultLib {
		dir, err := g.linker.has(name, g.dirs)
		if err != nil || dir != "" {
			return "it is linked with -z nodefaultlib, so that the dynamic loader does not look into " + strings.TrimRight(dir, "/"),
				"link it without that flag", err
		}
	}
	if dir, err := g.linker.has(name, conf); err != nil || dir != "" {
		return fmt.Sprintf("%s/%s is not in %s, although %s names the folder", dir, name, cacheFile, confFile),
			"run ldconfig in " + g.linker.where, err
	}
	return g.linker.unnamed(name, fmt.Sprintf("put it into %s, set LD_LIBRARY_PATH, or name the folder in %s and run ldconfig", first, confFile))
}
