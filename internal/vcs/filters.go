package vcs

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v6/plumbing"
)

// maxText bounds a file whose line ends are looked at, in bytes; a longer one is compared as it is.
const maxText = 16 << 20

// sameFiltered compares a file that is not byte for byte the blob tracked, but may become it by what git does on the way in.
func (c *comparison) sameFiltered(name, inRepo string, tracked plumbing.Hash) (bool, error) {
	same, err := c.sameText(name, inRepo, tracked)
	if same || err != nil {
		return same, err
	}
	return c.sameLFS(name, tracked)
}

func (c *comparison) sameText(name, inRepo string, tracked plumbing.Hash) (bool, error) {
	info, err := fs.Stat(c.tree, name)
	if err != nil || info.Size() > maxText {
		return false, err
	}
	content, err := fs.ReadFile(c.tree, name)
	if err != nil || !bytes.Contains(content, []byte("\r\n")) || bytes.IndexByte(content, 0) >= 0 {
		return false, err
	}
	if !c.r.hash(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))).Equal(tracked) {
		return false, nil
	}
	return c.textual(inRepo)
}

// textRule is one line of a .gitattributes file that decides about line ends.
type textRule struct {
	pattern string
	text    bool
}

// textual says whether git turns CRLF into LF in the file inRepo: the last line with text, -text or eol= in the .gitattributes
// files of the commit whose pattern fits the file's name decides, nearest file first, else core.autocrlf of the repository.
// Patterns with a slash, macros other than binary, and settings outside the repository are not looked at.
func (c *comparison) textual(inRepo string) (bool, error) {
	base := path.Base(inRepo)
	for dir := path.Dir(inRepo); ; dir = path.Dir(dir) {
		rules, err := c.textRules(dir)
		if err != nil {
			return false, err
		}
		for i := len(rules) - 1; i >= 0; i-- {
			if ok, _ := path.Match(rules[i].pattern, base); ok {
				return rules[i].text, nil
			}
		}
		if dir == "." {
			return c.r.settings.crlf, nil
		}
	}
}

func (c *comparison) textRules(dir string) ([]textRule, error) {
	if rules, ok := c.rules[dir]; ok {
		return rules, nil
	}
	data, err := c.r.file(c.root, path.Join(dir, ".gitattributes"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if c.rules == nil {
		c.rules = map[string][]textRule{}
	}
	c.rules[dir] = parseTextRules(string(data))
	return c.rules[dir], nil
}

func parseTextRules(data string) []textRule {
	var rules []textRule
	for line := range strings.Lines(data) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") || strings.HasPrefix(fields[0], "[attr]") {
			continue
		}
		for _, attr := range fields[1:] {
			switch attr {
			case "text", "text=auto", "eol=lf", "eol=crlf", "crlf", "crlf=input":
				rules = append(rules, textRule{fields[0], true})
			case "-text", "binary", "-crlf":
				rules = append(rules, textRule{fields[0], false})
			}
		}
	}
	return rules
}

// lfsPointer is the form that version 1 of the specification of Git LFS gives a pointer file.
var lfsPointer = regexp.MustCompile(`^version https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize [0-9]+\n$`)

// sameLFS says whether the blob tracked is a Git LFS pointer to the file's content.
func (c *comparison) sameLFS(name string, tracked plumbing.Hash) (bool, error) {
	if size, err := c.r.store.EncodedObjectSize(tracked); err != nil || size > 1024 {
		return false, nil // no pointer, or a blob that is not at hand and so cannot make the file the same
	}
	blob, err := c.r.blob(tracked)
	if err != nil {
		return false, err
	}
	pointer := lfsPointer.FindSubmatch(blob)
	if pointer == nil {
		return false, nil
	}
	f, err := c.tree.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false, err
	}
	return fmt.Sprintf("%x", h.Sum(nil)) == string(pointer[1]), nil
}
