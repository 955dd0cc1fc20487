package vcs

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v6/plumbing/format/gitattributes"
	"github.com/go-git/go-git/v6/plumbing/format/gitignore"
)

// attributes are those of one file, by name (gitattributes(5)).
type attributes map[string]string

// Values of attributes that are written without one.
const (
	attrSet   = "\x00set"
	attrUnset = "\x00unset"
)

func (a attributes) set(name string) bool { return a[name] == attrSet }

// value is "" for an attribute that is not specified.
func (a attributes) value(name string) string { return a[name] }

// attributeLine is a line of a file of attributes.
type attributeLine struct {
	pattern gitattributes.Pattern
	sets    []string
}

// attributeFile is one file: its lines, and the macros that it defines.
type attributeFile struct {
	lines  []attributeLine
	macros map[string][]string
}

// attributes gives those of the file inRepo. Later lines win, and nearer files, and info/attributes over all. The files are
// those of the commit.
func (c *comparison) attributes(inRepo string) (attributes, error) {
	var files []attributeFile
	domain := splitPath(path.Dir(inRepo))
	for i := range len(domain) + 1 {
		f, err := c.attributeFile(domain[:i])
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	info, err := c.infoFile("attributes")
	if err != nil {
		return nil, err
	}
	files = append(files, parseAttributes(info, nil))

	found, elements := attributes{}, splitPath(inRepo)
	for _, f := range files {
		for _, line := range f.lines {
			if line.pattern.Match(elements) {
				found.add(line.sets, files)
			}
		}
	}
	return found, nil
}

// add sets what a line says; a macro, which the root's file defines, says several.
func (a attributes) add(sets []string, files []attributeFile) {
	for _, s := range sets {
		name, value, ok := strings.Cut(s, "=")
		switch {
		case ok:
		case strings.HasPrefix(s, "-"):
			name, value = s[1:], attrUnset
		case strings.HasPrefix(s, "!"):
			delete(a, s[1:])
			continue
		default:
			value = attrSet
		}
		a[name] = value
		if value != attrSet {
			continue
		}
		if name == "binary" {
			a["text"] = attrUnset
		}
		for _, f := range []attributeFile{files[0], files[len(files)-1]} {
			for _, s := range f.macros[name] {
				switch name, value, ok := strings.Cut(s, "="); {
				case ok:
					a[name] = value
				case strings.HasPrefix(s, "-"):
					a[s[1:]] = attrUnset
				case strings.HasPrefix(s, "!"):
					delete(a, s[1:])
				default:
					a[s] = attrSet
				}
			}
		}
	}
}

func (c *comparison) attributeFile(domain []string) (attributeFile, error) {
	dir := path.Join(domain...)
	if f, ok := c.attrs[dir]; ok {
		return f, nil
	}
	data, err := c.tracked(path.Join(dir, ".gitattributes"))
	if err != nil {
		return attributeFile{}, err
	}
	if c.attrs == nil {
		c.attrs = map[string]attributeFile{}
	}
	c.attrs[dir] = parseAttributes(data, domain)
	return c.attrs[dir], nil
}

func parseAttributes(data []byte, domain []string) attributeFile {
	f := attributeFile{macros: map[string][]string{}}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if macro, ok := strings.CutPrefix(fields[0], "[attr]"); ok {
			f.macros[macro] = fields[1:]
			continue
		}
		f.lines = append(f.lines, attributeLine{gitattributes.ParsePattern(fields[0], domain), fields[1:]})
	}
	return f
}

// ignores tells whether git ignores a file that it does not have: by the .gitignore files of the commit, or info/exclude.
func (c *comparison) ignores(inRepo string) (bool, error) {
	elements := splitPath(inRepo)
	info, err := c.infoFile("exclude")
	if err != nil {
		return false, err
	}
	patterns := parseIgnore(info, nil)
	domain := elements[:len(elements)-1]
	for i := range len(domain) + 1 {
		more, err := c.ignoreFile(domain[:i])
		if err != nil {
			return false, err
		}
		patterns = append(patterns, more...)
	}
	// What is in an ignored folder is ignored, whatever patterns below say.
	m := gitignore.NewMatcher(patterns)
	for i := 1; i < len(elements); i++ {
		if m.Match(elements[:i], true) {
			return true, nil
		}
	}
	return m.Match(elements, false), nil
}

func (c *comparison) ignoreFile(domain []string) ([]gitignore.Pattern, error) {
	dir := path.Join(domain...)
	if patterns, ok := c.ignoring[dir]; ok {
		return patterns, nil
	}
	data, err := c.tracked(path.Join(dir, ".gitignore"))
	if err != nil {
		return nil, err
	}
	if c.ignoring == nil {
		c.ignoring = map[string][]gitignore.Pattern{}
	}
	c.ignoring[dir] = parseIgnore(data, domain)
	return c.ignoring[dir], nil
}

func parseIgnore(data []byte, domain []string) []gitignore.Pattern {
	var patterns []gitignore.Pattern
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, gitignore.ParsePattern(line, domain))
		}
	}
	return patterns
}

// tracked gives a file of the commit, or nothing.
func (c *comparison) tracked(name string) ([]byte, error) {
	if c.root.IsZero() {
		return nil, nil
	}
	data, err := c.r.file(c.root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// maxInfo bounds the files info/attributes and info/exclude, in bytes.
const maxInfo = 1 << 20

func (c *comparison) infoFile(name string) ([]byte, error) {
	f, err := c.r.files.Open("info/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxInfo))
}

func splitPath(name string) []string {
	if name == "." || name == "" {
		return nil
	}
	return strings.Split(name, "/")
}
