package ociread

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// handLayout writes a layout whose only entry is a document as it is given. blobs are other blobs of it.
func handLayout(t testing.TB, mediaType, document string, blobs ...string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, content string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, blob := range append(blobs, document) {
		put("blobs/sha256/"+digest.FromString(blob).Encoded(), blob)
	}
	put("index.json", fmt.Sprintf(`{"schemaVersion":2,"manifests":[{"mediaType":%q,"digest":%q,"size":%d}]}`, mediaType, digest.FromString(document), len(document)))
	return dir
}

func descriptor(mediaType, blob string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, digest.FromString(blob), len(blob))
}

// TestRefusesDocuments reads documents that readers would differ about, and those that are no images.
func TestRefusesDocuments(t *testing.T) {
	config := `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`
	entry := descriptor(ocispec.MediaTypeImageConfig, config)
	manifest := func(more string) string { return `{"schemaVersion":2,"config":` + entry + more + `}` }
	for _, test := range []struct {
		document string
		kind     error
		want     string
	}{
		{manifest(`,"layers":[],"manifests":[]`), ErrBroken, "both an index and a manifest"},
		{`{"config":` + entry + `,"manifests":[]}`, ErrBroken, "both an index and a manifest"},
		{manifest(`,"layers":[],"layers":[]`), ErrBroken, `the key "layers" stands twice`},
		{manifest(`,"layers":[],"Layers":[]`), ErrBroken, `the key "Layers" is not written "layers"`},
		{manifest(`,"layers":[{"digest":"` + digest.FromString("a").String() + `","Digest":"` + digest.FromString("b").String() + `","size":1}]`), ErrBroken, `the key "Digest" is not written "digest"`},
		{`{"manifests":[{"digest":"` + digest.FromString("a").String() + `","size":1,"platform":{"os":"linux","architecture":"arm64","Architecture":"amd64"}}]}`, ErrBroken, `the key "Architecture" is not written "architecture"`},
		{`{"config":` + strings.Replace(entry, "size", "\u017fize", 1) + `,"layers":[]}`, ErrBroken, `is not written "size"`},
		{manifest(`,"layers":[],"x":1,"X":2`), ErrBroken, "stands twice"},
		{manifest(`,"Layers":[]`), ErrBroken, `the key "Layers" is not written "layers"`},
		{manifest(`,"layerſ":[]`), ErrBroken, `is not written "layers"`},
		{manifest(`,"layers":[],"mediaType":"application/vnd.oci.image.index.v1+json"`), ErrBroken, "said to be application/vnd.oci.image.index.v1+json, but it is not"},
		{manifest(`,"layers":[{"digest":"sha256:../../../etc/passwd","size":1}]`), ErrBroken, "layer 1 has the digest"},
		{manifest(`,"layers":[{"digest":"md5:d41d8cd98f00b204e9800998ecf8427e","size":1}]`), ErrBroken, "layer 1 has the digest"},
		{manifest(`,"layers":[{"digest":"` + digest.FromString("").String() + `","size":-1}]`), ErrBroken, "below zero"},
		{manifest(`,"layers":{}`), ErrBroken, "reading the manifest"},
		{manifest(`,"layers":[]`) + "x", ErrBroken, "not valid JSON"},
		{`{"schemaVersion":2,"config":`, ErrBroken, "not valid JSON"},
		{`{"schemaVersion":1,"fsLayers":[]}`, ErrNotImage, "Docker's first format"},
		{`{"hello":1}`, ErrNotImage, "neither an index nor a manifest"},
		{`[]`, ErrNotImage, "neither an index nor a manifest"},
		{``, ErrBroken, "not valid JSON"},
		{"\x00\x01", ErrBroken, "not valid JSON"},
		{manifest(`,"layers":[],"annotations":` + strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)), ErrTooLarge, "nested more than"},
		{manifest(`,"layers":[` + strings.Repeat("{},", 210_000) + `{}]`), ErrTooLarge, "more values"},
		{manifest(`,"layers":[` + strings.Repeat(entry+",", 10_001) + entry + `]`), ErrTooLarge, "a manifest of 10002 layers"},
		{`{"config":` + descriptor("application/vnd.cncf.helm.config.v1+json", config) + `,"layers":[]}`, ErrNotImage, "an artifact with a configuration of application/vnd.cncf.helm.config.v1+json"},
	} {
		err := readEverything(t.Context(), "oci:"+handLayout(t, "", test.document, config), defaultLimits)
		checkError(t, err, test.kind, test.want)
		if err != nil && len(err.Error()) > 8<<10 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	}
	for config, want := range map[string]string{
		`{"config":{"User":"1","user":"0"}}`: `"user" is not written "User"`, `{"config":{"user":"0"}}`: `"user" is not written "User"`, `{"CONFIG":{}}`: `is not written "config"`,
		`{"config":{"Labels":{"a":"1","a":"2"}}}`: "stands twice", `{"history":[{"Empty_layer":true}]}`: `is not written "empty_layer"`,
		"{\"os\":\"linux\xff\"}": "not in UTF-8",
	} {
		document := `{"config":` + descriptor(ocispec.MediaTypeImageConfig, config) + `,"layers":[]}`
		checkError(t, readEverything(t.Context(), "oci:"+handLayout(t, "", document, config), defaultLimits), ErrBroken, want)
	}
	labels := `{"config":{"Labels":{"a":"1","A":"2","User":"3","user":"4"},"ExposedPorts":{"80/tcp":{"a":1,"A":2}}}}`
	if err := readEverything(t.Context(), "oci:"+handLayout(t, "", `{"config":`+descriptor(ocispec.MediaTypeImageConfig, labels)+`,"layers":[]}`, labels), defaultLimits); err != nil {
		t.Errorf("labels that differ in case: %v", err)
	}
}

// TestLargeDocuments refuses them by the size that they say to have, or by their bytes.
func TestLargeDocuments(t *testing.T) {
	large := `{"a":"` + strings.Repeat("x", 17<<20) + `"}`
	document := `{"config":` + descriptor(ocispec.MediaTypeImageConfig, large) + `,"layers":[]}`
	fails(t, "oci:"+handLayout(t, "", document, large), ErrTooLarge, "are the limit for a document")
	fails(t, "oci:"+handLayout(t, "", large), ErrTooLarge, "are the limit")
	lying := strings.Replace(document, fmt.Sprint(len(large)), "20", 1)
	fails(t, "oci:"+handLayout(t, "", lying, large), ErrBroken, "longer than the 20 bytes")
	lying = strings.Replace(document, fmt.Sprint(len(large)), fmt.Sprint(7<<60), 1)
	fails(t, "oci:"+handLayout(t, "", lying), ErrTooLarge, "limit")
}

// TestDamage changes one blob after the other of a layout, in three ways.
func TestDamage(t *testing.T) {
	img := imageOf(t, "linux/amd64", newLayer(t, Gzip, entries(t, "a=1")), newLayer(t, Zstd, entries(t, "b=1")), newLayer(t, "", entries(t, "c=1")))
	dir := layoutOf(t, img)
	blobs, _ := filepath.Glob(filepath.Join(dir, "blobs/sha256/*"))
	if len(blobs) != 5 {
		t.Fatalf("%d blobs", len(blobs))
	}
	for _, blob := range blobs {
		good, _ := os.ReadFile(blob)
		flipped := bytes.Clone(good)
		flipped[len(flipped)/2] ^= 1
		for what, bad := range map[string][]byte{"changed": flipped, "cut off": good[:len(good)/2], "longer": append(bytes.Clone(good), 'x'), "empty": nil} {
			os.WriteFile(blob, bad, 0o600)
			err := readEverything(t.Context(), "oci:"+dir, defaultLimits)
			checkError(t, err, ErrBroken, filepath.Base(blob))
			if t.Failed() {
				t.Fatalf("%s %s", blob, what)
			}
		}
		os.WriteFile(blob, good, 0o600)
	}
	if err := readEverything(t.Context(), "oci:"+dir, defaultLimits); err != nil {
		t.Error(err)
	}
}

// TestDiffID compares layers with the configuration.
func TestDiffID(t *testing.T) {
	other := newLayer(t, Gzip, entries(t, "a=1"))
	other.content = entries(t, "a=2")
	fails(t, "oci:"+layoutOf(t, imageOf(t, "linux/amd64", other)), ErrBroken, "the configuration says")
	config := `{"rootfs":{"diff_ids":["` + digest.FromString("x").String() + `"]}}`
	fails(t, "oci:"+handLayout(t, "", `{"config":`+descriptor(ocispec.MediaTypeImageConfig, config)+`,"layers":[]}`, config), ErrBroken, "0 layers, and the configuration 1")

	content := string(entries(t, "a=1"))
	for id, want := range map[string]string{
		"x": `the diff ID "x" for layer 1`, "": `the diff ID "" for layer 1`, "md5:d41d8cd98f00b204e9800998ecf8427e": `the diff ID "md5:`, "sha256:aa": `the diff ID "sha256:`,
		"sha512:" + strings.Repeat("a", 128): "the configuration says sha512:aaa", "sha384:" + strings.Repeat("a", 96): "the configuration says sha384:aaa",
		digest.SHA512.FromString(content).String(): "", digest.SHA384.FromString(content).String(): "",
	} {
		config := fmt.Sprintf(`{"rootfs":{"diff_ids":[%q]}}`, id)
		document := `{"config":` + descriptor(ocispec.MediaTypeImageConfig, config) + `,"layers":[` + descriptor(ocispec.MediaTypeImageLayer, content) + `]}`
		dir := "oci:" + handLayout(t, "", document, config, content)
		if want != "" {
			fails(t, dir, ErrBroken, want)
		} else if err := readEverything(t.Context(), dir, defaultLimits); err != nil {
			t.Error(err)
		}
	}
}

// zeros is a stream of so many of them.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestBombs stops at limits, before all of a layer is read.
func TestBombs(t *testing.T) {
	small := defaultLimits
	small.layer, small.free, small.ratio, small.files, small.names, small.steps = 8<<20, 1<<20, 50, 1000, 32<<10, 20_000
	var bomb bytes.Buffer
	io.Copy(&bomb, zeros(4<<20))
	file := tarOf(t, map[string]string{"a": bomb.String()}, &tar.Header{Name: "a", Typeflag: tar.TypeReg})
	links := "d0/\n l0->d0\n"
	for i := range 38 {
		links += fmt.Sprintf("l%d->l%d/./././././././././././././././././././.\n", i+1, i)
	}
	links += strings.Repeat("l38/a=1\n", 300)
	for name, test := range map[string]struct {
		layer madeLayer
		want  string
	}{
		"ratio of gzip": {newLayer(t, Gzip, file), "one part in 50"},
		"ratio of zstd": {newLayer(t, Zstd, file), "one part in 50"},
		"after the end": {newLayer(t, Gzip, append(entries(t, "a=1"), bomb.Bytes()...)), "one part in 50"},
		"bytes":         {newLayer(t, "", append(entries(t, "a=1"), make([]byte, 9<<20)...)), "more than 8388608 bytes"},
		"claims":        {newLayer(t, Gzip, claim(t, 1<<40)), "files of more than 8388608 bytes"},
		"holes":         {newLayer(t, Gzip, claim(t, 4<<20)), "one part in 50"},
		"files":         {newLayer(t, Gzip, entries(t, strings.Repeat("a\n", 1001))), "more than 1000 files"},
		"parents":       {newLayer(t, Gzip, entries(t, strings.Repeat("a/", 999)+"b=1\n c=1")), "more than 1000 files"},
		"names":         {newLayer(t, Gzip, entries(t, strings.Repeat(strings.Repeat("x", 300)+"\n", 200))), "names and attributes"},
		"links":         {newLayer(t, Gzip, entries(t, links)), "takes too long"},
	} {
		err := readEverything(t.Context(), "oci:"+layoutOf(t, imageOf(t, "linux/amd64", test.layer)), small)
		if checkError(t, err, ErrTooLarge, test.want); t.Failed() {
			t.Fatal(name)
		}
	}
	half := newLayer(t, "", append(entries(t, "a=1"), make([]byte, 5<<20)...))
	err := readEverything(t.Context(), "oci:"+layoutOf(t, imageOf(t, "linux/amd64", half, half)), small)
	checkError(t, err, ErrTooLarge, "an image of more than")
	// Each has less holes than a layer may have for nothing.
	hole := newLayer(t, Gzip, sparseFile(t, 900<<10))
	err = readEverything(t.Context(), "oci:"+layoutOf(t, imageOf(t, "linux/amd64", hole)), small)
	if err != nil {
		t.Error(err)
	}
	err = readEverything(t.Context(), "oci:"+layoutOf(t, imageOf(t, "linux/amd64", hole, hole)), small)
	checkError(t, err, ErrTooLarge, "one part in 50")
}

// sparseFile is an archive whose only file is a hole.
func sparseFile(t testing.TB, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	// Package tar writes no sparse files, so the records get their names once they are in the archive.
	records := map[string]string{"GNU_sparse.major": "1", "GNU_sparse.minor": "0", "GNU_sparse.name": "a", "GNU_sparse.realsize": fmt.Sprint(size)}
	content := make([]byte, 512)
	copy(content, "0\n")
	err := w.WriteHeader(&tar.Header{Name: "a", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatPAX, PAXRecords: records})
	if err == nil {
		_, err = w.Write(content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("GNU_sparse"), []byte("GNU.sparse"))
}

// claim is an archive whose only file says to be large.
func claim(t testing.TB, size int64) []byte {
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: size}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestManyLayers reads as many as a manifest may have.
func TestManyLayers(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	blob := string(compress(t, Gzip, entries(t, "a=1\n .wh..wh..opq")))
	id := digest.FromBytes(entries(t, "a=1\n .wh..wh..opq")).String()
	const n = 10_000
	config := `{"rootfs":{"diff_ids":["` + id + `"` + strings.Repeat(`,"`+id+`"`, n-1) + `]}}`
	layer := descriptor(ocispec.MediaTypeImageLayerGzip, blob)
	document := `{"config":` + descriptor(ocispec.MediaTypeImageConfig, config) + `,"layers":[` + layer + strings.Repeat(","+layer, n-1) + `]}`
	if err := readEverything(t.Context(), "oci:"+handLayout(t, "", document, config, blob), defaultLimits); err != nil {
		t.Error(err)
	}
}

// TestBrokenLayers reads layers whose bytes are what their digest says, and no layers.
func TestBrokenLayers(t *testing.T) {
	good := entries(t, "a="+strings.Repeat("x", 2000))
	cut := compress(t, Gzip, good)
	for _, test := range []struct {
		layer madeLayer
		want  string
	}{
		{newLayer(t, "", []byte(strings.Repeat("not a tar archive ", 100))), "not a tar archive"},
		{newLayer(t, Gzip, good[:700]), "cut off"},
		{madeLayer{blob: cut[:len(cut)-9], content: good, media: types.OCILayer}, "reading gzip"},
		{madeLayer{blob: []byte("\x1f\x8bxx"), content: good, media: types.OCILayer}, "reading gzip"},
		{madeLayer{blob: []byte("\x28\xb5\x2f\xfdxx"), content: good, media: types.OCILayerZStd}, "reading zstd"},
		{newLayer(t, Gzip, tarOf(t, nil, &tar.Header{Name: "a", Typeflag: 'V'})), "no runtime takes"},
	} {
		fails(t, "oci:"+layoutOf(t, imageOf(t, "linux/amd64", test.layer)), ErrBroken, test.want)
	}
}

// TestBrokenArchives reads files that are no archives of images.
func TestBrokenArchives(t *testing.T) {
	pack := func(lines string) string { return write(t, entries(t, lines)) }
	config := `{"rootfs":{"diff_ids":[]}}`
	for _, test := range []struct {
		format, file string
		kind         error
		want         string
	}{
		{"oci-archive:", write(t, compress(t, Gzip, entries(t, "a=1"))), ErrNotImage, "compressed with gzip: unpack that first"},
		{"oci-archive:", write(t, []byte(strings.Repeat("text", 1000))), ErrNotImage, "not a tar archive"},
		{"oci-archive:", write(t, entries(t, "a=1\n b=2")[:1100]), ErrNotImage, "cut off"},
		{"oci-archive:", pack("a=1"), ErrNotImage, "lacks index.json"},
		{"docker-archive:", pack("a=1"), ErrNotImage, "neither index.json nor manifest.json"},
		{"oci-archive:", pack("index.json={}\n index.json={}"), ErrBroken, "index.json twice"},
		{"oci-archive:", pack("index.json->a\n a->index.json"), ErrNotImage, "lacks index.json"},
		{"oci-archive:", pack(`index.json={"manifests":[]}`), ErrNotFound, "empty"},
		{"docker-archive:", pack("manifest.json={}"), ErrBroken, "reading manifest.json"},
		{"docker-archive:", pack(`manifest.json=[{"Config":"../../../etc/passwd"}]`), ErrBroken, "lacks what its manifest.json names"},
		{"docker-archive:", pack(`manifest.json=[{"Config":"c","Layers":["l"]}]` + "\nc=" + config), ErrBroken, "0 layers, and manifest.json 1"},
		{"oci-archive:", t.TempDir(), ErrNotImage, "not a regular file"},
		{"oci:", pack("a=1"), nil, "not a directory"},
	} {
		fails(t, test.format+test.file, test.kind, test.want)
	}
}

// TestLayoutEscapes follows no link out of a layout.
func TestLayoutEscapes(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, []byte(`{"manifests":[]}`))
	if err := os.Symlink(secret, filepath.Join(dir, "index.json")); err != nil {
		t.Fatal(err)
	}
	fails(t, "oci:"+dir, nil, "escapes")
}

// TestIndexBomb counts documents that are read again and again.
func TestIndexBomb(t *testing.T) {
	few := defaultLimits
	few.entries = 50
	index := indexOf(t, imageOf(t, "linux/amd64"))
	for range 3 {
		wide := indexOf(t)
		for i := range 5 {
			add := mutate.IndexAddendum{Add: index}
			add.Annotations = map[string]string{"n": fmt.Sprint(i)}
			wide = mutate.AppendManifests(wide, add)
		}
		index = wide
	}
	err := readEverything(t.Context(), "oci:"+layoutOf(t, index), few)
	checkError(t, err, ErrTooLarge, "more than 50 indexes and manifests")
}
