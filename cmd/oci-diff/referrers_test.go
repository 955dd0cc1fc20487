package main

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// signature is an artifact that has an index as its subject.
func signature(t *testing.T, index v1.ImageIndex, content string) v1.Image {
	t.Helper()
	subject, err := partial.Descriptor(index)
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), static.NewLayer([]byte(content), "application/vnd.example.signature"))
	if err != nil {
		t.Fatal(err)
	}
	return mutate.Subject(mutate.ConfigMediaType(img, "application/vnd.example.empty"), *subject).(v1.Image)
}

// TestReferrers compares an image with its copy: without its signature, with it, and with another.
func TestReferrers(t *testing.T) {
	index := image(t, "1")
	sign := func(content string) v1.Image { return signature(t, index, content) }
	push := func(supported bool, artifacts ...v1.Image) string {
		server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(supported)))
		t.Cleanup(server.Close)
		ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/app:1")
		if err == nil {
			err = remote.WriteIndex(ref, index)
		}
		for _, a := range artifacts {
			digest, _ := a.Digest()
			if err == nil {
				err = remote.Write(ref.Context().Digest(digest.String()), a)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return ref.String()
	}
	list := func(artifacts ...v1.Image) string {
		p, err := layout.Write(t.TempDir(), empty.Index)
		if err == nil {
			err = p.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "1"}))
		}
		for _, a := range artifacts {
			if err == nil {
				err = p.AppendImage(a)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return "oci:" + string(p) + ":1"
	}
	for _, test := range []struct{ a, b, want string }{
		{push(true, sign("x")), push(true), "different in attestation only"},
		{push(true, sign("x")), push(false, sign("x")), "identical"},
		{push(false, sign("x")), list(), "different in attestation only"},
		{push(true, sign("x")), list(sign("x")), "identical"},
		{list(sign("x")), list(sign("y")), "different in attestation only"},
		{list(sign("x")), list(sign("x"), sign("y")), "different in attestation only"},
	} {
		code := 1
		if test.want == "identical" {
			code = 0
		}
		if got := output(t, code, "--referrers", test.a, test.b); !strings.HasPrefix(got, test.want+"\n") {
			t.Errorf("%s, %s: %s", test.a, test.b, got)
		}
		output(t, 0, test.a, test.b)
	}
}
