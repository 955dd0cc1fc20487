package cli

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
)

func TestParseAnnotations(t *testing.T) {
	var mistakes diag.List
	got := AnnotationOptions{
		"a=1",
		"index:b=x:y=z",
		"manifest,index-descriptor:c=2",
		"manifest[linux/arm64/v8]:d=3",
	}.parse(true, &mistakes)
	if mistakes != nil {
		t.Fatal(mistakes.Err())
	}
	want := map[string]string{
		"annotation-manifest.a":              "1",
		"annotation-index.b":                 "x:y=z",
		"annotation-manifest.c":              "2",
		"annotation-index-descriptor.c":      "2",
		"annotation-manifest[linux/arm64].d": "3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for key := range got {
		if _, ok, err := exptypes.ParseAnnotationKey(key); !ok || err != nil {
			t.Errorf("BuildKit does not read %s: %v", key, err)
		}
	}
}

func TestParseAnnotationsMistakes(t *testing.T) {
	var mistakes diag.List
	AnnotationOptions{
		"a", "manifst:a=b", "index[linux/amd64]:a=b", "manifest[nonsense/x/y/z]:a=b", "index:=b", "a b=c", ":a=b",
		"containerd.io/x=y", "index:Containerd.IO/x=y", "io.containerd.x=y", "b=" + strings.Repeat("x", 4096), "c=\xff", "d=\x1b[2J", "e=\u202etxt",
	}.parse(true, &mistakes)
	want := []string{
		`--annotation: "a": want KEY=VALUE`,
		`--annotation: "manifst:a=b": unknown type "manifst"; did you mean "manifest"?`,
		`--annotation: "index[linux/amd64]:a=b": an index is not of one platform`,
		`--annotation: "manifest[nonsense/x/y/z]:a=b": "nonsense/x/y/z": cannot parse platform specifier: invalid argument`,
		`--annotation: "index:=b": the key "" is empty or has spaces`,
		`--annotation: "a b=c": the key "a b" is empty or has spaces`,
		`--annotation: ":a=b": unknown type ""`,
		`--annotation: "containerd.io/x" is not usable: keys under containerd.io/ are reserved; container runtimes act upon them`,
		`--annotation: "Containerd.IO/x" is not usable: keys under containerd.io/ are reserved; container runtimes act upon them`,
		`--annotation: "io.containerd.x" is not usable: keys under io.containerd. are reserved; container runtimes act upon them`,
		`--annotation: "b" is not usable: key and value have 4097 bytes, more than the 4096 allowed`,
		`--annotation: "c" is not usable: it is not UTF-8`,
		`--annotation: "d" is not usable: the value holds the control character U+001B; it could not be seen in a terminal`,
		`--annotation: "e" is not usable: the value holds the invisible character U+202E; it could not be seen in a terminal`,
	}
	if diff := cmp.Diff(want, messages(mistakes)); diff != "" {
		t.Error(diff)
	}
}

// TestOutputAnnotations: those of --output are held to the rules of --annotation.
func TestOutputAnnotations(t *testing.T) {
	var mistakes diag.List
	o := BuildOptions{Output: OutputOptions{Outputs: []string{
		"type=image,annotation.containerd.io/x=y,annotation-manifest.io.cri-containerd.x=y", "type=oci,dest=x.tar,annotation.io.containerd.x=y", "type=image,annotation.a=\x1b",
	}}}
	requestOf(o, inputs{lookupEnv: lookup(nil)}, &mistakes)
	want := []string{
		`--output: "containerd.io/x" is not usable: keys under containerd.io/ are reserved; container runtimes act upon them`,
		`--output: "io.cri-containerd.x" is not usable: keys under io.cri-containerd are reserved; container runtimes act upon them`,
		`--output: "io.containerd.x" is not usable: keys under io.containerd. are reserved; container runtimes act upon them`,
		`--output: "a" is not usable: the value holds the control character U+001B; it could not be seen in a terminal`,
	}
	if diff := cmp.Diff(want, messages(mistakes), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestIndexAnnotations: what BuildKit refuses when everything is built is refused before.
func TestIndexAnnotations(t *testing.T) {
	one := []string{
		`--annotation: index:a: an image for one platform has no index; write manifest:a, or build for several platforms`,
		`--annotation: index-descriptor:b: an image for one platform has no index; write manifest:b, or build for several platforms`,
		`--output: index:c: an image for one platform has no index; write annotation-manifest.c, or build for several platforms`,
	}
	for name, c := range map[string]struct {
		platforms []string
		attests   []string
		want      []string
	}{
		"none named":                {nil, nil, one},
		"one":                       {[]string{"linux/arm64"}, nil, one},
		"one twice":                 {[]string{"linux/arm64", "linux/arm64/v8"}, nil, one},
		"two":                       {[]string{"linux/arm64,linux/amd64"}, nil, nil},
		"attestations":              {[]string{"linux/arm64"}, []string{"type=provenance,mode=max"}, nil},
		"attestations switched off": {nil, []string{"type=provenance,disabled=true"}, one},
	} {
		var mistakes diag.List
		o := BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: c.platforms}}, Attest: AttestOptions{Attests: c.attests}, Annotations: []string{"index:a=1", "manifest,index-descriptor:b=1"}, Output: OutputOptions{Outputs: []string{"type=image,annotation-index.c=1"}}}
		requestOf(o, inputs{lookupEnv: lookup(nil)}, &mistakes)
		// What --annotation gives is an attribute of the output too, and said once.
		if diff := cmp.Diff(c.want, messages(mistakes), cmpopts.EquateEmpty(), cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOverruled: a user's annotation takes that of the frontend out, for one platform or for all.
func TestOverruled(t *testing.T) {
	frontend := func(context.Context, gateway.Client) (*gateway.Result, error) {
		res := gateway.NewResult()
		for _, name := range []string{
			"annotation-index.title", "annotation-index.kept", "annotation-manifest[linux/amd64].title", "annotation-manifest[linux/arm64].title",
			"annotation-manifest-descriptor[linux/arm64].title", "annotation-manifest[linux/amd64].one", "annotation-manifest[linux/arm64].one",
			"containerimage.config/linux/amd64",
		} {
			res.AddMeta(name, nil)
		}
		return res, nil
	}
	exports := []client.ExportEntry{{Type: "oci", Attrs: map[string]string{
		"annotation-index.title": "Mine", "annotation-manifest.title": "Mine", "annotation-manifest[linux/arm64].one": "Mine",
	}}}
	res, err := overruled(frontend, exports)(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"annotation-index.kept", "annotation-manifest-descriptor[linux/arm64].title", "annotation-manifest[linux/amd64].one", "containerimage.config/linux/amd64",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(res.Metadata))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
