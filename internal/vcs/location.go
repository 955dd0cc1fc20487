package vcs

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
)

// location says where the go command looks for a module's tags and go.mod file. It comes from the module's path and that of the
// module at the root of the repository, not from the folder the module lies in.
type location struct {
	dir   string // codeDir: the folder, "" for the root
	major string // pathMajor: "", or as "/v2"
	whole bool   // whether the module has the path of the repository's root
}

// locate is newCodeRepo (cmd/go/internal/modfetch/coderepo.go) behind setBuildInfo, which takes the root module's path without
// its major version for the path of the repository. So go knows no version of a gopkg.in module, nor of one whose path does not
// start with the root's.
func locate(rootModule, modPath string) (location, bool) {
	root, _, ok := module.SplitPathVersion(rootModule)
	if _, below := gomod.CutPath(modPath, root); rootModule == "" || !ok || !below {
		return location{}, false
	}
	prefix, major, ok := module.SplitPathVersion(modPath)
	dir, below := gomod.CutPath(prefix, root)
	switch {
	case !ok:
		return location{}, false
	case root == modPath:
		return location{major: major, whole: true}, true
	case !below:
		return location{}, false
	}
	return location{dir: strings.Trim(dir, "/"), major: major}, true
}

func (l location) tagPrefix() string {
	if l.dir == "" {
		return ""
	}
	return l.dir + "/"
}

// goModPath is the function of that name in cmd/go/internal/load/pkg.go. It is simpler than a go.mod parser, and what it does
// not understand costs the version.
func goModPath(data []byte) string {
	_, line, ok := bytes.Cut(append([]byte("\n"), data...), []byte("\nmodule "))
	if !ok {
		return ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	name := strings.TrimSpace(string(line))
	if strings.HasPrefix(name, `"`) {
		name, _ = strconv.Unquote(name)
	}
	return name
}
