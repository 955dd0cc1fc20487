package vcs

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-billy/v6"
	"github.com/go-git/go-billy/v6/memfs"
	"github.com/go-git/go-billy/v6/util"
	"github.com/go-git/go-git/v6/plumbing"
)

// packed is an object as it is written into a pack.
type packed struct {
	kind plumbing.ObjectType
	size uint64 // that the header says; 0 is the truth
	// back and ref name the base of a delta.
	back uint64
	ref  [20]byte
	data []byte
	// hash is what the index says.
	hash [20]byte
}

// hashOf is the name of an object that says which one it is.
func hashOf(n byte) [20]byte { return [20]byte{0xaa, n} }

func deflate(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // to memory
	_ = z.Close()
	return b.Bytes()
}

// writePack makes a pack and its index. The base of an ofs-delta with back n is n objects before it.
func writePack(objects []packed) (pack, index []byte) {
	pack = append([]byte("PACK\x00\x00\x00\x02"), binary.BigEndian.AppendUint32(nil, uint32(len(objects)))...)
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, len(pack))
		size := o.size
		if size == 0 {
			size = uint64(len(o.data))
		}
		first := byte(o.kind)<<4 | byte(size&15)
		for size >>= 4; ; size >>= 7 {
			if size == 0 {
				pack = append(pack, first)
				break
			}
			pack = append(pack, first|0x80)
			first = byte(size & 0x7f)
		}
		switch o.kind {
		case plumbing.OFSDeltaObject:
			pack = append(pack, backwards(uint64(offsets[i]-offsets[i-int(o.back)]))...)
		case plumbing.REFDeltaObject:
			pack = append(pack, o.ref[:]...)
		}
		pack = append(pack, deflate(o.data)...)
	}
	sum := sha1.Sum(pack)
	pack = append(pack, sum[:]...)

	order := make([]int, len(objects))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(objects[a].hash[:], objects[b].hash[:]) })
	index = []byte(indexMagic)
	for first := range 256 {
		n := 0
		for _, o := range objects {
			if int(o.hash[0]) <= first {
				n++
			}
		}
		index = binary.BigEndian.AppendUint32(index, uint32(n))
	}
	for _, i := range order {
		index = append(index, objects[i].hash[:]...)
	}
	for range order {
		index = binary.BigEndian.AppendUint32(index, crc32.ChecksumIEEE(nil))
	}
	for _, i := range order {
		index = binary.BigEndian.AppendUint32(index, uint32(offsets[i]))
	}
	index = append(index, sum[:]...)
	return pack, append(index, make([]byte, 20)...)
}

// backwards is the distance of an ofs-delta (gitformat-pack(5)).
func backwards(n uint64) []byte {
	digits := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		digits = append(digits, 0x80|byte(n&0x7f))
	}
	slices.Reverse(digits)
	return digits
}

// delta makes size bytes by copying the same piece of base again and again.
func delta(base, size, piece int) []byte {
	d := binary.AppendUvarint(nil, uint64(base))
	d = binary.AppendUvarint(d, uint64(size))
	for ; size > 0; size -= piece {
		n := min(piece, size)
		d = append(d, 0xf0, byte(n), byte(n>>8), byte(n>>16))
	}
	return d
}

// bareRepository is a repository in memory whose HEAD is the object.
func bareRepository(t testing.TB, head [20]byte, more map[string][]byte) billy.Filesystem {
	t.Helper()
	files := memfs.New()
	all := map[string][]byte{"HEAD": []byte(hex.EncodeToString(head[:]) + "\n"), "config": []byte("[core]\n\trepositoryformatversion = 0\n"), "refs/heads/x": nil}
	for name, data := range more {
		all[name] = data
	}
	for name, data := range all {
		if err := util.WriteFile(files, name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func packFiles(objects ...packed) map[string][]byte {
	pack, index := writePack(objects)
	return map[string][]byte{"objects/pack/pack-1.pack": pack, "objects/pack/pack-1.idx": index}
}

// TestBombs: objects that are larger than they look, or that are made of each other, cost neither memory nor time.
func TestBombs(t *testing.T) {
	head := hashOf(1)
	const huge = 2 << 30
	base := packed{kind: plumbing.CommitObject, data: bytes.Repeat([]byte("x"), 1<<16), hash: hashOf(2)}
	chain := []packed{base}
	for i := range maxChain + 2 {
		h := hashOf(3)
		binary.BigEndian.PutUint32(h[4:], uint32(i))
		chain = append(chain, packed{kind: plumbing.OFSDeltaObject, back: 1, data: delta(1<<16, 1<<16, 1<<16-1), hash: h})
	}
	chain[len(chain)-1].hash = head
	large := packed{kind: plumbing.BlobObject, data: make([]byte, 32<<20+1), hash: hashOf(2)}
	index := packFiles(base)["objects/pack/pack-1.idx"]
	counts := slices.Clone(index)
	for i := 0xaa; i < 256; i++ {
		binary.BigEndian.PutUint32(counts[8+4*i:], 0xffffffff)
	}
	loose := "objects/aa/" + hex.EncodeToString(head[1:])
	for name, tc := range map[string]struct {
		files map[string][]byte
		want  string
	}{
		"a delta by offset":                {packFiles(base, packed{kind: plumbing.OFSDeltaObject, back: 1, data: delta(1<<16, huge, 1<<16-1), hash: head}), errTooLarge.Error()},
		"a delta by hash":                  {packFiles(base, packed{kind: plumbing.REFDeltaObject, ref: base.hash, data: delta(1<<16, huge, 1<<16-1), hash: head}), errTooLarge.Error()},
		"a delta that lies about its size": {packFiles(base, packed{kind: plumbing.OFSDeltaObject, back: 1, data: append(delta(1<<16, 100, 100), delta(1<<16, huge, 1<<16-1)[6:]...), hash: head}), "malformed"},
		"a delta of itself":                {packFiles(packed{kind: plumbing.REFDeltaObject, ref: head, data: delta(1, 1, 1), hash: head}), "deltas of each other"},
		"two deltas of each other":         {packFiles(packed{kind: plumbing.REFDeltaObject, ref: hashOf(2), data: delta(1, 1, 1), hash: head}, packed{kind: plumbing.REFDeltaObject, ref: head, data: delta(1, 1, 1), hash: hashOf(2)}), "deltas of each other"},
		"a chain of deltas":                {packFiles(chain...), "deltas of each other"},
		"a delta of nothing":               {packFiles(packed{kind: plumbing.REFDeltaObject, ref: hashOf(7), data: delta(1, 1, 1), hash: head}), ""},
		"a base that is too large":         {packFiles(large, packed{kind: plumbing.OFSDeltaObject, back: 1, data: delta(len(large.data), 10, 10), hash: head}), errTooLarge.Error()},
		"a packed object":                  {packFiles(packed{kind: plumbing.CommitObject, size: huge, data: make([]byte, 1<<20), hash: head}), errTooLarge.Error()},
		"a packed object that is longer":   {packFiles(packed{kind: plumbing.CommitObject, size: 10, data: make([]byte, 1<<24), hash: head}), "not as long as it says"},
		"an index with too many names":     {map[string][]byte{"objects/pack/pack-1.idx": counts, "objects/pack/pack-1.pack": nil}, "reading the index"},
		"a cut index":                      {map[string][]byte{"objects/pack/pack-1.idx": index[:1000]}, "EOF"},
		"a loose object":                   {map[string][]byte{loose: deflate(append([]byte("commit 2147483648\x00"), make([]byte, 1<<24)...))}, errTooLarge.Error()},
		"a loose object that is longer":    {map[string][]byte{loose: deflate(append([]byte("commit 10\x00"), make([]byte, 1<<24)...))}, "not as long as it says"},
		"a loose object without a header":  {map[string][]byte{loose: deflate(make([]byte, 1<<20))}, "not one of an object"},
		"a loose delta":                    {map[string][]byte{loose: deflate([]byte("ofs-delta 1\x00x"))}, "not one of an object"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := openFiles(bareRepository(t, head, tc.files))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := r.Facts(Module{Path: "example.com/app"})
			runtime.ReadMemStats(&after)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if f.Revision != hex.EncodeToString(head[:]) {
				t.Errorf("the revision is %q", f.Revision)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 256<<20 {
				t.Errorf("%d MB were allocated", made>>20)
			}
		})
	}
}

// TestBudget: many objects, none of which is large, end as well.
func TestBudget(t *testing.T) {
	base := packed{kind: plumbing.BlobObject, data: bytes.Repeat([]byte("x"), 1<<16), hash: hashOf(2)}
	o := newObjectStore(bareRepository(t, hashOf(1), packFiles(base)), 20)
	defer o.close()
	if o.left != 4<<30 {
		t.Errorf("%d bytes are read in all", o.left)
	}
	h := plumbing.NewHash(hex.EncodeToString(base.hash[:]))
	o.left = 10 << 16
	for i := range 20 {
		o.kept = nil
		_, err := o.read(h, maxObject)
		if (err != nil) != (i >= 10) {
			t.Fatalf("object %d: %v", i, err)
		}
	}
}

// TestPatch holds the deltas of this test against a whole object, so that the bombs above fail for their size alone.
func TestPatch(t *testing.T) {
	base := packed{kind: plumbing.BlobObject, data: []byte(strings.Repeat("abc", 100)), hash: hashOf(2)}
	made := packed{kind: plumbing.OFSDeltaObject, back: 1, data: delta(300, 700, 299), hash: hashOf(1)}
	o := newObjectStore(bareRepository(t, hashOf(1), packFiles(base, made)), 20)
	defer o.close()
	c, err := o.read(plumbing.NewHash(hex.EncodeToString(made.hash[:])), maxObject)
	want := string(base.data[:299]) + string(base.data[:299]) + string(base.data[:102])
	if err != nil || c.kind != plumbing.BlobObject || string(c.data) != want {
		t.Errorf("got %d bytes of a %s, %v", len(c.data), c.kind, err)
	}
	if _, err := o.read(plumbing.NewHash(hex.EncodeToString(made.hash[:])), 699); !errors.Is(err, errTooLarge) {
		t.Errorf("an object that is kept and too large: %v", err)
	}
}

// FuzzObjects: whatever packs and loose objects hold, reading ends, with no more memory than the limit asks for.
func FuzzObjects(f *testing.F) {
	base := packed{kind: plumbing.CommitObject, data: []byte("tree 0\n"), hash: hashOf(2)}
	for _, files := range []map[string][]byte{
		packFiles(base, packed{kind: plumbing.OFSDeltaObject, back: 1, data: delta(7, 20, 7), hash: hashOf(1)}),
		packFiles(packed{kind: plumbing.REFDeltaObject, ref: hashOf(1), data: delta(1, 1, 1), hash: hashOf(1)}),
	} {
		f.Add(files["objects/pack/pack-1.pack"], files["objects/pack/pack-1.idx"], deflate([]byte("commit 3\x00abc")))
	}
	const loose = "aa09000000000000000000000000000000000000"
	head := hashOf(1)
	f.Fuzz(func(t *testing.T, pack, index, single []byte) {
		files := bareRepository(t, head, map[string][]byte{
			"objects/pack/pack-1.pack": pack, "objects/pack/pack-1.idx": index, "objects/aa/" + loose[2:]: single,
		})
		r, err := openFiles(files)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		r.objects.left = 64 << 20
		for _, h := range []plumbing.Hash{plumbing.NewHash(hex.EncodeToString(head[:])), plumbing.NewHash(loose)} {
			if c, err := r.objects.read(h, 1<<20); err == nil && len(c.data) > 1<<20 {
				t.Errorf("%d bytes", len(c.data))
			}
		}
		_, _ = r.Facts(Module{Path: "example.com/app"})
	})
}
