package step

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/request"
)

// missingHeader is what gcc, clang and zig say of an include that leads to no file.
var missingHeader = regexp.MustCompile(`^(?:\./)?([^\s:]+):(\d+):(?:\d+:)? fatal error: '?([^\s:']+)'?(?: file not found|: No such file)`)

// headerHelp says where the first header that is missing could come from. tree reads the files that the compiler saw: below
// request.Work, by paths relative to that.
func headerHelp(c *request.Cgo, said string, tree func(name string) ([]byte, error)) string {
	pkg := ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if p, ok := strings.CutPrefix(line, "# "); ok {
			pkg = p
		}
		m := missingHeader.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		number, err := strconv.Atoi(m[2])
		if err != nil {
			continue
		}
		i := include{name: m[3], file: m[1], line: number, pkg: pkg}
		if i.locate(tree); i.text == "" && strings.Contains(said, `include "`+i.name+`"`) { // the compiler shows it
			i.text = `"` + i.name + `"`
		}
		return "\n" + i.help(c, tree) + orWithoutC(c)
	}
	return ""
}

// include is a line that includes a file that is not there.
type include struct {
	name, file string
	line       int
	// pkg is the import path of the package that was compiled.
	pkg string
	// text is the line, or "" if the file was not found.
	text string
}

// locate completes the path of the file: of C, cmd/go names it relative to the folder of the package.
func (i *include) locate(tree func(name string) ([]byte, error)) {
	for _, name := range []string{i.file, path.Join("vendor", i.pkg, path.Base(i.file))} {
		text, err := tree(name)
		if err != nil {
			continue
		}
		if lines := strings.Split(string(text), "\n"); i.line > 0 && i.line <= len(lines) {
			i.file, i.text = name, lines[i.line-1]
			return
		}
	}
}

func (i *include) help(c *request.Cgo, tree func(name string) ([]byte, error)) string {
	missing := fmt.Sprintf("the header %s is missing: ", i.name)
	quoted := strings.Contains(i.text, `"`+i.name+`"`)
	at := fmt.Sprintf("%s:%d includes %q, ", i.file, i.line, i.name)
	switch {
	case strings.HasPrefix(i.file, "vendor/") && (quoted || i.lacksFolder(tree)):
		return at + "which vendor does not have: go mod vendor leaves out folders without Go files; copy the folder there, or remove vendor"
	case quoted && i.pkg != "":
		return at + "and no file of the build context is called so: check the name, and .dockerignore; if it is a library's, " + cgoSource(c)
	}
	return missing + cgoSource(c)
}

// ownFolder is a folder of the package, or beside it, in which C looks for headers.
var ownFolder = regexp.MustCompile(`-I\s*\$\{SRCDIR\}/?([^\s"']*)`)

// lacksFolder tells whether the Go file that includes names a folder of its own that is not there.
func (i *include) lacksFolder(tree func(name string) ([]byte, error)) bool {
	text, err := tree(i.file)
	if err != nil {
		return false
	}
	for _, m := range ownFolder.FindAllStringSubmatch(string(text), -1) {
		if info, err := os.Stat(filepath.Join(request.Work, path.Dir(i.file), m[1])); err != nil || !info.IsDir() {
			return true
		}
	}
	return false
}

// workFile reads a file of the tree that cmd/go works in.
func workFile(name string) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, os.ErrNotExist
	}
	return readRegular(request.Work, name)
}
