package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/ociindex"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/pflag"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/imagename"
)

// contexts are the values of --build-context, in the forms in which they reach the daemon.
type contexts struct {
	attrs  map[string]string
	locals map[string]fsutil.FS
	stores map[string]content.Store
}

// remoteContext matches what BuildKit fetches itself.
var remoteContext = regexp.MustCompile(`^(https?://|git://|ssh://|git@|docker-image://)`)

const (
	ociLayoutPrefix = "oci-layout://"
	imagePrefix     = "docker-image://"
)

// ContextOptions are the values NAME=VALUE of --build-context, where VALUE is a directory or an address.
type ContextOptions []string

func (o *ContextOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar((*[]string)(o), "build-context", nil, "named context `NAME=VALUE`; VALUE is a directory, docker-image://, oci-layout://, or the\n"+
		"URL of a repository or an archive")
}

// parse opens the contexts. reserved are the names of the local sources that the build has anyway.
func (o ContextOptions) parse(reserved []string, mistakes *diag.List) contexts {
	c := contexts{attrs: map[string]string{}, locals: map[string]fsutil.FS{}, stores: map[string]content.Store{}}
	for _, v := range o {
		name, value, ok := strings.Cut(v, "=")
		if wrong := loginIn(value); wrong != nil {
			flagMistake(mistakes, "build-context", "%q: %s", name, wrong.Msg).Help = wrong.Help
			continue
		}
		if !ok || name == "" || value == "" {
			flagMistake(mistakes, "build-context", "%q: want NAME=VALUE", v)
			continue
		}
		if err := c.add(name, value, reserved); err != nil {
			flagMistake(mistakes, "build-context", "%q: %v", v, err)
		}
	}
	return c
}

// names are those of the contexts in the form of [contextName], as far as they can be read.
func (o ContextOptions) names() []string {
	var names []string
	for _, v := range o {
		name, _, _ := strings.Cut(v, "=")
		if name, err := contextName(name); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// repositories are those that BuildKit fetches with git.
func (o ContextOptions) repositories() []string {
	var all []string
	for _, v := range o {
		if _, value, _ := strings.Cut(v, "="); remoteContext.MatchString(value) && isRepository(value) {
			all = append(all, value)
		}
	}
	return all
}

// folders gives those that are folders of this machine, by their names.
func (o ContextOptions) folders(mistakes *diag.List) map[string]string {
	c := o.parse(nil, mistakes)
	dirs := map[string]string{}
	for _, v := range o {
		name, dir, _ := strings.Cut(v, "=")
		if name, err := contextName(name); err == nil && c.locals[name] != nil {
			dirs[name] = dir
		}
	}
	return dirs
}

// contextName is the form in which dockerui looks a context up, also that of a module.
func contextName(name string) (string, error) { return imagename.OfContext(moduleName(name)) }

func (c contexts) add(name, value string, reserved []string) error {
	name, err := contextName(name)
	if err != nil {
		return err
	}
	key := "context:" + name
	switch {
	case remoteContext.MatchString(value):
		c.attrs[key] = value
		return nil
	case strings.HasPrefix(value, ociLayoutPrefix):
		return c.addLayout(key, strings.TrimPrefix(value, ociLayoutPrefix))
	}
	dir, err := openDir(value)
	if err != nil {
		return err
	}
	source := name
	if slices.Contains(reserved, name) {
		source = "_" + name
	}
	c.locals[source] = dir
	c.attrs[key] = "local:" + source
	return nil
}

// addLayout takes PATH, PATH:TAG or PATH@DIGEST of an OCI layout; the tag is resolved here, where the index is.
func (c contexts) addLayout(key, layout string) error {
	path, dgst, pinned := strings.Cut(layout, "@")
	tag := "latest"
	if i := strings.LastIndexByte(path, ':'); i > strings.LastIndexByte(path, '/') {
		path, tag = path[:i], path[i+1:]
	}
	if !exists(filepath.Join(path, ocispecs.ImageIndexFile)) {
		return fmt.Errorf("%s is no OCI layout: it has no %s", path, ocispecs.ImageIndexFile) // a store would be created there
	}
	if !pinned {
		desc, err := ociindex.NewStoreIndex(path).Get(tag)
		if err != nil {
			return err
		}
		if desc == nil {
			return fmt.Errorf("the layout has no tag %q", tag)
		}
		dgst = desc.Digest.String()
	}
	if err := digest.Digest(dgst).Validate(); err != nil {
		return fmt.Errorf("%q: %w", dgst, err)
	}
	store, err := local.NewStore(path)
	if err != nil {
		return fmt.Errorf("opening the layout: %w", err)
	}
	id := fmt.Sprintf("context%d", len(c.stores))
	c.stores[id] = store
	c.attrs[key] = ociLayoutPrefix + id + "@" + dgst
	return nil
}

// moduleName gives the name of a context, which may be the path of a module that is no name of an image.
func moduleName(name string) string {
	if _, err := reference.ParseNormalizedNamed(name); err != nil && module.CheckImportPath(name) == nil {
		return gomod.ContextName(name)
	}
	return name
}

// stand tells whether a value stands in for a module, see [gomod.ContextName].
func (o ContextOptions) stand(module string) bool {
	return slices.ContainsFunc(o, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return frontend.IsModuleContext(moduleName(name), module)
	})
}

// noContexts is for commands that take no contexts.
func noContexts(string) bool { return false }

// openContext opens the directory to build. BuildKit's client library resets the owners of what it sends.
func openContext(dir string, mistakes *diag.List) fsutil.FS {
	fs, err := openDir(dir)
	if err != nil {
		m := mistakes.Addf(diag.Range{}, "opening the directory to build: %v", err)
		if strings.Contains(dir, "://") {
			m.Help = "clone the repository first, or give modship build the URL of one, such as https://HOST/NAME.git"
		}
	}
	return fs
}

// openDir is fsutil.NewFS with errors that name the directory as the user did.
func openDir(dir string) (fsutil.FS, error) {
	fi, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !fi.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	return fsutil.NewFS(dir)
}

// sharedKey names what BuildKit keeps of the context for the next, incremental transfer. Files are compared by size and
// time, so two machines or two directories must never share it.
func sharedKey(hostname, dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	sum := sha256.Sum256([]byte(hostname + "\x00" + dir))
	return fmt.Sprintf("%s:%x", filepath.Base(dir), sum[:8])
}
