package vcs

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-billy/v6"
	"github.com/go-git/go-git/v6/plumbing"
)

// What is read of a repository that nobody vouches for. A pack of a few kilobytes can stand for an object of any size, by deltas
// that copy the same bytes again and again, so sizes are compared with these bounds before an object is made.
const (
	// maxObject bounds a commit, tag, tree or file and everything that it is a delta of, in bytes. Three of that size are in
	// memory at a time.
	maxObject = 32 << 20
	// maxRead bounds what is read in all, in bytes: a minute's work at most.
	maxRead = 4 << 30
	// leastRead is what an object counts at least: to find one takes time, too.
	leastRead = 1 << 10
	// maxChain is the longest chain of deltas that git makes (builtin/pack-objects.c).
	maxChain = 4095
	// maxKept bounds the objects that are kept because others may be deltas of them, in bytes.
	maxKept = 32 << 20
)

// errTooLarge says that an object is larger than it may be.
var errTooLarge = errors.New("the object is too large")

// objectStore reads the objects of one repository, loose and packed (gitformat-pack(5)).
type objectStore struct {
	files billy.Filesystem
	// hashSize is the length of a hash in bytes.
	hashSize int
	packs    []*pack
	listed   bool
	// left is what may still be read, see [maxRead].
	left int64
	// kept are contents of packed objects by where they are; keptSize is the sum of their sizes.
	kept     map[place]content
	keptSize int
}

type content struct {
	kind plumbing.ObjectType
	data []byte
}

func newObjectStore(files billy.Filesystem, hashSize int) *objectStore {
	return &objectStore{files: files, hashSize: hashSize, left: maxRead}
}

// read gives an object of at most limit bytes. The error wraps [plumbing.ErrObjectNotFound] or [errTooLarge] for what they say.
func (o *objectStore) read(h plumbing.Hash, limit int64) (content, error) {
	c, err := o.loose(h, limit)
	if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	p, offset, err := o.find(h.Bytes())
	if err != nil {
		return content{}, err
	}
	return o.packed(place{p, offset}, limit)
}

// spend counts n bytes that are to be read.
func (o *objectStore) spend(n int64) error {
	if o.left -= max(n, leastRead); o.left < 0 {
		return fmt.Errorf("more than %d bytes of git objects would have to be read", int64(maxRead))
	}
	return nil
}

// loose reads objects/ab/cdef…: a compressed "TYPE SIZE\x00CONTENT".
func (o *objectStore) loose(h plumbing.Hash, limit int64) (c content, err error) {
	hex := h.String()
	f, err := o.files.Open("objects/" + hex[:2] + "/" + hex[2:])
	if err != nil {
		return c, err
	}
	defer f.Close()
	z, err := zlib.NewReader(f)
	if err != nil {
		return c, err
	}
	defer z.Close()
	in := bufio.NewReader(z)
	header, err := readHeader(in)
	if err != nil {
		return c, err
	}
	kind, length, _ := strings.Cut(header, " ")
	size, err := strconv.ParseInt(length, 10, 64)
	if err != nil || size < 0 {
		return c, fmt.Errorf("the header %q is not one of an object", header)
	}
	if c.kind, err = plumbing.ParseObjectType(kind); err != nil || c.kind.IsDelta() {
		return c, fmt.Errorf("the header %q is not one of an object", header)
	}
	c.data, err = o.exactly(in, size, limit)
	return c, err
}

// readHeader reads up to the first zero byte.
func readHeader(in *bufio.Reader) (string, error) {
	var header []byte
	for len(header) < 32 {
		b, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		if b == 0 {
			return string(header), nil
		}
		header = append(header, b)
	}
	return "", errors.New("the object has no header")
}

// exactly reads a content of size bytes that ends there.
func (o *objectStore) exactly(in io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errTooLarge
	}
	if err := o.spend(size); err != nil {
		return nil, err
	}
	// The buffer grows with what is there: the size may be a lie.
	var b bytes.Buffer
	if n, err := io.Copy(&b, io.LimitReader(in, size+1)); err != nil {
		return nil, err
	} else if n != size {
		return nil, errors.New("the object is not as long as it says")
	}
	return b.Bytes(), nil
}

// keep keeps an object for those that are deltas of it.
func (o *objectStore) keep(at place, c content) {
	if len(c.data) > maxKept/8 {
		return
	}
	if o.keptSize+len(c.data) > maxKept || o.kept == nil {
		o.kept, o.keptSize = map[place]content{}, 0
	}
	if _, again := o.kept[at]; !again {
		o.kept[at] = c
		o.keptSize += len(c.data)
	}
}

// find looks for a hash in the indexes of all packs.
func (o *objectStore) find(hash []byte) (*pack, int64, error) {
	if err := o.list(); err != nil {
		return nil, 0, err
	}
	for i, p := range o.packs {
		offset, ok, err := p.find(hash)
		if err != nil {
			return nil, 0, fmt.Errorf("reading the index of %s: %w", p.name, err)
		}
		if ok {
			o.packs[0], o.packs[i] = p, o.packs[0] // the next is likely to be there as well
			return p, offset, nil
		}
	}
	return nil, 0, plumbing.ErrObjectNotFound
}

// list finds the packs once.
func (o *objectStore) list() error {
	if o.listed {
		return nil
	}
	entries, err := o.files.ReadDir("objects/pack")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".idx"); ok && strings.HasPrefix(name, "pack-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		p, err := openPack(o.files, name, o.hashSize)
		if err != nil {
			return fmt.Errorf("opening %q: %w", name, err)
		}
		o.packs = append(o.packs, p)
	}
	o.listed = true
	return nil
}

func (o *objectStore) close() error {
	var errs []error
	for _, p := range o.packs {
		errs = append(errs, p.close())
	}
	return errors.Join(errs...)
}
