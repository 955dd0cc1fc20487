package config

import (
	"fmt"
	"path"
	"path/filepath"
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

// mainPackage checks the form of a main package's name: ".", "./dir" or an import path. Anything that cmd/go would read as a
// flag, a pattern, a file or a version query is refused. Whether the package exists is known after the scan.
func mainPackage(s string) (string, error) {
	switch {
	case s == "":
		return "", &problem{"main is empty", "name a main package such as ./cmd/server, or remove the key"}
	case strings.Contains(s, `\`):
		return "", &problem{fmt.Sprintf("main package %q has a backslash", s), "separate with /"}
	case strings.Contains(s, "..."):
		return "", &problem{fmt.Sprintf("main package %q is a pattern", s), "name one package; targets: hold further ones"}
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
