package ocidiff

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
)

// node is an image of a configuration alone.
func node(config []byte) *imagefacts.Node {
	desc := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromBytes(config), Size: int64(len(config))}
	raw, err := json.Marshal(ocispec.Manifest{Config: desc})
	if err != nil {
		panic(err) // strings and numbers
	}
	return &imagefacts.Node{
		Descriptor: ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromBytes(raw), Size: int64(len(raw))},
		Raw:        raw, Config: &imagefacts.Config{Descriptor: desc, Raw: config, Image: true},
	}
}

// FuzzCompare compares configurations: one with itself is identical, and others are as different in one order as in the other. Every form
// can be written.
func FuzzCompare(f *testing.F) {
	f.Add([]byte(`{"config":{"Env":["A=1","B=2"],"User":"1"}}`), []byte(`{"config":{"Env":["B=2","A=2"],"Labels":{"a/b~":"x"}}}`))
	f.Add([]byte(`{"os":"linux"}`), []byte(` { "os" : "linux" } `))
	f.Add([]byte(`{"created":1e400,"a":[{}]}`), []byte(`{"created":null,"a":[[],"\u202e"]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if !json.Valid(a) || !json.Valid(b) {
			return
		}
		one, other := Image{Reference: "a", Root: node(a)}, Image{Reference: "b", Root: node(b)}
		compare := func(x, y Image) Report {
			r, err := Compare(x, y, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, write := range []func() error{
				func() error { return r.Text(&bytes.Buffer{}) },
				func() error { _, err := json.Marshal(Result{Comparisons: []Report{r}}); return err },
				func() error { return Result{Comparisons: []Report{r}}.HTML(&bytes.Buffer{}) },
			} {
				if err := write(); err != nil {
					t.Error(err)
				}
			}
			return r
		}
		if r := compare(one, one); !r.Identical || !r.Equal {
			t.Errorf("not identical: %+v", r)
		}
		there, back := compare(one, other), compare(other, one)
		if there.Equal != back.Equal || len(there.Differences) != len(back.Differences) {
			t.Errorf("%+v\n%+v", there, back)
		}
		if !bytes.Equal(a, b) && there.Equal {
			t.Errorf("%s and %s are equal", a, b)
		}
	})
}
