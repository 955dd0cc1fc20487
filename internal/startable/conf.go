package startable

import (
	"fmt"
	"path"
	"strings"
	"unicode"
)

const (
	// maxConf limits one configuration file in bytes, maxConfFiles how many are read.
	maxConf, maxConfFiles = 256 << 10, 256
)

// readConf gives the folders that ld.so.conf names for ldconfig, in order, each once (ldconfig.c, parse_conf): one in each
// line, "#" to the end of a line is a comment, "include" takes patterns, and "hwcap" is of the past.
func readConf(t *tree) ([]string, error) {
	c := &conf{tree: t, seen: map[string]bool{}}
	err := c.read(confFile)
	return c.dirs, err
}

type conf struct {
	tree *tree
	dirs []string
	seen map[string]bool // files and folders
}

func (c *conf) read(name string) error {
	if c.seen[name] || len(c.seen) > maxConfFiles {
		return nil
	}
	c.seen[name] = true
	raw, err := c.tree.head(name, maxConf)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	for line := range strings.Lines(string(raw)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "hwcap":
		case fields[0] == "include":
			for _, pattern := range fields[1:] {
				if err := c.include(name, pattern); err != nil {
					return err
				}
			}
		default:
			c.add(line)
		}
	}
	return nil
}

// add takes a folder, of which "=libc6" or the like may follow.
func (c *conf) add(line string) {
	dir, _, _ := strings.Cut(strings.TrimSpace(line), "=")
	dir = strings.TrimRightFunc(dir, func(r rune) bool { return r == '/' || unicode.IsSpace(r) })
	if strings.HasPrefix(dir, "/") && !c.seen[dir] && len(c.seen) <= maxConfFiles {
		c.seen[dir] = true
		c.dirs = append(c.dirs, dir)
	}
}

// include reads the files that a pattern names, relative to the file it stands in, sorted as glob(3) does.
func (c *conf) include(file, pattern string) error {
	if !strings.HasPrefix(pattern, "/") {
		pattern = path.Dir(file) + "/" + pattern
	}
	names, err := c.tree.glob(pattern)
	if err != nil {
		return fmt.Errorf("reading what %s includes: %w", file, err)
	}
	for _, name := range names {
		if err := c.read(name); err != nil {
			return err
		}
	}
	return nil
}

// glob gives the paths that an absolute pattern matches; one without a special character is its own match.
func (t *tree) glob(pattern string) ([]string, error) {
	matches := []string{""}
	for component := range strings.SplitSeq(strings.Trim(path.Clean(pattern), "/"), "/") {
		var next []string
		for _, dir := range matches {
			if !strings.ContainsAny(component, `*?[\`) {
				next = append(next, dir+"/"+component)
				continue
			}
			names, err := t.list(dir + "/")
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				// A malformed pattern matches nothing. Hidden files need a dot in it.
				if ok, _ := path.Match(component, name); ok && strings.HasPrefix(component, ".") == strings.HasPrefix(name, ".") {
					next = append(next, dir+"/"+name)
				}
			}
		}
		matches = next[:min(len(next), maxConfFiles)]
	}
	return matches, nil
}
