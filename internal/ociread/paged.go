package ociread

import (
	"hash/maphash"
	"io"
	"io/fs"
	"sync"
)

const pageSize = 1 << 20

// paged is a large file of a compressed layer. It reads forwards as long as it can: to go back to what is held no more, it has to
// begin the layer again. A page is compared with what it was the first time by a checksum whose seed nobody else knows.
type paged struct {
	contents *contents
	inode    *inode

	mu     sync.Mutex
	stream *layerStream
	next   int64 // the page that the stream gives next
	pages  map[int64][]byte
	oldest []int64
	closed bool
}

func (p *paged) ReadAt(b []byte, off int64) (done int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return 0, fs.ErrClosed
	case off < 0:
		return 0, fs.ErrInvalid
	}
	for done < len(b) {
		at := off + int64(done)
		if at >= p.inode.size {
			return done, io.EOF
		}
		page, err := p.page(at / pageSize)
		if err != nil {
			return done, err
		}
		done += copy(b[done:], page[at%pageSize:])
	}
	return done, nil
}

func (p *paged) page(number int64) ([]byte, error) {
	if page, ok := p.pages[number]; ok {
		return page, nil
	}
	if p.stream == nil || p.next > number {
		if err := p.restart(); err != nil {
			return nil, err
		}
	}
	for {
		page, err := p.read()
		if err != nil {
			return nil, p.contents.layers[p.inode.stat.Layer].fail(err)
		}
		if p.next > number {
			return page, nil
		}
	}
}

func (p *paged) restart() error {
	p.end()
	stream, err := p.contents.seek(p.inode)
	p.stream, p.next = stream, 0
	return err
}

// read gives the page that is next, and holds it in place of the oldest.
func (p *paged) read() ([]byte, error) {
	page := p.room()[:min(pageSize, p.inode.size-p.next*pageSize)]
	if _, err := io.ReadFull(p.stream.tar, page); err != nil {
		return nil, err
	}
	if maphash.Bytes(p.contents.seed, page) != p.inode.pages[p.next] {
		return nil, broken("it changed while it was being read")
	}
	p.pages[p.next] = page
	p.next++
	return page, nil
}

// room gives the memory for the page that is next.
func (p *paged) room() []byte {
	if page, ok := p.pages[p.next]; ok {
		return page
	}
	p.oldest = append(p.oldest, p.next)
	if len(p.oldest) <= p.contents.limits.pages {
		return make([]byte, pageSize)
	}
	page := p.pages[p.oldest[0]]
	delete(p.pages, p.oldest[0])
	p.oldest = p.oldest[1:]
	return page[:pageSize]
}

func (p *paged) end() {
	if p.stream != nil {
		p.stream.close()
		p.stream = nil
	}
}

func (p *paged) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	p.closed = true
	return nil
}
