package ocidiff

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
)

// blobs are the contents of layers by their digests with compression.
type blobs map[digest.Digest][]byte

// add makes a layer of a content, as if it had been compressed in one way.
func (b blobs) add(content []byte, compression string) imagefacts.Layer {
	l := layer(string(content), compression)
	b[l.Descriptor.Digest] = content
	return l
}

func (b blobs) content() Content {
	return Content{
		Walk: func(l imagefacts.Layer, fn func(*tar.Header, io.Reader) error) (digest.Digest, error) {
			raw := b[l.Descriptor.Digest]
			for r := tar.NewReader(bytes.NewReader(raw)); ; {
				h, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return "", fmt.Errorf("%w: %w", ociread.ErrBroken, err)
				}
				if err := fn(h, r); err != nil {
					return "", err
				}
			}
			id := digest.FromBytes(raw)
			if l.DiffID != "" && l.DiffID.Algorithm() == digest.SHA256 && l.DiffID != id {
				return "", fmt.Errorf("%w: not the diffID", ociread.ErrBroken)
			}
			return id, nil
		},
		Open: func(desc ocispec.Descriptor) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(b[desc.Digest])), nil
		},
	}
}

// compareFiles gives the verdict and what differs in layers.
func (b blobs) compareFiles(t *testing.T, one, other *imagefacts.Node, ignore ...string) []string {
	t.Helper()
	parsed, err := ParseIgnore(ignore)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compare(Image{"a", one, b.content()}, Image{"b", other, b.content()}, Options{Ignore: parsed})
	if err != nil {
		return []string{err.Error()}
	}
	lines := []string{r.Verdict()}
	for _, d := range r.Differences {
		if d.Level == Files {
			lines = append(lines, d.line())
		} else {
			lines = append(lines, fmt.Sprintf("%s%s%s (%s)", strings.Join(append(slices.Clone(d.In), ""), "/ "), d.Level, d.Path, d.Cause))
		}
	}
	return lines
}

// file is an entry with a content and what change does to it.
type entry struct {
	tar.Header
	content string
}

func regular(name, content string, change ...func(*tar.Header)) entry {
	e := entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: time.Unix(1e9, 0), Size: int64(len(content)), Format: tar.FormatPAX}, content}
	for _, c := range change {
		c(&e.Header)
	}
	return e
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFiles(t *testing.T) {
	link := func(typeflag byte, target string) func(*tar.Header) {
		return func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = typeflag, target, 0 }
	}
	xattr := func(key, value string) func(*tar.Header) {
		return func(h *tar.Header) { h.PAXRecords = map[string]string{"SCHILY.xattr." + key: value} }
	}
	whiteout := regular("d/.wh.x", "")
	for _, test := range []struct {
		name   string
		a, b   []entry
		ignore []string
		want   string
	}{
		{name: "content", a: []entry{regular("x", "1")}, b: []entry{regular("/x", "22")},
			want: "different in files only|layers/0 (files)|~ /x: sha256 6b86b273ff34 → 785f3ec7eb32, size 1 → 2  (files)"},
		{name: "more and less", a: []entry{regular("x", ""), regular("y", "")}, b: []entry{regular("y", ""), regular("z", "", link(tar.TypeSymlink, "y"))},
			want: "different in files only|layers/0 (files)|- /x: gid 0, mode 0644, mtime 2001-09-09T01:46:40Z, sha256 e3b0c44298fc, size 0, type file, uid 0  (files)|" +
				"+ /z: gid 0, link y, mode 0644, mtime 2001-09-09T01:46:40Z, type symbolic link, uid 0  (files)"},
		{name: "mode and owner", a: []entry{regular("x", "")}, b: []entry{regular("x", "", func(h *tar.Header) { h.Mode, h.Uid, h.Gname = 0o4755, 1, "wheel" })},
			want: "different in files only|layers/0 (files)|~ /x: group none → wheel, mode 0644 → 4755, uid 0 → 1  (files)"},
		{name: "names of owners", a: []entry{regular("x", "")}, b: []entry{regular("x", "", func(h *tar.Header) { h.Uname = "root" })},
			want: "different in formatting only|layers/0 (formatting)|~ /x: user none → root  (formatting)"},
		{name: "names of owners and times", a: []entry{regular("x", "")}, b: []entry{regular("x", "", func(h *tar.Header) { h.Uname, h.ModTime = "root", time.Unix(0, 0) })},
			want: "different in file times only|layers/0 (file times)|~ /x: mtime 2001-09-09T01:46:40Z → 1970-01-01T00:00:00Z, user none → root  (file times)"},
		{name: "attributes", a: []entry{regular("x", "", xattr("security.capability", "\x01\x00"))}, b: []entry{regular("x", "", xattr("user.a/b", "1"))},
			want: "different in files only|layers/0 (files)|~ /x: xattrs/security.capability 0x0100 → none, xattrs/user.a/b none → 1  (files)"},
		{name: "only an attribute more", a: []entry{regular("x", "")}, b: []entry{regular("x", "", xattr("user.a", "1"))},
			want: "different in files only|layers/0 (files)|~ /x: xattrs/user.a none → 1  (files)"},
		{name: "name that a terminal obeys", a: []entry{regular("x", "")}, b: []entry{regular("x", "", xattr("user.\x1b[31m\u202e", "1"))},
			want: `different in files only|layers/0 (files)|~ /x: xattrs/user.\x1b[31m\u202e none → 1  (files)`},
		{name: "bytes and a text of their digits", a: []entry{regular("x", "", xattr("user.a", "\x01\xff"))}, b: []entry{regular("x", "", xattr("user.a", "0x01ff"))},
			want: "different in files only|layers/0 (files)|~ /x: xattrs/user.a 0x01ff → 0x307830316666  (files)"},
		{name: "a type of old", a: []entry{regular("x", "1", func(h *tar.Header) { h.Typeflag = tar.TypeCont })}, b: []entry{regular("x", "2", func(h *tar.Header) { h.Typeflag = tar.TypeCont })},
			want: "different in files only|layers/0 (files)|~ /x: sha256 6b86b273ff34 → d4735e3a265e  (files)"},
		{name: "long path", a: []entry{regular(strings.Repeat("a/", 3000)+"b", "")}, b: []entry{regular("x", "")},
			want: "too large: a path of more than 4096 bytes"},
		{name: "targets of links", a: []entry{regular("x", ""), regular("y", "", link(tar.TypeLink, "x"))}, b: []entry{regular("x", ""), regular("y", "", link(tar.TypeLink, "./x"))},
			want: "different in files only|layers/0 (files)|~ /y: link x → ./x  (files)"},
		{name: "parts of a second", a: []entry{regular("x", "")}, b: []entry{regular("x", "", func(h *tar.Header) { h.ModTime = time.Unix(1e9, 5e8) })},
			want: "different in file times only|layers/0 (file times)|~ /x: mtime 2001-09-09T01:46:40Z → 2001-09-09T01:46:40.5Z  (file times)"},
		{name: "ignored times", a: []entry{regular("x", "")}, b: []entry{regular("x", "", func(h *tar.Header) { h.ModTime = time.Unix(5, 0) })},
			ignore: []string{"file-times"}, want: "equal but for what is ignored"},
		{name: "ignored attribute", a: []entry{regular("x", "")}, b: []entry{regular("x", "1", func(h *tar.Header) { h.ModTime, h.Mode = time.Unix(5, 0), 0o600 })},
			ignore: []string{"attribute:mtime", "attribute:mode"}, want: "different in files only|layers/0 (files)|~ /x: sha256 e3b0c44298fc → 6b86b273ff34, size 0 → 1  (files)"},
		{name: "ignored files", a: []entry{regular("var/log/x", "")}, b: []entry{regular("var/log/y", "")},
			ignore: []string{"file:/var/log/*"}, want: "equal but for what is ignored"},
		{name: "whiteout", a: []entry{whiteout, regular("x", "")}, b: []entry{regular("x", "")},
			want: "different in whiteouts only|layers/0 (whiteouts)|- /d/.wh.x: type whiteout  (whiteouts)"},
		{name: "opaque folder", a: []entry{regular("x", "")}, b: []entry{regular("x", ""), regular("usr/.wh..wh..opq", "")},
			want: "different in whiteouts only|layers/0 (whiteouts)|+ /usr/.wh..wh..opq: type opaque whiteout  (whiteouts)"},
		{name: "what whiteouts say", a: []entry{whiteout}, b: []entry{regular("d/.wh.x", "", func(h *tar.Header) { h.Uid, h.ModTime = 7, time.Unix(1, 0) })},
			want: "different in formatting only|layers/0 (formatting)"},
		{name: "order of entries", a: []entry{regular("x", ""), regular("y", "")}, b: []entry{regular("y", ""), regular("x", "")},
			want: "different in formatting only|layers/0 (formatting)"},
		{name: "format of the archive", a: []entry{regular("x", "")}, b: []entry{regular("x", "", func(h *tar.Header) { h.Format = tar.FormatGNU; h.ModTime = time.Unix(1e9, 0) })},
			want: "different in formatting only|layers/0 (formatting)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := blobs{}
			one, other := b.add(archive(t, test.a...), "gzip"), b.add(archive(t, test.b...), "gzip")
			got := strings.Join(b.compareFiles(t, image("", user, one), image("", user, other), test.ignore...), "|")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLayering compares one layer with the same files in two, one of which hides something.
func TestLayering(t *testing.T) {
	b := blobs{}
	base := b.add(archive(t, regular("base", "")), "gzip")
	one := b.add(archive(t, regular("d/x", "1"), regular("d/y", "2"), regular("d/.wh.gone", "")), "gzip")
	low := b.add(archive(t, regular("d/x", "0"), regular("d/gone/a", "")), "gzip")
	high := b.add(archive(t, regular("d/x", "1"), regular("d/y", "2"), regular("d/.wh.gone", "")), "zstd")
	high = b.add(append(slices.Clone(b[high.Descriptor.Digest]), make([]byte, 512)...), "zstd")
	got := b.compareFiles(t, image("", user, base, one), image("", user, base, low, high))
	want := []string{"different in layering only", "layers/1 (layering)", "layers/2 (layering)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = b.compareFiles(t, image("", user, base), image("", user, base, low))
	if len(got) != 4 || got[0] != "different in files only" || !strings.HasPrefix(got[2], "+ /d/gone/a: ") || !strings.HasPrefix(got[3], "+ /d/x: ") {
		t.Errorf("%q", got)
	}
}

// TestOrder compares what is the same by its paths, and not once the entries lie over each other in their order.
func TestOrder(t *testing.T) {
	put := func(typeflag byte, name, target string) entry {
		return regular(name, "", func(h *tar.Header) { h.Typeflag, h.Linkname = typeflag, target })
	}
	link, hard := func(name, to string) entry { return put(tar.TypeSymlink, name, to) }, func(name, to string) entry { return put(tar.TypeLink, name, to) }
	folder := func(name string) entry { return put(tar.TypeDir, name, "") }
	later := func(h *tar.Header) { h.ModTime = time.Unix(2e9, 0) }
	for name, test := range map[string]struct {
		a, b [][]entry
		want string // verdict and what the first of the files is
	}{
		"a hard link to what is replaced": {
			a: [][]entry{{regular("x", "EVIL"), hard("app", "x"), regular("x", "GOOD")}}, b: [][]entry{{regular("x", "GOOD"), hard("app", "x")}}, want: "different in files only|~ /app: "},
		"with the same content": {
			a: [][]entry{{regular("x", "GOOD"), hard("app", "x"), regular("x", "GOOD")}}, b: [][]entry{{regular("x", "GOOD"), hard("app", "x")}}, want: "different in files only|~ /app: "},
		"replaced in another layer": {
			a: [][]entry{{regular("x", "EVIL"), hard("app", "x")}, {regular("x", "GOOD")}}, b: [][]entry{{regular("x", "GOOD"), hard("app", "x")}}, want: "different in files only|~ /app: "},
		"hard links to each other": {
			a: [][]entry{{regular("x", "EVIL"), hard("app", "x"), hard("x", "app")}}, b: [][]entry{{regular("x", "GOOD"), hard("app", "x"), hard("x", "app")}}, want: "different in files only|~ /app: "},
		"names of one file or two": {
			a:    [][]entry{{regular("x", "1"), hard("p", "x"), hard("q", "x"), regular("x", "1")}},
			b:    [][]entry{{regular("x", "1"), hard("p", "x"), regular("x", "1"), hard("q", "x"), regular("x", "1")}},
			want: "different in files only|~ /q: "},
		"a hard link before its target": {
			a: [][]entry{{hard("app", "x"), regular("x", "GOOD")}}, b: [][]entry{{regular("x", "GOOD"), hard("app", "x")}}, want: "different in files only|~ /app: "},
		"a hard link to itself": {
			a: [][]entry{{regular("x", "EVIL"), hard("x", "x")}}, b: [][]entry{{regular("x", "GOOD"), hard("x", "x")}}, want: "different in files only|"},
		"a folder replaced by a file": {
			a: [][]entry{{folder("d"), regular("d/f", ""), regular("d", ""), folder("d")}}, b: [][]entry{{folder("d"), regular("d/f", "")}}, want: "different in files only|+ /d/f: "},
		"a folder replaced in other layers": {
			a: [][]entry{{folder("d"), regular("d/f", "")}, {regular("d", "")}, {folder("d")}}, b: [][]entry{{folder("d"), regular("d/f", "")}}, want: "different in files only|- /d: "},
		"a folder of a lower layer replaced": {
			a: [][]entry{{folder("d"), regular("d/f", "")}, {regular("d", ""), folder("d")}}, b: [][]entry{{folder("d"), regular("d/f", "")}, {folder("d")}}, want: "different in files only|~ /d: "},
		"a link to a folder before and after": {
			a: [][]entry{{folder("e"), link("d", "e"), regular("d/f", "")}}, b: [][]entry{{folder("e"), regular("d/f", ""), link("d", "e")}}, want: "different in files only|- /e/f: "},
		"one file by two paths": {
			a:    [][]entry{{folder("e"), link("d", "/x/../e"), regular("d/f", "1"), regular("e/f", "2")}},
			b:    [][]entry{{folder("e"), link("d", "/x/../e"), regular("e/f", "2"), regular("d/f", "1")}},
			want: "different in files only|~ /e/f: "},
		"below a file": {
			a: [][]entry{{regular("d", ""), regular("d/f", "")}}, b: [][]entry{{regular("d/f", ""), regular("d", "")}}, want: "different in files only|"},
		"links in a circle": {
			a: [][]entry{{link("d", "d"), regular("d/f", ""), regular("x", "")}}, b: [][]entry{{link("d", "d"), regular("x", ""), regular("d/f", "")}}, want: "different in files only|"},
		"a whiteout of nothing": {
			a: [][]entry{{regular("d/.wh.", ""), regular("d/f", "")}}, b: [][]entry{{regular("d/f", ""), regular("d/.wh.", "")}}, want: "different in files only|"},
		"one file by two paths, if a lower layer has a link": {
			a: [][]entry{{regular("d/f", "1"), regular("e/f", "2")}}, b: [][]entry{{regular("e/f", "2"), regular("d/f", "1")}}, want: "different in files only|"},
		"the same with other times": {
			a: [][]entry{{regular("d/f", "1"), regular("e/f", "2")}}, b: [][]entry{{regular("e/f", "2"), regular("d/f", "1", later)}}, want: "different in files and file times|~ /d/f: mtime"},
		"one below the other": {
			a: [][]entry{{folder("e"), link("e/x", "/"), regular("d/x/f", "")}}, b: [][]entry{{regular("d/x/f", ""), folder("e"), link("e/x", "/")}}, want: "different in files only|"},
		"a hard link into a folder that is not there": {
			a: [][]entry{{hard("app", "d/x"), folder("e"), regular("e/x", "")}}, b: [][]entry{{folder("e"), regular("e/x", ""), hard("app", "d/x")}}, want: "different in files only|"},
		"a whiteout in one of two layers": {
			a: [][]entry{{regular("d/f", "")}, {regular("e/.wh.f", "")}}, b: [][]entry{{regular("d/f", ""), regular("e/.wh.f", "")}}, want: "different in files only|"},
		"what a folder has hidden that may have been a link": {
			a: [][]entry{{regular("d/f", "EVIL"), regular("d", "")}}, b: [][]entry{{regular("d/f", "GOOD"), regular("d", "")}}, want: "different in files only|"},
		"folders that the layer has": {
			a: [][]entry{{folder("d"), folder("e"), regular("d/f", "1"), regular("e/f", "2")}}, b: [][]entry{{folder("d"), folder("e"), regular("e/f", "2"), regular("d/f", "1")}}, want: "different in formatting only|"},
		"other names in folders that are not there": {
			a: [][]entry{{regular("d/f", "1"), regular("e/g", "2")}}, b: [][]entry{{regular("e/g", "2"), regular("d/f", "1")}}, want: "different in formatting only|"},
		"other times of the same order": {
			a: [][]entry{{regular("d/f", "1"), regular("e/f", "2")}}, b: [][]entry{{regular("d/f", "1", later), regular("e/f", "2")}}, want: "different in file times only|"},
		"hard links in any order": {
			a: [][]entry{{regular("x", ""), hard("p", "x"), hard("q", "x")}}, b: [][]entry{{regular("x", ""), hard("q", "x"), hard("p", "x")}}, want: "different in formatting only|"},
	} {
		b := blobs{}
		node := func(all [][]entry) *imagefacts.Node {
			var layers []imagefacts.Layer
			for _, entries := range all {
				layers = append(layers, b.add(archive(t, entries...), "gzip"))
			}
			return image("", user, layers...)
		}
		got := b.compareFiles(t, node(test.a), node(test.b))
		verdict, first, _ := strings.Cut(test.want, "|")
		if got[0] != verdict || !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, first) }) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestDiffIDs compares configurations that have more diff IDs than there are layers.
func TestDiffIDs(t *testing.T) {
	b := blobs{}
	l := b.add(archive(t, regular("x", "")), "gzip")
	more := image("", user, l, layer("another", ""))
	more.Layers = more.Layers[:1]
	got := b.compareFiles(t, image("", user, l), more)
	if !slices.Contains(got, "config/rootfs/diff_ids/1 (metadata)") {
		t.Errorf("%q", got)
	}
}

// TestOpaque hides with an opaque folder what is below it, and not what the same layer has there.
func TestOpaque(t *testing.T) {
	b := blobs{}
	one := b.add(archive(t, regular("d/.wh..wh..opq", ""), regular("d/new", "")), "gzip")
	low := b.add(archive(t, regular("d/old", "")), "gzip")
	high := b.add(archive(t, regular("d/new", ""), regular("d/.wh..wh..opq", "")), "gzip")
	if got := b.compareFiles(t, image("", user, one), image("", user, low, high)); got[0] != "different in layering only" {
		t.Errorf("%q", got)
	}
}

// TestConfirms reads layers that are said to be the same without compression.
func TestConfirms(t *testing.T) {
	b := blobs{}
	one, other := b.add(archive(t, regular("x", "1")), "gzip"), b.add(archive(t, regular("x", "1")), "zstd")
	want := []string{"different in compression and media types", "layers/0 (compression)", "layers/0/mediaType (media types)"}
	if diff := cmp.Diff(want, b.compareFiles(t, image("", user, one), image("", user, other))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	evil := b.add(archive(t, regular("x", "evil")), "zstd")
	evil.DiffID = one.DiffID
	if got := b.compareFiles(t, image("", user, one), image("", user, evil)); !strings.Contains(got[0], "not the diffID") {
		t.Errorf("%q", got)
	}
	one.DiffID = digest.SHA512.FromString("x")
	evil.DiffID = one.DiffID
	if got := b.compareFiles(t, image("", user, one), image("", user, evil)); !strings.Contains(got[0], "both configurations say the diff ID sha512:") {
		t.Errorf("%q", got)
	}
}

// TestArtifacts compares what is no image: a chart, whose layers have no diffIDs, JSON texts, and others.
func TestArtifacts(t *testing.T) {
	artifact := func(config string, layers ...imagefacts.Layer) *imagefacts.Node {
		n := image("", user, layers...)
		n.Config.Image, n.Config.Descriptor.Digest = false, digest.FromString(config)
		for i := range n.Layers {
			n.Layers[i].DiffID = ""
		}
		return n
	}
	media := func(l imagefacts.Layer, media string) imagefacts.Layer {
		l.Descriptor.MediaType = media
		return l
	}
	b := blobs{}
	chart := func(content, compression string) imagefacts.Layer {
		return media(b.add(archive(t, regular("app/Chart.yaml", content)), compression), "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
	}
	json := func(content string) imagefacts.Layer {
		return media(b.add([]byte(content), ""), "application/vnd.in-toto+json")
	}
	for _, test := range []struct {
		name string
		a, b imagefacts.Layer
		want string
	}{
		{"chart", chart("version: 1", "gzip"), chart("version: 2", "gzip"), "different in files only|layers/0 (files)|~ /app/Chart.yaml: sha256 "},
		{"compression of a chart", chart("version: 1", "gzip"), chart("version: 1", "gzip -9"), "different in compression only|layers/0 (compression)"},
		{"statement", json(`{"a":{"b":1},"c":2}`), json(`{"c":2,"a":{"b":3}}`), "different in files only|layer 0/ text/a/b (files)"},
		{"order of a statement", json(`{"a":1,"c":2}`), json(`{"c":2,"a":1}`), "different in formatting only|layer 0/ text (formatting)"},
		{"broken JSON", json(`{`), json(`{"`), "different in files only|layers/0 (files)"},
		{"program", media(b.add([]byte("\x00asm1"), ""), "application/wasm"), media(b.add([]byte("\x00asm2"), ""), "application/wasm"), "different in files only|layers/0 (files)"},
		{"said to be an archive", media(b.add([]byte("abc"), ""), "x.tar"), media(b.add([]byte("xyz"), ""), "x.tar"), "different in files only|layers/0 (files)"},
	} {
		got := strings.Join(b.compareFiles(t, artifact("", test.a), artifact("", test.b)), "|")
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

func TestManyFiles(t *testing.T) {
	b := blobs{}
	var one, other []entry
	for i := range maxDifferences + 5 {
		one, other = append(one, regular(fmt.Sprintf("d/%06d", i), "")), append(other, regular(fmt.Sprintf("d/%06d", i), "x"))
	}
	x, y := image("", user, b.add(archive(t, one...), "")), image("", user, b.add(archive(t, other...), ""))
	r, err := Compare(Image{"a", x, b.content()}, Image{"b", y, b.content()}, Options{})
	if err != nil || len(r.Differences) != maxDifferences+1 || r.Omitted != 5 || r.Differences[0].Level != Layers {
		t.Errorf("%v, %d differences, %d omitted", err, len(r.Differences), r.Omitted)
	}
	var out strings.Builder
	if err := r.Text(&out); err != nil || strings.Count(out.String(), "\n    ~ ") != maxShown || !strings.Contains(out.String(), "… and 9800 more\n") {
		t.Errorf("%v: %.2000s", err, out.String())
	}
}

// TestManyValues bounds what a JSON text can make of a report.
func TestManyValues(t *testing.T) {
	b := blobs{}
	list := func(value string) *imagefacts.Node {
		l := b.add([]byte("["+strings.Repeat(value+",", 2*maxDifferences)+"0]"), "")
		l.Descriptor.MediaType = "application/json"
		return image("", user, l)
	}
	r, err := Compare(Image{"a", list("1"), b.content()}, Image{"b", list("2"), b.content()}, Options{})
	if err != nil || len(r.Differences) > maxDifferences+1 || r.Omitted != maxDifferences {
		t.Errorf("%v, %d differences, %d omitted", err, len(r.Differences), r.Omitted)
	}
}

// TestHoles adds up what all layers of a comparison say to have: holes take no bytes of an archive.
func TestHoles(t *testing.T) {
	content := Content{Walk: func(l imagefacts.Layer, fn func(*tar.Header, io.Reader) error) (digest.Digest, error) {
		return l.DiffID, fn(&tar.Header{Name: l.DiffID.String(), Typeflag: tar.TypeReg, Size: 100 << 20}, strings.NewReader(""))
	}}
	of := func(side string, platforms int) *imagefacts.Node {
		var all []*imagefacts.Node
		for i := range platforms {
			all = append(all, named(fmt.Sprint(i), image("", user, layer(fmt.Sprint(side, i), ""))))
		}
		return index("", all...)
	}
	for platforms, want := range map[int]error{1: nil, 2: ociread.ErrTooLarge} {
		_, err := Compare(Image{"a", of("a", platforms), content}, Image{"b", of("b", platforms), content}, Options{})
		if !errors.Is(err, want) {
			t.Errorf("%d platforms: %v", platforms, err)
		}
	}
}

// TestHeld refuses to hold more of files than there is room for.
func TestHeld(t *testing.T) {
	s := newFileSet(&bounds{held: maxHeld - 1000, sizes: new(ociread.Sizes)}, nil)
	if err := s.add(0, &tar.Header{Name: "x"}, attributes{Type: "file"}); err != nil {
		t.Fatal(err)
	}
	if err := s.add(0, &tar.Header{Name: "y"}, attributes{Type: "file", Link: strings.Repeat("x", 1000)}); !errors.Is(err, ociread.ErrTooLarge) {
		t.Error(err)
	}
}
