package vcs

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"github.com/go-git/go-git/v6/plumbing"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
)

// maxText bounds a file that is compared as git changes it on the way in, in bytes; a longer one is compared as it is.
const maxText = 16 << 20

// sameFiltered compares a file that is not byte for byte the blob tracked, but may become it by what git does on the way in.
func (c *comparison) sameFiltered(name, inRepo string, tracked plumbing.Hash) (bool, error) {
	info, err := fs.Stat(c.tree, name)
	if err != nil {
		return false, err
	}
	if info.Size() <= maxText {
		content, err := fs.ReadFile(c.tree, name)
		if err != nil {
			return false, err
		}
		if same, err := c.sameCleaned(inRepo, content, tracked); same || err != nil {
			return same, err
		}
	}
	return c.sameLFS(name, tracked)
}

// expandedID is what the attribute ident makes of $Id$.
var expandedID = regexp.MustCompile(`\$Id:[^$\n]*\$`)

// sameCleaned says whether git would make the blob tracked of a content (gitattributes(5), "EFFECTS"). Filters that run programs
// are not run.
func (c *comparison) sameCleaned(inRepo string, content []byte, tracked plumbing.Hash) (bool, error) {
	attrs, err := c.attributes(inRepo)
	if err != nil {
		return false, err
	}
	if name := attrs.value("working-tree-encoding"); name != "" {
		decoded, ok := decode(content, name)
		if !ok {
			return false, nil
		}
		content = decoded
	}
	if c.convertsCRLF(attrs, content) {
		content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	}
	if attrs.set("ident") {
		content = expandedID.ReplaceAllLiteral(content, []byte("$Id$"))
	}
	return c.r.hash(content).Equal(tracked), nil
}

// convertsCRLF says whether git turns CRLF into LF. Where the repository's configuration is not known, as in a build context
// without it, a difference in line ends alone is taken for git's.
func (c *comparison) convertsCRLF(attrs attributes, content []byte) bool {
	text := attrs.value("text")
	if text == "" && attrs.value("crlf") != "" { // the old name
		text = attrs.value("crlf")
	}
	eol := attrs.value("eol")
	switch {
	case text == attrUnset:
		return false
	case text == attrSet, text == "input", text == "" && (eol == "lf" || eol == "crlf"):
		return true
	case text == "auto", text == "" && (c.r.settings.crlf || !c.r.settings.known):
		return bytes.IndexByte(content, 0) < 0
	}
	return false
}

// decode turns a content in an encoding of IANA's names into UTF-8.
func decode(content []byte, name string) ([]byte, bool) {
	var from encoding.Encoding
	switch name {
	case "UTF-16", "utf-16":
		from = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "UTF-16LE-BOM", "utf-16le-bom":
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case "UTF-16BE-BOM", "utf-16be-bom":
		from = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	default:
		var err error
		if from, err = ianaindex.IANA.Encoding(name); err != nil || from == nil {
			return nil, false
		}
	}
	decoded, err := from.NewDecoder().Bytes(content)
	return decoded, err == nil
}

// lfsPointer is the form that version 1 of the specification of Git LFS gives a pointer file.
var lfsPointer = regexp.MustCompile(`^version https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize [0-9]+\n$`)

// maxPointer bounds a pointer, in bytes, by the specification.
const maxPointer = 1024

// sameLFS says whether the blob tracked is a Git LFS pointer to the file's content.
func (c *comparison) sameLFS(name string, tracked plumbing.Hash) (bool, error) {
	stored, err := c.r.objects.read(tracked, maxPointer)
	if err != nil {
		return false, nil // no pointer, or a blob that is not at hand and so cannot make the file the same
	}
	if _, err := c.r.checked(plumbing.BlobObject, tracked, stored.data); err != nil {
		return false, err
	}
	pointer := lfsPointer.FindSubmatch(stored.data)
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
