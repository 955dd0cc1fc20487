package ocidiff

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/testing/sariftest"
)

// several compares images with the first of them.
func (b blobs) several(t *testing.T, first *imagefacts.Node, others ...*imagefacts.Node) Result {
	t.Helper()
	result := Result{Version: Version}
	for i, other := range others {
		r, err := Compare(Image{"one", first, b.content()}, Image{[]string{"two", "three<script>\u202e"}[i], other, b.content()}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		result.Comparisons = append(result.Comparisons, r)
	}
	return result
}

func threeImages(t *testing.T, b blobs) (one, two, three *imagefacts.Node) {
	changed := strings.Replace(user, `"User":"1"`, `"User":"<b>0</b>\u202e"`, 1)
	l := b.add(archive(t, regular("x", "1"), regular("old", "")), "gzip")
	other := b.add(archive(t, regular("x", "22")), "gzip")
	return index("", named("linux/amd64", image("", user, l))), index("", named("linux/amd64", image("", user, other))), index("", named("linux/amd64", image("", changed, l)))
}

func TestTable(t *testing.T) {
	b := blobs{}
	one, two, three := threeImages(t, b)
	var out strings.Builder
	if err := b.several(t, one, two, three).Table(&out); err != nil {
		t.Fatal(err)
	}
	x, y := one.Children[0].Layers[0].Descriptor, two.Children[0].Layers[0].Descriptor
	want := "1  " + one.Descriptor.Digest.String() + "  one\n" +
		"2  " + two.Descriptor.Digest.String() + "  two: different in files only\n" +
		"3  " + three.Descriptor.Digest.String() + `  three<script>\u202e: different in metadata only

┌───────────────────────┬─────────────────────────────────┬─────────────────────────────────┬──────────────────┐
│                       │ 1                               │ 2                               │ 3                │
├───────────────────────┼─────────────────────────────────┼─────────────────────────────────┼──────────────────┤
│ linux/amd64           │                                 │                                 │                  │
│   layers /0           │ ` + string(x.Digest[:19]) + `, 2560 bytes │ ` + string(y.Digest[:19]) + `, 2048 bytes │ =                │
│   config /config/User │ "1"                             │ =                               │ "<b>0</b>\u202e" │
├───────────────────────┼─────────────────────────────────┼─────────────────────────────────┼──────────────────┤
│ linux/amd64 / layer 0 │                                 │                                 │                  │
│   files /old          │ file                            │ none                            │ =                │
│   files /x sha256     │ 6b86b273ff34                    │ 785f3ec7eb32                    │ =                │
│   files /x size       │ 1                               │ 2                               │ =                │
└───────────────────────┴─────────────────────────────────┴─────────────────────────────────┴──────────────────┘
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHTML(t *testing.T) {
	b := blobs{}
	one, two, three := threeImages(t, b)
	var out strings.Builder
	if err := b.several(t, one, two, three).HTML(&out); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{
		"<h2>different in files only</h2>", "<h2>different in metadata only</h2>", "<summary>linux/amd64 / layer 0</summary>", "- /old", "785f3ec7eb32",
		"three&lt;script&gt;\\u202e", `&lt;b&gt;0&lt;/b&gt;\u202e`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s:\n%s", want, got)
		}
	}
	for _, bad := range []string{"<script", "<b>", "\u202e", "http://", "https://", "src=", "ZgotmplZ"} {
		if strings.Contains(got, bad) {
			t.Errorf("has %s", bad)
		}
	}
}

// TestSARIF has a rule for every cause.
func TestSARIF(t *testing.T) {
	b := blobs{}
	one, two, three := threeImages(t, b)
	result := b.several(t, one, two, three)
	result.Comparisons[0].Omitted = 7
	result.Comparisons[1].B.Reference = "oci:" + result.Comparisons[1].B.Reference
	var out bytes.Buffer
	if err := result.SARIF("modship.yaml", "").Write(&out); err != nil {
		t.Fatal(err)
	}
	run := sariftest.Parse(t, out.Bytes())
	if len(run.Results) != 4 || len(run.Artifacts) != 2 || len(run.Tool.Driver.Rules) != len(Causes()) {
		t.Fatalf("%s", &out)
	}
	for _, r := range run.Results {
		if at := *r.Locations[0].LogicalLocations[0].FullyQualifiedName; !strings.Contains(at, "/linux/amd64/") {
			t.Error(at)
		}
	}
	want := `two / linux/amd64 / layer 0: files ~ /x: sha256 6b86b273ff34 → 785f3ec7eb32, size 1 → 2  (files); compared with one`
	if got := *run.Results[2].Message.Text; got != want || strings.Contains(out.String(), "\u202e") {
		t.Error(got)
	}
	if left := *run.Invocations[0].ToolExecutionNotifications[0].Message.Text; left != "7 more results are left out" {
		t.Error(left)
	}
}

// TestPatch applies patches to what they are for.
func TestPatch(t *testing.T) {
	b := blobs{}
	one, two, three := threeImages(t, b)
	for _, pair := range [][2]*imagefacts.Node{{one, two}, {two, three}, {three, one}, {one, one}, {one, one.Children[0]}} {
		patch, err := Patch(Image{Root: pair[0]}, Image{Root: pair[1]})
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := jsonpatch.DecodePatch(patch)
		if err != nil {
			t.Fatal(err)
		}
		from, _ := json.Marshal(NewView(pair[0]))
		to, _ := json.Marshal(NewView(pair[1]))
		got, err := decoded.Apply(from)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decode(got), decode(to)) || (pair[0] == pair[1]) != (len(decoded) == 0) {
			t.Errorf("%s makes\n%s of\n%s\nand not\n%s", patch, got, from, to)
		}
	}
}
