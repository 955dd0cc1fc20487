package ociread

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash/maphash"
	"io"
	"slices"
	"sync"
)

// content is the content of a file that is open.
type content interface {
	io.ReaderAt
	io.Closer
}

// contents gives contents of files out of layers, which can be read only from their starts if they are compressed. Small files are held
// whole for a while, large ones are read in pages.
type contents struct {
	ctx    context.Context // io/fs has no place for it
	layers []Layer
	limits limits
	seed   maphash.Seed

	mu     sync.Mutex
	held   map[*inode][]byte
	oldest []*inode
	size   int64
}

func newContents(ctx context.Context, layers []Layer, l limits) *contents {
	return &contents{ctx: ctx, layers: layers, limits: l, seed: maphash.MakeSeed(), held: map[*inode][]byte{}}
}

// whole says whether a file is held in one piece.
func (c *contents) whole(n *inode) bool { return n.size <= c.limits.cache/2 }

// hold keeps a content, and lets others go that were not asked for the longest.
func (c *contents) hold(n *inode, content []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.held[n]; ok {
		return
	}
	c.held[n], c.oldest, c.size = content, append(c.oldest, n), c.size+int64(len(content))
	for c.size > c.limits.cache {
		first := c.oldest[0]
		c.size -= int64(len(c.held[first]))
		delete(c.held, first)
		c.oldest = c.oldest[1:]
	}
}

// room tells whether a content can be held without another being let go.
func (c *contents) room(n *inode) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.whole(n) && c.size+n.size <= c.limits.cache
}

func (c *contents) known(n *inode) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	content, ok := c.held[n]
	if ok {
		i := slices.Index(c.oldest, n)
		c.oldest = append(slices.Delete(c.oldest, i, i+1), n)
	}
	return content, ok
}

// open gives the content of a regular file.
func (c *contents) open(n *inode) (content, error) {
	if n.size == 0 {
		return memory{bytes.NewReader(nil)}, nil
	}
	layer := c.layers[n.stat.Layer]
	if n.offset >= 0 {
		blob, err := layer.source.Blob(c.ctx, layer.Descriptor)
		if err != nil {
			return nil, err
		}
		stored := blob.(*verified).Closer
		return section{io.NewSectionReader(stored.(io.ReaderAt), n.offset, n.size), stored}, nil
	}
	if !c.whole(n) {
		return &paged{contents: c, inode: n, pages: map[int64][]byte{}}, nil
	}
	if held, ok := c.known(n); ok {
		return memory{bytes.NewReader(held)}, nil
	}
	held, err := c.read(n)
	if err != nil {
		return nil, err
	}
	c.hold(n, held)
	return memory{bytes.NewReader(held)}, nil
}

// read reads a content again, and compares it with what it was the first time: the layer is not read to its end, so its digest says
// nothing.
func (c *contents) read(n *inode) ([]byte, error) {
	stream, err := c.seek(n)
	if err != nil {
		return nil, err
	}
	defer stream.close()
	content := make([]byte, n.size)
	layer := c.layers[n.stat.Layer]
	if _, err := io.ReadFull(stream.tar, content); err != nil {
		return nil, layer.fail(err)
	}
	if sha256.Sum256(content) != n.stat.SHA256 {
		return nil, layer.fail(broken("it changed while it was being read"))
	}
	return content, nil
}

// seek opens a layer where the content of a file starts.
func (c *contents) seek(n *inode) (*layerStream, error) {
	layer := c.layers[n.stat.Layer]
	stream, err := layer.open(c.ctx)
	if err != nil {
		return nil, err
	}
	for stream.entries <= n.stat.Entry {
		if _, err := stream.next(); err != nil {
			stream.close()
			return nil, layer.fail(err)
		}
	}
	return stream, nil
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

type section struct {
	*io.SectionReader
	io.Closer
}

// keeper takes a content when its layer is read the first time.
type keeper struct {
	*contents
	inode *inode
	whole []byte // nil if the content is not wanted
	page  maphash.Hash
	left  int64 // of the page
}

func (c *contents) keeper(n *inode, wanted bool) *keeper {
	k := &keeper{contents: c, inode: n, left: pageSize}
	k.page.SetSeed(c.seed)
	if wanted && n.offset < 0 && c.room(n) {
		k.whole = make([]byte, 0, n.size)
	}
	return k
}

func (k *keeper) Write(p []byte) (int, error) {
	if k.whole != nil {
		k.whole = append(k.whole, p...)
	}
	if k.contents.whole(k.inode) {
		return len(p), nil
	}
	for rest := p; len(rest) > 0; {
		n := min(int64(len(rest)), k.left)
		k.page.Write(rest[:n])
		rest = rest[n:]
		if k.left -= n; k.left == 0 {
			k.endPage()
		}
	}
	return len(p), nil
}

func (k *keeper) endPage() {
	k.inode.pages = append(k.inode.pages, k.page.Sum64())
	k.page.Reset()
	k.left = pageSize
}

func (k *keeper) done() {
	if k.left < pageSize {
		k.endPage()
	}
	if k.whole != nil {
		k.hold(k.inode, k.whole)
	}
}
