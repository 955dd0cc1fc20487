package vcs

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/go-git/go-billy/v6"
	"github.com/go-git/go-git/v6/plumbing"
)

// pack is a pack file with its index of version 2, which git has written since 2008. Nothing of either is kept in memory but how
// many hashes begin with which byte.
type pack struct {
	name        string
	index, data billy.File
	files       billy.Filesystem
	fanout      [256]uint32
	hashSize    int64
}

// place is where an object begins in a pack.
type place struct {
	*pack
	offset int64
}

const (
	indexMagic  = "\xfftOc\x00\x00\x00\x02"
	indexHeader = int64(len(indexMagic)) + 256*4
)

var errMalformed = errors.New("it is malformed")

func openPack(files billy.Filesystem, name string, hashSize int) (*pack, error) {
	p := &pack{name: name, files: files, hashSize: int64(hashSize)}
	var err error
	if p.index, err = files.Open("objects/pack/" + name + ".idx"); err != nil {
		return nil, err
	}
	if err := p.readFanout(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *pack) readFanout() error {
	var header [indexHeader]byte
	if _, err := p.index.ReadAt(header[:], 0); err != nil {
		return err
	}
	if string(header[:len(indexMagic)]) != indexMagic {
		return fmt.Errorf("%w: an index that is not of version 2", ErrUnsupported)
	}
	last := uint32(0)
	for i := range p.fanout {
		p.fanout[i] = binary.BigEndian.Uint32(header[len(indexMagic)+4*i:])
		if p.fanout[i] < last {
			return errMalformed
		}
		last = p.fanout[i]
	}
	return nil
}

// find gives where the object of a hash begins.
func (p *pack) find(hash []byte) (offset int64, ok bool, err error) {
	from, to := 0, int(p.fanout[hash[0]])
	if hash[0] > 0 {
		from = int(p.fanout[hash[0]-1])
	}
	name := make([]byte, p.hashSize)
	at := from + sort.Search(to-from, func(i int) bool {
		if err == nil {
			_, err = p.index.ReadAt(name, indexHeader+int64(from+i)*p.hashSize)
		}
		return err != nil || bytes.Compare(name, hash) >= 0
	})
	if err != nil || at == to {
		return 0, false, err
	}
	if _, err := p.index.ReadAt(name, indexHeader+int64(at)*p.hashSize); err != nil || !bytes.Equal(name, hash) {
		return 0, false, err
	}
	offset, err = p.offset(int64(at))
	return offset, err == nil, err
}

// offset reads entry at of the table behind names and checksums; a set highest bit leads into one of 64 bits.
func (p *pack) offset(at int64) (int64, error) {
	count := int64(p.fanout[255])
	table := indexHeader + count*(p.hashSize+4)
	var b [8]byte
	if _, err := p.index.ReadAt(b[:4], table+4*at); err != nil {
		return 0, err
	}
	short := binary.BigEndian.Uint32(b[:4])
	if short&(1<<31) == 0 {
		return int64(short), nil
	}
	if _, err := p.index.ReadAt(b[:], table+4*count+8*int64(short&^(1<<31))); err != nil {
		return 0, err
	}
	long := binary.BigEndian.Uint64(b[:])
	if long > 1<<62 {
		return 0, errMalformed
	}
	return int64(long), nil
}

func (p *pack) close() error {
	err := p.index.Close()
	if p.data != nil {
		err = errors.Join(err, p.data.Close())
	}
	return err
}

// entry is the header of an object in a pack.
type entry struct {
	kind plumbing.ObjectType
	size int64
	// body is where the compressed content begins; of a delta it says how to make the object of that at base, or of the one
	// with the hash ref.
	body int64
	base int64
	ref  []byte
}

func (p *pack) entry(offset int64) (e entry, err error) {
	if p.data == nil {
		if p.data, err = p.files.Open("objects/pack/" + p.name + ".pack"); err != nil {
			return e, err
		}
	}
	head := make([]byte, 10+10+32)
	n, err := p.data.ReadAt(head, offset)
	if err != nil && err != io.EOF {
		return e, err
	}
	in := bytes.NewReader(head[:n])
	first, err := in.ReadByte()
	if err != nil {
		return e, err
	}
	e.kind = plumbing.ObjectType(first >> 4 & 7)
	e.size = int64(first & 15)
	for shift, more := 4, first&0x80 != 0; more; shift += 7 {
		b, err := in.ReadByte()
		if err != nil || shift > 50 {
			return e, errors.Join(err, errMalformed)
		}
		e.size |= int64(b&0x7f) << shift
		more = b&0x80 != 0
	}
	switch e.kind {
	case plumbing.OFSDeltaObject:
		back, err := readBack(in)
		if err != nil || back <= 0 || back > offset {
			return e, errors.Join(err, errMalformed)
		}
		e.base = offset - back
	case plumbing.REFDeltaObject:
		e.ref = make([]byte, p.hashSize)
		if _, err := io.ReadFull(in, e.ref); err != nil {
			return e, err
		}
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	default:
		return e, errMalformed
	}
	e.body = offset + int64(n-in.Len())
	return e, nil
}

// readBack reads how far back the base of a delta is: a number of base 128, of which each digit but the last counts one more.
func readBack(in io.ByteReader) (n int64, err error) {
	for i := 0; ; i++ {
		b, err := in.ReadByte()
		if err != nil || i > 7 {
			return 0, errors.Join(err, errMalformed)
		}
		n = n<<7 | int64(b&0x7f)
		if b&0x80 == 0 {
			return n, nil
		}
		n++
	}
}

// packed makes an object of at most limit bytes: it follows the deltas to an object that is none, and applies them from there. No
// object on the way is larger than [maxObject].
func (o *objectStore) packed(at place, limit int64) (c content, err error) {
	var deltas []place
	seen := map[place]bool{}
	for {
		if kept, ok := o.kept[at]; ok {
			c = kept
			break
		}
		e, err := at.entry(at.offset)
		if err != nil {
			return c, fmt.Errorf("reading %s: %w", at.name, err)
		}
		if !e.kind.IsDelta() {
			c.kind = e.kind
			most := int64(maxObject)
			if len(deltas) == 0 {
				most = limit
			}
			if c.data, err = o.inflate(at.pack, e, most); err != nil {
				return c, err
			}
			o.keep(at, c)
			break
		}
		if deltas = append(deltas, at); len(deltas) > maxChain || seen[at] {
			return c, fmt.Errorf("reading %s: %d deltas of each other", at.name, len(deltas))
		}
		seen[at] = e.ref != nil // others lead back in the pack only
		if at, err = o.base(at, e); err != nil {
			return c, err
		}
	}
	for i := len(deltas) - 1; i >= 0; i-- {
		most := int64(maxObject)
		if i == 0 {
			most = limit
		}
		if c.data, err = o.apply(deltas[i], c.data, most); err != nil {
			return c, err
		}
		o.keep(deltas[i], c)
	}
	if int64(len(c.data)) > limit { // it was kept
		return c, errTooLarge
	}
	return c, nil
}

// base is where the object is that e is a delta of. It is in the same pack, but for packs that were sent and not completed.
func (o *objectStore) base(at place, e entry) (place, error) {
	if e.ref == nil {
		return place{at.pack, e.base}, nil
	}
	offset, ok, err := at.find(e.ref)
	if err == nil && !ok {
		err = plumbing.ErrObjectNotFound
	}
	return place{at.pack, offset}, err
}

func (o *objectStore) inflate(p *pack, e entry, limit int64) ([]byte, error) {
	z, err := zlib.NewReader(io.NewSectionReader(p.data, e.body, 1<<62-e.body))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.name, err)
	}
	defer z.Close()
	return o.exactly(z, e.size, limit)
}

// apply makes an object of at most limit bytes from its base and the delta at a place.
func (o *objectStore) apply(at place, base []byte, limit int64) ([]byte, error) {
	e, err := at.entry(at.offset)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", at.name, err)
	}
	delta, err := o.inflate(at.pack, e, maxObject)
	if err != nil {
		return nil, err
	}
	in := bytes.NewReader(delta)
	from, errFrom := binary.ReadUvarint(in)
	size, errSize := binary.ReadUvarint(in)
	switch {
	case errFrom != nil || errSize != nil || from != uint64(len(base)):
		return nil, fmt.Errorf("reading %s: a delta is malformed", at.name)
	case size > uint64(limit):
		return nil, errTooLarge
	}
	if err := o.spend(int64(size)); err != nil {
		return nil, err
	}
	made, ok := patch(base, delta[len(delta)-in.Len():], int(size))
	if !ok {
		return nil, fmt.Errorf("reading %s: a delta is malformed", at.name)
	}
	return made, nil
}

// patch follows the instructions of a delta, which copy a piece of base or bring one with them. The result has size bytes.
func patch(base, delta []byte, size int) (made []byte, ok bool) {
	made = make([]byte, 0, size)
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		piece := delta
		n := int(op)
		if op&0x80 != 0 {
			var from int
			from, delta, ok = number(delta, op, 4)
			if !ok {
				return nil, false
			}
			n, delta, ok = number(delta, op>>4&7, 3)
			if n == 0 {
				n = 0x10000
			}
			if !ok || from > len(base) || n > len(base)-from {
				return nil, false
			}
			piece = base[from : from+n]
		} else if n == 0 || n > len(delta) {
			return nil, false
		} else {
			piece, delta = delta[:n], delta[n:]
		}
		if n > size-len(made) {
			return nil, false
		}
		made = append(made, piece...)
	}
	return made, len(made) == size
}

// number reads the bytes of a little-endian number that the lowest bits of mask say are there.
func number(in []byte, mask byte, bytes int) (n int, rest []byte, ok bool) {
	for i := range bytes {
		if mask&(1<<i) == 0 {
			continue
		}
		if len(in) == 0 {
			return 0, nil, false
		}
		n |= int(in[0]) << (8 * i)
		in = in[1:]
	}
	return n, in, true
}
