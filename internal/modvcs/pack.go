package modvcs

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/storage/filesystem"
	"github.com/klauspost/compress/zlib"
	modzip "golang.org/x/mod/zip"
)

// What a pack may stand for. One of some kilobytes can stand for an object of any size, by what is packed in it and by deltas that copy the
// same bytes again and again, and go-git keeps what it makes of deltas in memory. A checkout of Kubernetes has 30,000 objects of 0.4 GB, all
// commits of Linux are 1.4 million.
type packBounds struct {
	objects uint32
	// object is for one of them in bytes, unpacked for all, and deltas for those of deltas and of what they make.
	object, unpacked, deltas int64
}

// maxPack is for any repository: no module has a larger file than its objects may be.
var maxPack = packBounds{objects: 2 << 20, object: modzip.MaxZipFile, unpacked: 4 << 30, deltas: 1 << 30}

// boundedStore refuses packs that stand for too much. go-git makes room for as many objects as a pack says that it has, so it is shown
// none before all of it was looked at.
type boundedStore struct {
	*filesystem.Storage
	dir    string
	bounds packBounds
}

// PackfileWriter implements [storer.PackfileWriter].
func (s boundedStore) PackfileWriter() (io.WriteCloser, error) {
	return s.bounded(s.Storage.PackfileWriter)
}

// PromisorPackfileWriter implements [storer.PromisorPackfileWriter].
func (s boundedStore) PromisorPackfileWriter(marker string) (io.WriteCloser, error) {
	return s.bounded(func() (io.WriteCloser, error) { return s.Storage.PromisorPackfileWriter(marker) })
}

func (s boundedStore) bounded(store func() (io.WriteCloser, error)) (io.WriteCloser, error) {
	conf, err := s.Config()
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(s.dir, "pack-")
	if err != nil {
		return nil, err
	}
	check := func() error { return checkPack(file, s.bounds, conf.Extensions.ObjectFormat.Size()) }
	return &packWriter{file, check, store}, nil
}

// packWriter keeps a pack apart until it is whole.
type packWriter struct {
	*os.File
	check func() error
	store func() (io.WriteCloser, error)
}

// Close stores what was written, unless it is refused. Nothing at all is no pack.
func (w *packWriter) Close() error {
	defer os.Remove(w.Name())
	defer w.File.Close()
	if size, err := w.rewind(); err != nil || size == 0 {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	if _, err := w.rewind(); err != nil {
		return err
	}
	to, err := w.store()
	if err != nil {
		return err
	}
	_, err = io.Copy(to, w.File)
	return errors.Join(err, to.Close())
}

// rewind goes to the beginning, and gives the size.
func (w *packWriter) rewind() (size int64, err error) {
	if size, err = w.Seek(0, io.SeekCurrent); err == nil {
		_, err = w.Seek(0, io.SeekStart)
	}
	return size, err
}

var errMalformed = errors.New("the pack is malformed")

// checkPack reads a pack (gitformat-pack(5)) to its end, and keeps nothing of it.
func checkPack(in io.Reader, bounds packBounds, hashSize int) error {
	c := &packCheck{packBounds: bounds, in: bufio.NewReader(in), hashSize: hashSize}
	var header [12]byte
	if _, err := io.ReadFull(c.in, header[:]); err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	count := binary.BigEndian.Uint32(header[8:])
	if string(header[:4]) != "PACK" {
		return errMalformed
	}
	if count > bounds.objects {
		return fmt.Errorf("it sends %d objects, more than the %d allowed", count, bounds.objects)
	}
	for range count {
		if err := c.next(); err != nil {
			return err
		}
	}
	if n, err := io.Copy(io.Discard, c.in); err != nil || n != int64(hashSize) {
		return errors.Join(errMalformed, err)
	}
	return nil
}

// packCheck reads a pack. Its bounds are what is left of them.
type packCheck struct {
	packBounds
	in       *bufio.Reader
	hashSize int
	inflate  io.ReadCloser
}

// next reads an object.
func (c *packCheck) next() error {
	first, err := c.in.ReadByte()
	if err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	size := int64(first & 15)
	for shift, b := 4, first; b&0x80 != 0; shift += 7 {
		if b, err = c.in.ReadByte(); err != nil || shift > 50 {
			return errors.Join(errMalformed, err)
		}
		size |= int64(b&0x7f) << shift
	}
	switch plumbing.ObjectType(first >> 4 & 7) {
	case plumbing.OFSDeltaObject:
		for b := byte(0x80); b&0x80 != 0; {
			if b, err = c.in.ReadByte(); err != nil {
				return errors.Join(errMalformed, err)
			}
		}
		return c.delta(size)
	case plumbing.REFDeltaObject:
		if _, err := c.in.Discard(c.hashSize); err != nil {
			return errors.Join(errMalformed, err)
		}
		return c.delta(size)
	}
	return c.content(size, nil)
}

// delta reads a delta of some bytes, which begins with the size of what it is of and of what it makes.
func (c *packCheck) delta(size int64) error {
	if err := spend(&c.deltas, size); err != nil {
		return err
	}
	sizes := &start{}
	if err := c.content(size, sizes); err != nil {
		return err
	}
	rest := sizes.bytes
	var made uint64
	for range 2 {
		n := 0
		if made, n = binary.Uvarint(rest); n <= 0 {
			return errMalformed
		}
		rest = rest[n:]
	}
	if made > uint64(c.object) {
		return c.tooLarge()
	}
	return spend(&c.deltas, int64(made))
}

// content reads what is packed.
func (c *packCheck) content(size int64, to io.Writer) error {
	if size > c.object {
		return c.tooLarge()
	}
	if err := spend(&c.unpacked, size); err != nil {
		return err
	}
	var err error
	if c.inflate == nil {
		c.inflate, err = zlib.NewReader(c.in)
	} else {
		err = c.inflate.(zlib.Resetter).Reset(c.in, nil)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	if to == nil {
		to = io.Discard
	}
	if n, err := io.Copy(to, io.LimitReader(c.inflate, size+1)); err != nil || n != size {
		return errors.Join(errMalformed, err)
	}
	return nil
}

// spend takes bytes from those that may come.
func spend(left *int64, size int64) error {
	if *left -= size; *left < 0 {
		return errors.New("what it sends stands for more bytes than are allowed")
	}
	return nil
}

func (c *packCheck) tooLarge() error {
	return fmt.Errorf("it sends an object of more than the %d bytes allowed", c.object)
}

// start keeps the first bytes of what is written: room for two numbers.
type start struct{ bytes []byte }

// Write implements [io.Writer].
func (s *start) Write(p []byte) (int, error) {
	s.bytes = append(s.bytes, p[:min(len(p), 2*binary.MaxVarintLen64-len(s.bytes))]...)
	return len(p), nil
}
