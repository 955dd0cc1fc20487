package vcs

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
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
	info, err := c.infoAttributes()
	if err != nil {
		return nil, err
	}
	files = append(files, info)

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
	name := path.Join(path.Join(domain...), ".gitattributes")
	return remember(c.r.rules.attributes, ruleFile{c.root, name}, func() (attributeFile, error) {
		data, err := c.tracked(name)
		return parseAttributes(data, domain), err
	})
}

func (c *comparison) infoAttributes() (attributeFile, error) {
	return remember(c.r.rules.attributes, ruleFile{name: "info"}, func() (attributeFile, error) {
		data, err := c.infoFile("attributes")
		return parseAttributes(data, nil), err
	})
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
	info, err := c.infoIgnore()
	if err != nil {
		return false, err
	}
	patterns := slices.Clone(info)
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
	name := path.Join(path.Join(domain...), ".gitignore")
	return remember(c.r.rules.ignored, ruleFile{c.root, name}, func() ([]gitignore.Pattern, error) {
		data, err := c.tracked(name)
		return parseIgnore(data, domain), err
	})
}

func (c *comparison) infoIgnore() ([]gitignore.Pattern, error) {
	return remember(c.r.rules.ignored, ruleFile{name: "info"}, func() ([]gitignore.Pattern, error) {
		data, err := c.infoFile("exclude")
		return parseIgnore(data, nil), err
	})
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
	} else if err != nil {
		return nil, err
	}
	return c.r.rules.spend(name, data)
}

func (c *comparison) infoFile(name string) ([]byte, error) {
	f, err := c.r.files.Open("info/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRules+1))
	if err != nil {
		return nil, err
	}
	return c.r.rules.spend("info/"+name, data)
}

func splitPath(name string) []string {
	if name == "." || name == "" {
		return nil
	}
	return strings.Split(name, "/")
}
