package cli

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/modship-build/modship/internal/localfile"
)

// maxIgnore bounds the ignore files that are compared, in bytes.
const maxIgnore = 1 << 20

// unreadIgnore says that the .dockerignore of a module has no effect where a folder above it is the context, unless that of the context says the
// same: BuildKit reads no other. A configuration with an ignore file of its own takes the place of both.
func (p localPlace) unreadIgnore(d definition) string {
	if _, own := d.files[d.name+dockerui.DefaultDockerignoreName]; own {
		return ""
	}
	folder, ok := p.moduleFolder()
	if !ok {
		return ""
	}
	name, inForce := filepath.Join(p.module, dockerui.DefaultDockerignoreName), filepath.Join(p.context, dockerui.DefaultDockerignoreName)
	counts := ignoreLines(inForce)
	for _, line := range ignoreLines(name) {
		if !slices.Contains(counts, fromAbove(folder, line)) && !(everywhere(line) && slices.Contains(counts, line)) {
			return fmt.Sprintf("%s is not read, because the context is a folder above it: %s is; copy the lines there, with %s/ before each path", name, inForce, folder)
		}
	}
	return ""
}

// moduleFolder is the folder of the module in a context above it, with slashes.
func (p localPlace) moduleFolder() (folder string, ok bool) {
	context, err := realPath(p.context)
	if err != nil {
		return "", false
	}
	module, err := realPath(p.module)
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(context, module)
	return filepath.ToSlash(rel), err == nil && rel != "." && filepath.IsLocal(rel)
}

// ignoreLines are the patterns of an ignore file in their normal form. What cannot be read has none here.
func ignoreLines(name string) []string {
	f, err := localfile.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	lines, err := ignorefile.ReadAll(io.LimitReader(f, maxIgnore))
	if err != nil {
		return nil
	}
	return lines
}

// fromAbove is a pattern of a folder as one of a folder above.
func fromAbove(folder, line string) string {
	pattern, kept := strings.CutPrefix(line, "!")
	if pattern = path.Join(folder, pattern); kept {
		return "!" + pattern
	}
	return pattern
}

// everywhere tells whether a pattern matches in whatever folder.
func everywhere(line string) bool { return strings.HasPrefix(strings.TrimPrefix(line, "!"), "**/") }
