package ocidiff

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
)

// layer is a layer with a content, as it is when it was compressed in one way.
func layer(content, compression string) imagefacts.Layer {
	l := imagefacts.Layer{
		Descriptor: ocispec.Descriptor{MediaType: "tar+" + compression, Digest: digest.FromString(content + compression), Size: int64(len(content))},
		DiffID:     digest.FromString(content),
	}
	return with(l, func(*ocispec.Descriptor) {})
}

// image is a manifest that says nothing but its annotations; config are the fields of the configuration beside the layers.
func image(annotations, config string, layers ...imagefacts.Layer) *imagefacts.Node {
	var ids, blobs []string
	for _, l := range layers {
		ids = append(ids, `"`+l.DiffID.String()+`"`)
		blobs = append(blobs, string(l.Entry))
	}
	raw := fmt.Sprintf(`{%s,"rootfs":{"type":"layers","diff_ids":[%s]}}`, config, strings.Join(ids, ","))
	desc := ocispec.Descriptor{MediaType: "config", Digest: digest.FromString(raw)}
	text, _ := json.Marshal(desc)
	manifest := fmt.Sprintf(`{"config":%s,"layers":[%s],"annotations":{%s}}`, text, strings.Join(blobs, ","), annotations)
	return &imagefacts.Node{
		Descriptor: ocispec.Descriptor{MediaType: "manifest", Digest: digest.FromString(manifest)}, Raw: []byte(manifest),
		Config: &imagefacts.Config{Descriptor: desc, Entry: text, Raw: []byte(raw), Image: true}, Layers: layers,
	}
}

// index is one of named nodes. Its entries have their digests.
func index(more string, children ...*imagefacts.Node) *imagefacts.Node {
	var entries []string
	for _, n := range children {
		n.Entry = []byte(fmt.Sprintf(`{"digest":%q}`, n.Descriptor.Digest))
		entries = append(entries, string(n.Entry))
	}
	raw := fmt.Sprintf(`{"manifests":[%s]%s}`, strings.Join(entries, ","), more)
	return &imagefacts.Node{Descriptor: ocispec.Descriptor{MediaType: "index", Digest: digest.FromString(raw)}, Raw: []byte(raw), Children: children}
}

func named(name string, n *imagefacts.Node) *imagefacts.Node {
	n.Name, n.Attestation = name, strings.HasPrefix(name, "attestation")
	return n
}

// respelled is a node whose document is written in another way.
func respelled(n *imagefacts.Node) *imagefacts.Node {
	n.Raw = append([]byte(" "), n.Raw...)
	n.Descriptor.Digest = digest.FromBytes(n.Raw)
	return n
}

// saved is a node as an archive of docker save has it, without its manifest.
func saved(n *imagefacts.Node) *imagefacts.Node {
	n.Made = true
	n.Descriptor.MediaType += " of Docker"
	n.Config.Descriptor.MediaType += " of Docker"
	for i := range n.Layers {
		n.Layers[i].Descriptor.MediaType += " of Docker"
	}
	return respelled(n)
}

// with is a layer of which more is said.
func with(l imagefacts.Layer, change func(*ocispec.Descriptor)) imagefacts.Layer {
	change(&l.Descriptor)
	l.Entry, _ = json.Marshal(l.Descriptor)
	return l
}

// unknown is a layer whose descriptor has more fields than there are.
func unknown(l imagefacts.Layer, fields string) imagefacts.Layer {
	l.Entry = []byte(strings.TrimSuffix(string(l.Entry), "}") + "," + fields + "}")
	return l
}

// compare compares documents without what is in layers.
func compare(t *testing.T, a, b *imagefacts.Node, ignore Ignore) Report {
	t.Helper()
	r, err := Compare(Image{Reference: "a", Root: a}, Image{Reference: "b", Root: b}, Options{Ignore: ignore})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const user = `"created":"2026-01-01T00:00:00Z","config":{"User":"1","Env":["A=1","B=2"],"Labels":{"x/y":"1"}}`

func TestCompare(t *testing.T) {
	one, two := layer("one", "gzip"), layer("two", "gzip")
	changed := func(old, new string) string { return strings.Replace(user, old, new, 1) }
	for _, test := range []struct {
		name string
		a, b *imagefacts.Node
		want string
	}{
		{"identical", image("", user, one), image("", user, one), "identical"},
		{"formatting", image("", user, one), respelled(image("", user, one)), "different in formatting only| manifest "},
		{"formatting of the configuration", image("", user, one), image("", changed(`"config":`, `"config": `), one), "different in formatting only| config "},
		{"order of keys", image("", user, one), image("", changed(`"User":"1","Env":["A=1","B=2"]`, `"Env":["A=1","B=2"],"User":"1"`), one), "different in formatting only| config "},
		{"order of variables", image("", user, one), image("", changed(`"A=1","B=2"`, `"B=2","A=1"`), one), "different in formatting only| config "},
		{"variable", image("", user, one), image("", changed(`"B=2"`, `"B=3"`), one), "different in metadata only| config /config/Env/B"},
		{"created", image("", user, one), image("", changed("2026", "2027"), one), "different in metadata only| config /created"},
		{"label", image("", user, one), image("", changed(`"x/y":"1"`, `"x/y":"2","z":"3"`), one), "different in metadata only| labels /x~1y| labels /z"},
		{"field that one lacks", image("", user, one), image("", changed(`"User":"1",`, ""), one), "different in metadata only| config /config/User"},
		{"annotation", image(`"a":"1"`, user, one), image(`"a":"2"`, user, one), "different in metadata only| annotations /a"},
		{"compression", image("", user, one), image("", user, layer("one", "gzip2")), "different in compression and media types| layers /0| layers /0/mediaType"},
		{"what else is said of a layer", image("", user, one), image("", user, with(one, func(d *ocispec.Descriptor) { d.URLs, d.Annotations = []string{"u"}, map[string]string{"a/b": "1"} })),
			"different in metadata only| layers /0/annotations/a~1b| layers /0/urls"},
		{"a field that nobody knows", image("", user, unknown(one, `"x":{"y":1}`)), image("", user, unknown(one, `"x":{"y":2},"z":0`)), "different in metadata only| layers /0/x/y| layers /0/z"},
		{"a field that says nothing", image("", user, one), image("", user, unknown(one, `"annotations":{},"urls":null`)), "different in formatting only| manifest "},
		{"files", image("", user, one, two), image("", user, one, layer("other", "gzip")), "different in files only| layers /1"},
		{"a layer more", image("", user, one, two), image("", user, one, layer("three", "gzip"), two), "different in files only| layers /1"},
		{"a layer less", image("", user, one, two), image("", user, two), "different in files only| layers /0"},
		{
			"platforms", index("", named("linux/amd64", image("", user, one)), named("linux/arm64", image("", user, one))),
			index("", named("linux/amd64", image("", user, two)), named("linux/s390x", image("", user, one))),
			"different in platforms and files|linux/amd64 layers /0|linux/arm64 index |linux/s390x index ",
		},
		{
			"attestation", index("", named("linux/amd64", image("", user, one)), named("attestation of linux/amd64", image("", user, one))),
			index("", named("linux/amd64", image("", user, one)), named("attestation of linux/amd64", image("", user, two))),
			"different in attestation only|attestation of linux/amd64 layers /0",
		},
		{"annotation of the index", index(`,"annotations":{"a":"1"}`), index(`,"annotations":{"a":"2"}`), "different in metadata only| annotations /a"},
		{"order of an index", index("", named("x", image("", user, one)), named("y", image("", user, two))),
			index("", named("y", image("", user, two)), named("x", image("", user, one))), "different in formatting only| index "},
		{"index and image", index("", named("x", image("", user, one))), image("", user, two), "different in platforms and files| index | layers /0"},
		{"saved by docker", image(`"a":"1"`, user, one), saved(image("", user, one)), "equal"},
		{"saved by docker, of other files", image("", user, one), saved(image("", user, two)), "different in files only| layers /0"},
		{"missing", index("", named("x", &imagefacts.Node{Missing: errors.New("gone")})), index("", named("x", image("", user, one))), "different in documents that cannot be read only|x manifest "},
		{"missing beside others", index("", named("x", &imagefacts.Node{Missing: errors.New("gone")}), named("y", image("", user, one))),
			index("", named("x", image("", user, one)), named("y", image("", user, two))), "different in documents that cannot be read and files|x manifest |y layers /0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, side := range [][2]*imagefacts.Node{{test.a, test.b}, {test.b, test.a}} {
				r := compare(t, side[0], side[1], nil)
				got := []string{r.Verdict()}
				for _, d := range r.Differences {
					got = append(got, strings.Join(d.In, " / ")+" "+string(d.Level)+" "+d.Path)
				}
				want := test.want
				if side[0] == test.b && test.name == "platforms" {
					want = "different in platforms and files|linux/amd64 layers /0|linux/s390x index |linux/arm64 index "
				}
				if diff := cmp.Diff(want, strings.Join(got, "|")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if r.Equal != (len(r.Differences) == 0) || r.Identical != (test.name == "identical") {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

func TestIgnore(t *testing.T) {
	a := image(`"a.b":"1","org.opencontainers.image.created":"1"`, user)
	b := image(`"a.b":"2","org.opencontainers.image.created":"2"`, strings.NewReplacer("2026", "2027", `"x/y":"1"`, `"x/y":"2"`, `"User":"1"`, `"User":"2"`).Replace(user))
	for list, want := range map[string]int{
		"": 5, "created": 3, "annotation:*": 3, "annotation:a.b": 4, "annotation:a.*": 4, "label:x/y": 4, "label:y": 5, "config:/config/User": 4, "config:*": 3,
		"formatting": 5, "created,annotation:*,label:*,config:*er": 0,
	} {
		ignore, err := ParseIgnore(strings.FieldsFunc(list, func(r rune) bool { return r == ',' }))
		if err != nil {
			t.Fatal(err)
		}
		if r := compare(t, a, b, ignore); len(r.Differences) != want || r.Ignored != 5-want || r.Equal != (want == 0) {
			t.Errorf("%s: %d left, %d ignored", list, len(r.Differences), r.Ignored)
		}
	}
	for bad, help := range map[string]string{
		"annotations": "", "x:y": "", "": "", "digest": "", "annotatoin:a*": `did you mean "annotation:a*"?`, "crated": `did you mean "created"?`,
		"media-type": `did you mean "media-types"?`, "attribute:mtme": `none of type, mode`, "attribute:xattr": `did you mean "xattrs"?`, "attribute:": "",
	} {
		if _, err := ParseIgnore([]string{bad}); err == nil || !strings.Contains(err.Error(), help) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, word := range IgnoreWords() {
		if strings.HasPrefix(word, "attribute") {
			word += "mtime"
		}
		if _, err := ParseIgnore([]string{word}); err != nil || !strings.Contains(IgnoreHelp, strings.TrimSuffix(word, ":")) && !strings.HasSuffix(word, ":") {
			t.Errorf("%q: %v", word, err)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"a*", "ab", true}, {"*b", "ab", true}, {"a*c*e", "abcde", true}, {"a*c*e", "abde", false}, {"a", "ab", false}, {"ab*ba", "aba", false}, {"**", "x", true},
	} {
		if got := glob(test.pattern, test.text); got != test.want {
			t.Errorf("%s, %s: %v", test.pattern, test.text, got)
		}
	}
}

// TestText shows values as they can do no harm in a terminal.
func TestText(t *testing.T) {
	a := index("", named("linux/amd64", image("", user, layer("one", "gzip"))))
	b := index("", named("linux/amd64", image(`"evil":"\u001b[2J"`, strings.Replace(user, `"1"`, `"0:0"`, 1), layer("two", "gzip"))))
	var out strings.Builder
	r := compare(t, a, b, nil)
	r.A.Reference = "first\x1b[2J"
	if err := r.Text(&out); err != nil {
		t.Fatal(err)
	}
	d := func(s string) string { return digest.FromString(s).String() }
	want := `different in files and metadata
  ` + a.Descriptor.Digest.String() + `  first\x1b[2J
  ` + b.Descriptor.Digest.String() + `  b

linux/amd64
  annotations
    /evil: none → "\u001b[2J"  (metadata)
  config
    /config/User: "1" → "0:0"  (metadata)
  layers
    /0: ` + d("onegzip")[:19] + `, 3 bytes → ` + d("twogzip")[:19] + `, 3 bytes  (files)
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
