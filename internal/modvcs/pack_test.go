package modvcs

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/format/packfile"
)

// hostile makes a pack of objects: their types, the sizes that are said of them, and what is packed. A delta is one of the object before.
type hostile struct {
	kind plumbing.ObjectType
	size uint64
	data io.Reader
}

func packOf(t *testing.T, count uint32, objects ...hostile) []byte {
	t.Helper()
	pack := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), count)
	last := 0
	for _, o := range objects {
		begin := len(pack)
		size := o.size
		first := byte(o.kind)<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			pack = append(pack, first|0x80)
			first = byte(size & 0x7f)
		}
		pack = append(pack, first)
		if o.kind == plumbing.OFSDeltaObject {
			pack = append(pack, back(begin-last)...)
		}
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		if _, err := io.Copy(z, o.data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		pack, last = append(pack, packed.Bytes()...), begin
	}
	sum := sha1.Sum(pack)
	return append(pack, sum[:]...)
}

// back is how far back the base of a delta is (gitformat-pack(5)).
func back(n int) []byte {
	digits := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		digits = append([]byte{0x80 | byte(n&0x7f)}, digits...)
	}
	return digits
}

// zeros are an object that packs well.
func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// copies is a delta that says that it makes some bytes of a base, and copies all of that n times.
func copies(base, made uint64, n int) hostile {
	d := binary.AppendUvarint(binary.AppendUvarint(nil, base), made)
	for range n {
		d = append(d, 0xf0, byte(base), byte(base>>8), byte(base>>16))
	}
	return hostile{plumbing.OFSDeltaObject, uint64(len(d)), bytes.NewReader(d)}
}

// TestHostilePacks: what a pack stands for is refused before it is made, and what is no bomb is taken.
func TestHostilePacks(t *testing.T) {
	const mega = 1 << 20
	bounds := packBounds{objects: 100, object: 8 * mega, unpacked: 32 * mega, deltas: 16 * mega}
	blob := func(size int64) hostile { return hostile{plumbing.BlobObject, uint64(size), zeros(size)} }
	var many, chain []hostile
	for range 5 {
		many = append(many, blob(8*mega))
	}
	chain = append(chain, blob(mega))
	for size := uint64(mega); size < 1<<50; size *= 15 {
		chain = append(chain, copies(size, size*15, 15))
	}
	var wide []hostile
	for range 8 {
		wide = append(wide, blob(mega), copies(mega, 4*mega, 4))
	}
	for name, c := range map[string]struct {
		pack []byte
		says string
	}{
		"small":                       {packOf(t, 2, blob(mega), copies(mega, 4*mega, 4)), ""},
		"too many objects":            {packOf(t, math.MaxUint32), "more than the 100 allowed"},
		"fewer objects than it says":  {packOf(t, 3, blob(1)), "malformed"},
		"more than it says":           {packOf(t, 1, blob(1), blob(1)), "malformed"},
		"a large object":              {packOf(t, 1, blob(9*mega)), "an object of more than the 8388608 bytes allowed"},
		"an object of no end":         {packOf(t, 1, hostile{plumbing.BlobObject, 1, zeros(64 * mega)}), "malformed"},
		"large objects together":      {packOf(t, 5, many...), "more bytes than are allowed"},
		"deltas of deltas":            {packOf(t, uint32(len(chain)), chain...), "an object of more than the 8388608 bytes allowed"},
		"many deltas":                 {packOf(t, uint32(len(wide)), wide...), "more bytes than are allowed"},
		"a delta that makes more":     {packOf(t, 2, blob(mega), copies(mega, 2*mega, 500)), "invalid delta"},
		"a delta of something larger": {packOf(t, 2, blob(1), copies(mega, mega, 1)), "invalid delta"},
		"a delta as long as it likes": {packOf(t, 2, blob(1), hostile{plumbing.OFSDeltaObject, 64 * mega, zeros(64 * mega)}), "more bytes than are allowed"},
		"a delta without sizes":       {packOf(t, 2, blob(1), hostile{plumbing.OFSDeltaObject, 1, zeros(1)}), "malformed"},
		"a size of more than 64 bits": {append(packOf(t, 1)[:12], bytes.Repeat([]byte{0xbf}, 100)...), "malformed"},
		"nothing that is packed":      {append(packOf(t, 1)[:12], 0x31, 1, 2, 3), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			store, err := newStore(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			bounded := store.(boundedStore)
			bounded.bounds = bounds
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err = packfile.UpdateObjectStorage(bounded, bytes.NewReader(c.pack))
			runtime.ReadMemStats(&after)
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%v, want %q", err, c.says)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 128*mega {
				t.Errorf("%d bytes were allocated", took)
			}
		})
	}
}
