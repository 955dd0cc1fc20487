package ociread

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// FSOptions say what to do with contents while the layers are read for an [FS]. The zero value does nothing.
type FSOptions struct {
	// Visit, if it is not nil, is called for every regular file of every layer with its path and content, also for those that an
	// upper layer hides; stat.Layer and stat.Entry are as in the [FS], where hard links and whiteouts are followed. What it does
	// may turn out to be done with wrong bytes, as for [Layer.Walk]. Its error ends the reading.
	Visit func(name string, stat *Stat, size int64, content io.Reader) error
	// Keep, if it is not nil, says which files will be read from the [FS], so that their contents are held as far as there is
	// room. Other contents cost reading a part of the layer again.
	Keep func(name string, size int64) bool
}

// FS is the file system of an image as a runtime makes it of the layers. Open, Stat and ReadDir follow symbolic links, all of them
// inside the image; Lstat and ReadLink do not follow the last. Regular files are an [io.ReaderAt], and Sys of an [fs.FileInfo] is a
// *[Stat]. Names need not be UTF-8.
//
// An FS may be used by several goroutines. It is good until the source is closed or the context ends that it was made with.
type FS struct {
	root *inode
	*contents
}

var _ interface {
	fs.StatFS
	fs.ReadDirFS
	fs.ReadLinkFS
} = (*FS)(nil)

// FS reads every layer of the image once.
func (img *Image) FS(ctx context.Context, opts FSOptions) (*FS, error) {
	l := img.source.limits
	layers := img.Layers()
	if ids := len(img.Config.RootFS.DiffIDs); ids != len(layers) {
		return nil, img.source.fail(img.Manifest.Descriptor.Digest, broken("the manifest has %d layers, and the configuration %d", len(layers), ids))
	}
	b := &fsBuild{opts: opts, tree: newTree(l), contents: newContents(ctx, layers, l), left: l.layer}
	for i, layer := range layers {
		if err := b.layer(ctx, i, layer); err != nil {
			return nil, err
		}
	}
	return &FS{root: b.tree.root, contents: b.contents}, nil
}

// fsBuild is an FS that is being made.
type fsBuild struct {
	opts     FSOptions
	tree     *tree
	contents *contents
	left     int64 // bytes that all layers together may still have
	sizes    Sizes
	buffer   [64 << 10]byte
}

func (b *fsBuild) layer(ctx context.Context, number int, layer Layer) error {
	stream, err := layer.open(ctx)
	if err != nil {
		return err
	}
	_, seekable := stream.blob.Closer.(io.ReaderAt)
	seekable = seekable && stream.compression == ""
	b.sizes.Layer(layer.Descriptor)
	facts, err := stream.walk(layer, func(h *tar.Header, r io.Reader) error {
		if err := b.sizes.entry(h, layer.source.limits); err != nil {
			return layer.fail(err)
		}
		if stream.claimed > b.left {
			return layer.fail(tooLarge("an image of more than %d bytes", layer.source.limits.layer))
		}
		n, name, err := b.tree.add(number, stream.entries-1, h)
		if err != nil || n == nil || !n.mode.IsRegular() {
			return layer.fail(err)
		}
		if seekable && !sparse(h) {
			n.offset = stream.content.read
		}
		return b.content(layer, name, n, r)
	})
	if b.left -= max(facts.Size, stream.claimed); err == nil && b.left < 0 {
		err = layer.fail(tooLarge("an image of more than %d bytes", layer.source.limits.layer))
	}
	return err
}

// sparse tells whether the content of a file is not what the archive has after its header.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

// content reads a file's content for what is to be known of it.
func (b *fsBuild) content(layer Layer, name string, n *inode, r io.Reader) error {
	hash := sha256.New()
	keep := b.contents.keeper(n, b.opts.Keep != nil && b.opts.Keep(name, n.size))
	all := io.TeeReader(r, io.MultiWriter(hash, keep))
	if b.opts.Visit != nil {
		if err := b.opts.Visit(name, &n.stat, n.size, all); err != nil {
			return err
		}
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, all, b.buffer[:]); err != nil {
		return layer.fail(err)
	}
	hash.Sum(n.stat.SHA256[:0])
	keep.done()
	return nil
}

// find follows a name of package fs.
func (f *FS) find(op, name string, last bool) (*inode, error) {
	w := walker{at: []*inode{f.root}}
	err := error(fs.ErrInvalid)
	if validPath(name) {
		var n *inode
		if n, err = w.walk(name, last); err == nil {
			return n, nil
		}
	}
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrTooLarge) {
		err = &lost{err}
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: err}
}

// lost is a path that leads nowhere because of links or files on the way.
type lost struct{ error }

func (*lost) Is(target error) bool { return target == fs.ErrNotExist }

// validPath is fs.ValidPath for names that need not be UTF-8.
func validPath(name string) bool {
	return name != "" && name[0] != '/' && (path.Clean(name) == name) && name != ".." && !strings.HasPrefix(name, "../")
}

// Open opens a file or folder.
func (f *FS) Open(name string) (fs.File, error) {
	n, err := f.find("open", name, true)
	if err != nil {
		return nil, err
	}
	i := info{n, path.Base(name)}
	switch {
	case n.mode.IsDir():
		return &openFolder{info: i, left: n.list()}, nil
	case !n.mode.IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	content, err := f.open(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{info: i, content: content, SectionReader: io.NewSectionReader(content, 0, n.size)}, nil
}

// Stat follows symbolic links.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return f.stat("stat", name, true) }

// Lstat does not follow a symbolic link that is the last part of the name.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return f.stat("lstat", name, false) }

func (f *FS) stat(op, name string, last bool) (fs.FileInfo, error) {
	n, err := f.find(op, name, last)
	if err != nil {
		return nil, err
	}
	return info{n, path.Base(name)}, nil
}

// ReadLink gives the target of a symbolic link as it is written.
func (f *FS) ReadLink(name string) (string, error) {
	n, err := f.find("readlink", name, false)
	if err == nil && n.mode&fs.ModeSymlink == 0 {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return n.link, nil
}

// ReadDir gives what is in a folder, sorted by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.find("readdir", name, true)
	if err == nil && !n.mode.IsDir() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a folder")}
	}
	if err != nil {
		return nil, err
	}
	return n.list(), nil
}

// openFile is an open regular file.
type openFile struct {
	*io.SectionReader
	info    info
	content content
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return f.content.Close() }

// openFolder is an open folder.
type openFolder struct {
	info info
	left []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("a folder")}
}

// ReadDir gives the next entries, as fs.ReadDirFile asks for.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.left) {
		if n > 0 && len(f.left) == 0 {
			return nil, io.EOF
		}
		n = len(f.left)
	}
	some := f.left[:n]
	f.left = f.left[n:]
	return some, nil
}
