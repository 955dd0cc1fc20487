//go:build unix

package engine

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Embedding does not cross a module boundary, so the files of modules of tools are here a second time.
//
//go:generate cp ../../tools/go.mod tools.mod
//go:generate cp ../../tools/go.sum tools.sum
//go:generate cp ../../tools/runc/go.mod runc.mod
//go:generate cp ../../tools/runc/go.sum runc.sum

//go:embed tools.mod
var toolsMod []byte

//go:embed tools.sum
var toolsSum []byte

//go:embed runc.mod
var runcMod []byte

//go:embed runc.sum
var runcSum []byte

// pinned is a module of tools, and how they are built.
type pinned struct {
	mod, sum []byte
	tags     string
	// env is what else the go command is told.
	env []string
	// takes says how long it takes.
	takes string
}

// daemonTools are the tools of tools/go.mod.
func daemonTools() pinned { return pinned{mod: toolsMod, sum: toolsSum, takes: "3 minutes"} }

// runcTool is runc, in a module of its own, so that no version of another tool depends on it. It is in part C, which is why it wants a
// compiler and, for what steps may ask of the kernel, a library.
func runcTool() pinned {
	return pinned{mod: runcMod, sum: runcSum, tags: "seccomp", env: []string{"CGO_ENABLED=1"}, takes: "a minute"}
}

// ErrNoGo says that a tool must be built and that there is no go command to do it.
var ErrNoGo = errors.New("no go command found in PATH, which is needed once to build the private BuildKit; " +
	"either name a running BuildKit (--addr or BUILDKIT_HOST), or start Docker, or install Go")

// Tools returns the directory that holds the named tools, and builds those that are missing. Names are the last elements
// of the `tool` lines in tools/go.mod: buildkitd, buildctl, buildx, crane, registry.
//
// The directory belongs to the pinned versions, <cacheDir>/tools/<hash>/bin. A tool in it is complete, because it is renamed
// into place; two processes do not build at the same time.
func Tools(ctx context.Context, cacheDir string, progress io.Writer, names ...string) (dir string, err error) {
	return findTools(ctx, toolRequest{from: daemonTools(), cacheDir: cacheDir, progress: progress, names: names, lookPath: lookPath})
}

type toolRequest struct {
	from     pinned
	cacheDir string
	progress io.Writer
	names    []string
	lookPath func(string) (string, error)
	// own wants the folders to be those of ownFolder, and the tools to be files that nobody else can write.
	own bool
}

func findTools(ctx context.Context, r toolRequest) (string, error) {
	pins, err := readPins(r.from.mod)
	if err != nil {
		return "", err
	}
	for _, name := range r.names {
		if _, ok := pins.tools[name]; !ok {
			return "", fmt.Errorf("no tool named %q among the pinned ones", name)
		}
	}
	base, err := filepath.Abs(filepath.Join(r.cacheDir, "tools", r.from.hash()))
	if err != nil {
		return "", err
	}
	bin := filepath.Join(base, "bin")
	if r.own {
		if bin, err = ownFolder(bin); err != nil {
			return "", err
		}
		base = filepath.Dir(bin)
	}
	if len(missingTools(bin, r.names)) == 0 {
		return bin, r.checkOwners(bin)
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	lock, err := openLock(ctx, filepath.Join(base, "lock"), true, func() {
		progressf(r.progress, "waiting for another process that builds %s …", strings.Join(r.names, ", "))
	})
	if err != nil {
		return "", err
	}
	defer lock.Close()
	missing := missingTools(bin, r.names)
	if len(missing) == 0 {
		return bin, r.checkOwners(bin)
	}
	if err := pins.build(ctx, base, missing, r); err != nil {
		return "", fmt.Errorf("building %s: %w", strings.Join(missing, ", "), err)
	}
	return bin, nil
}

func (r toolRequest) checkOwners(bin string) error {
	for _, name := range r.names {
		if !r.own {
			break
		}
		if err := checkOwner(filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	return nil
}

func (p pinned) hash() string {
	h := sha256.New()
	h.Write(p.mod)
	h.Write(p.sum)
	// A cache directory may be shared by machines of two kinds.
	io.WriteString(h, runtime.GOOS+"/"+runtime.GOARCH)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func missingTools(bin string, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		st, err := os.Lstat(filepath.Join(bin, name))
		return err == nil && st.Mode().IsRegular()
	})
}

// pins is what tools/go.mod says: for each tool its package and the version of the module it comes from.
type pins struct {
	goVersion string
	tools     map[string]pin
}

type pin struct{ pkg, module, version string }

func readPins(mod []byte) (pins, error) {
	f, err := modfile.Parse("tools.mod", mod, nil)
	if err != nil {
		return pins{}, fmt.Errorf("reading the pinned versions: %w", err)
	}
	p := pins{goVersion: "go" + f.Go.Version, tools: map[string]pin{}}
	for _, t := range f.Tool {
		tool := pin{pkg: t.Path}
		for _, r := range f.Require {
			if strings.HasPrefix(t.Path+"/", r.Mod.Path+"/") && len(r.Mod.Path) > len(tool.module) {
				tool.module, tool.version = r.Mod.Path, r.Mod.Version
			}
		}
		p.tools[path.Base(t.Path)] = tool
	}
	return p, nil
}

func (p pins) describe(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, name+" "+p.tools[name].version)
	}
	return strings.Join(all, ", ")
}
