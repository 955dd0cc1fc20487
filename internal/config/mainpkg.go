package config

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"strings"

	"golang.org/x/mod/module"
)

// moduleFolder checks a folder of the context that has a module, and gives it in its shortest form, "" for the root.
func moduleFolder(s string) (string, error) {
	if s == "" {
		return "", &problem{"module is empty", "name the folder of the go.mod file, such as services/a, or remove the key"}
	}
	if _, err := contextPath(s); err != nil {
		return "", err
	}
	if path.Base(path.Clean(s)) == "go.mod" {
		return "", &problem{fmt.Sprintf("module %q is a file", s), "name its folder"}
	}
	if s = path.Clean(s); s == "." {
		return "", nil
	}
	return s, nil
}

// Mains are main packages, whose programs are in one image: each a local path that starts with "./", or ".", or an import path. The image
// starts the program of the first. None stands for the only one of the module.
type Mains []string

// First is the main package that the image is named by and starts, "" if none is named.
func (m Mains) First() string {
	if len(m) == 0 {
		return ""
	}
	return m[0]
}

// Beside are the others.
func (m Mains) Beside() []string {
	if len(m) < 2 {
		return nil
	}
	return m[1:]
}

// MarshalJSON writes m as in the file: one as a string.
func (m Mains) MarshalJSON() ([]byte, error) {
	if len(m) == 1 {
		return json.Marshal(m[0])
	}
	return json.Marshal([]string(m))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Mains) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*m = Mains{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(m))
}

// fromNode reads one, or a list.
func (m *Mains) fromNode(d decoder, n *node) {
	if n.kind == kindSequence {
		d.list(n, reflect.ValueOf((*[]string)(m)).Elem(), "")
		return
	}
	var one string
	if d.scalar(n, reflect.ValueOf(&one).Elem(), ""); n.kind == kindString {
		*m = Mains{one}
	}
}

// mains checks the form of each.
func (c checker) mains(mains Mains) {
	switch n := c.root.find("main"); {
	case n == nil:
	case n.kind != kindSequence && len(mains) == 1:
		c.value(&mains[0], n, mainPackage)
	case n.kind == kindSequence && len(mains) == 0:
		c.report(n, &problem{"main is empty", noMainHelp})
	case n.kind == kindSequence:
		c.list(mains, mainPackage, "main")
	}
}

// mainsTogether refuses several programs at the path of one.
func (c checker) mainsTogether(cfg *Config) {
	if at := c.root.find("image", "path"); at != nil && len(cfg.Main) > 1 && cfg.Image.Path != "" && !strings.HasSuffix(cfg.Image.Path, "/") {
		c.report(at, &problem{fmt.Sprintf("main names %d programs, and %q is the path of one", len(cfg.Main), cfg.Image.Path),
			fmt.Sprintf("write %q for a folder", cfg.Image.Path+"/")})
	}
}

const noMainHelp = "name a main package such as ./cmd/server, or remove the key"

// mainPackage checks the form of a main package's name: ".", "./dir" or an import path. Anything that cmd/go would read as a
// flag, a pattern, a file or a version query is refused. Whether the package exists is known after the scan.
func mainPackage(s string) (string, error) {
	switch {
	case s == "":
		return "", &problem{"main is empty", noMainHelp}
	case strings.Contains(s, `\`):
		return "", &problem{fmt.Sprintf("main package %q has a backslash", s), "separate with /"}
	case strings.Contains(s, "..."):
		return "", &problem{fmt.Sprintf("main package %q is a pattern", s), "name each package; targets: hold further images"}
	case strings.Contains(s, "@"):
		return "", &problem{fmt.Sprintf("main package %q has a version", s), "go.mod decides the version"}
	case strings.HasSuffix(s, ".go"):
		return "", &problem{fmt.Sprintf("main package %q is a file", s), "name its directory, such as ./cmd/server"}
	case s == "." || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") || strings.HasPrefix(s, "/"):
		return localPackage(s)
	}
	if err := module.CheckImportPath(s); err != nil {
		return "", &problem{fmt.Sprintf("main package %q is neither a local path nor an import path", s), "local paths start with ./"}
	}
	return s, nil
}

func localPackage(s string) (string, error) {
	dir := strings.TrimPrefix(s, "./")
	if s == "." || dir == "" {
		return s, nil
	}
	if !filepath.IsLocal(filepath.FromSlash(dir)) {
		return "", &problem{fmt.Sprintf("main package %q is not inside the context", s), "write ./ and a path without .."}
	}
	return s, nil
}
