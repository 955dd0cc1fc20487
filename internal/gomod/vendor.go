package gomod

import (
	"bytes"
	"go/version"
	"path"
	"strings"
)

// vendor follows setDefaultBuildMod of cmd/go/internal/modload.
func (l *loader) vendor(facts *Facts) error {
	t, err := readText(l.fsys, path.Join(l.root, "vendor/modules.txt"))
	if err != nil || t == nil {
		return err
	}
	goLine := l.mods[0].Go
	if l.work != nil {
		goLine = l.work.Go
	}
	facts.Vendor = goLine != nil && version.Compare("go"+goLine.Version, "go1.14") >= 0 &&
		vendoredWorkspace(t.data) == facts.Work
	return nil
}

// VendoredPackages gives the import paths that a modules.txt lists.
func VendoredPackages(modulesTxt []byte) []string {
	var found []string
	for line := range strings.Lines(string(modulesTxt)) {
		if importPath := strings.TrimSpace(line); importPath != "" && !strings.HasPrefix(importPath, "#") {
			found = append(found, importPath)
		}
	}
	return found
}

// vendoredWorkspace reports whether a modules.txt was written by go work vendor, which marks its first line.
func vendoredWorkspace(modulesTxt []byte) bool {
	line, _, _ := bytes.Cut(modulesTxt, []byte("\n"))
	annotations, ok := strings.CutPrefix(string(line), "## ")
	if !ok {
		return false
	}
	for entry := range strings.SplitSeq(annotations, ";") {
		if strings.TrimSpace(entry) == "workspace" {
			return true
		}
	}
	return false
}
