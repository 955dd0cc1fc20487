package ocidiff

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What stands in a layer in place of a file.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// attributes are what a layer says of a file. A whiteout has a type and nothing else: what else its entry says means nothing.
type attributes struct {
	Type      string            `json:"type"`
	Mode      string            `json:"mode,omitempty"`
	UID       *int              `json:"uid,omitempty"`
	GID       *int              `json:"gid,omitempty"`
	User      string            `json:"user,omitempty"`
	Group     string            `json:"group,omitempty"`
	Size      *int64            `json:"size,omitempty"`
	SHA256    string            `json:"sha256,omitempty"`
	Link      string            `json:"link,omitempty"`
	Device    string            `json:"device,omitempty"`
	Modified  string            `json:"mtime,omitempty"`
	Accessed  string            `json:"atime,omitempty"`
	Changed   string            `json:"ctime,omitempty"`
	Xattrs    map[string]string `json:"xattrs,omitempty"`
	Extension map[string]string `json:"pax,omitempty"`
	// Replaced says of a folder that something else was there before it, which took along what lower layers have in it.
	Replaced bool `json:"replaced,omitempty"`
	// Of a hard link whose target is another file by now, Inode is the first name of its own, and Of what that is.
	Inode string          `json:"inode,omitempty"`
	Of    json.RawMessage `json:"of,omitempty"`
}

// timeNames are the attributes that are times, and unusedNames those that no runtime takes: owners go by their numbers.
var timeNames, unusedNames = []string{"mtime", "atime", "ctime"}, []string{"user", "group", "pax"}

// attributeNames are those of attributes.
var attributeNames = []string{
	"type", "mode", "uid", "gid", "user", "group", "size", "sha256", "link", "device", "mtime", "atime", "ctime", "xattrs", "pax", "replaced", "inode", "of",
}

var typeNames = map[byte]string{
	tar.TypeReg: "file", tar.TypeGNUSparse: "file", tar.TypeDir: "folder", tar.TypeSymlink: "symbolic link", tar.TypeLink: "hard link",
	tar.TypeChar: "character device", tar.TypeBlock: "block device", tar.TypeFifo: "pipe",
}

// entryName gives the path of an entry in the image.
func entryName(h *tar.Header) string { return path.Clean("/" + h.Name) }

// describe reads what an entry says of its file, and the content for its hash.
func describe(h *tar.Header, content io.Reader) (attributes, error) {
	switch base := path.Base(entryName(h)); {
	case base == opaque:
		return attributes{Type: "opaque whiteout"}, nil
	case strings.HasPrefix(base, whiteout):
		return attributes{Type: "whiteout"}, nil
	}
	a := attributes{
		Type: typeNames[h.Typeflag], Mode: fmt.Sprintf("%04o", h.Mode&0o7777), UID: &h.Uid, GID: &h.Gid, User: printable(h.Uname), Group: printable(h.Gname),
		Modified: stamp(h.ModTime), Accessed: stamp(h.AccessTime), Changed: stamp(h.ChangeTime),
	}
	if a.Type == "" {
		a.Type = fmt.Sprintf("type %q", h.Typeflag)
	}
	a.extensions(h.PAXRecords)
	switch h.Typeflag {
	case tar.TypeDir, tar.TypeFifo:
	case tar.TypeSymlink, tar.TypeLink:
		a.Link = printable(h.Linkname)
	case tar.TypeChar, tar.TypeBlock:
		a.Device = fmt.Sprintf("%d:%d", h.Devmajor, h.Devminor)
	default: // files, and what some take for files
		hash := sha256.New()
		if _, err := io.Copy(hash, content); err != nil {
			return a, err
		}
		a.Size, a.SHA256 = &h.Size, hex.EncodeToString(hash.Sum(nil))
	}
	return a, nil
}

// headerRecords are the records of PAX that package tar has read into the header.
var headerRecords = []string{"path", "linkpath", "size", "uid", "gid", "uname", "gname", "mtime", "atime", "ctime"}

func (a *attributes) extensions(records map[string]string) {
	for key, value := range records {
		name, xattr := strings.CutPrefix(key, "SCHILY.xattr.")
		into := &a.Extension
		switch {
		case slices.Contains(headerRecords, key) || strings.HasPrefix(key, "GNU.sparse."):
			continue
		case xattr:
			into = &a.Xattrs
		}
		if *into == nil {
			*into = map[string]string{}
		}
		(*into)[printable(name)] = printable(value)
	}
}

// stamp is a time to the last digit that the archive has, "" if it has none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// printable keeps apart in JSON what is not UTF-8: as hexadecimal digits, as getfattr has it. So is a text that looks like those.
func printable(s string) string {
	if utf8.ValidString(s) && !strings.ContainsRune(s, 0) && !strings.HasPrefix(s, "0x") {
		return s
	}
	return "0x" + hex.EncodeToString([]byte(s))
}

// causeOf says what it means that attributes of a file differ.
func causeOf(names []string) Cause {
	cause := Formatting
	for _, name := range names {
		switch {
		case slices.Contains(unusedNames, name):
		case slices.Contains(timeNames, name):
			cause = Times
		default:
			return OfFiles
		}
	}
	return cause
}

func (a attributes) text() string {
	raw, _ := json.Marshal(a) // strings and numbers
	return string(raw)
}

// unequal gives of two texts of attributes those that are not equal, without those that skip is true for.
func unequal(a, b string, skip func(name string) bool) (x, y json.RawMessage, names []string) {
	one, other := map[string]any{}, map[string]any{}
	walkObjects(members(a), members(b), "", func(pointer string, p, q any) {
		name, _, _ := strings.Cut(pointer[1:], "/")
		if skip(name) {
			return
		}
		names = append(names, name)
		keep(one, strings.ReplaceAll(pointer[1:], "~1", "/"), p)
		keep(other, strings.ReplaceAll(pointer[1:], "~1", "/"), q)
	})
	return encode(one), encode(other), names
}

func members(text string) map[string]any {
	m, _ := decode(json.RawMessage(text)).(map[string]any)
	return m
}

func keep(into map[string]any, name string, value any) {
	if _, ok := value.(absent); !ok {
		into[name] = value
	}
}
