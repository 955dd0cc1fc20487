package ociread

import (
	"archive/tar"
	"crypto/sha256"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
)

// Stat is what Sys gives, as a *Stat, of a file in an [FS]. It must not be changed.
type Stat struct {
	UID, GID int
	// Major and Minor are the numbers of a device.
	Major, Minor int64
	// Xattrs are the extended attributes by their names.
	Xattrs map[string]string
	// Layer is the layer that the file comes from, counted from 0, and Entry its place there; -1 for a folder that no layer has by
	// itself. Together they tell one file from another, also where it has several names.
	Layer, Entry int
	// Links is how many names the file has.
	Links int
	// SHA256 is the hash of a regular file's content.
	SHA256 [sha256.Size]byte
}

// inode is a file of the merged file system. Names that hard links give it share it.
type inode struct {
	stat     Stat
	mode     fs.FileMode
	size     int64
	modified time.Time
	link     string // target of a symbolic link
	// offset is where the content starts in a layer that is not compressed, or -1.
	offset int64
	// pages are checksums of a file's pages, if it is to be read in pages.
	pages []uint64
	// children are the names in a folder, and cleared is the layer that last removed those of lower layers from it.
	children map[string]dirent
	cleared  int
}

// dirent is a name in a folder. layer is the one that put it there.
type dirent struct {
	*inode
	layer int
}

func newFolder(layer int) *inode {
	return &inode{mode: fs.ModeDir | 0o755, stat: Stat{Layer: layer, Entry: -1, Links: 1}, cleared: -1}
}

func newInode(layer, entry int, h *tar.Header) *inode {
	n := &inode{
		mode: h.FileInfo().Mode(), size: h.Size, modified: h.ModTime, offset: -1, cleared: -1,
		stat: Stat{UID: h.Uid, GID: h.Gid, Major: h.Devmajor, Minor: h.Devminor, Xattrs: xattrs(h), Layer: layer, Entry: entry},
	}
	if !n.mode.IsRegular() {
		n.size = 0
	}
	if h.Typeflag == tar.TypeSymlink {
		n.link, n.size = strings.Clone(h.Linkname), int64(len(h.Linkname))
	}
	return n
}

func xattrs(h *tar.Header) map[string]string {
	var found map[string]string
	for key, value := range h.PAXRecords {
		if name, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok {
			if found == nil {
				found = map[string]string{}
			}
			found[name] = value
		}
	}
	return found
}

func (n *inode) put(name string, child dirent) {
	if n.children == nil {
		n.children = map[string]dirent{}
	}
	n.children[name] = child
}

// clear removes from a folder what lower layers have put there, and tells whether something is left.
func (n *inode) clear(layer int) bool {
	if n.cleared == layer {
		return len(n.children) > 0
	}
	n.cleared = layer
	for name, child := range n.children {
		n.hide(name, child, layer)
	}
	return len(n.children) > 0
}

// hide removes a name unless the layer itself has put it, or something below it, there.
func (n *inode) hide(name string, child dirent, layer int) {
	if left := child.clear(layer); !left && child.layer < layer {
		n.remove(name)
	}
}

func (n *inode) remove(name string) {
	if child, ok := n.children[name]; ok {
		child.stat.Links--
		delete(n.children, name)
	}
}

// info is the inode under one of its names.
type info struct {
	*inode
	name string
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) Mode() fs.FileMode          { return i.mode }
func (i info) ModTime() time.Time         { return i.modified }
func (i info) IsDir() bool                { return i.mode.IsDir() }
func (i info) Sys() any                   { return &i.stat }
func (i info) Type() fs.FileMode          { return i.mode.Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) String() string             { return fs.FormatFileInfo(i) }

// list gives the entries of a folder by name.
func (n *inode) list() []fs.DirEntry {
	entries := make([]fs.DirEntry, 0, len(n.children))
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		entries = append(entries, info{n.children[name].inode, name})
	}
	return entries
}
