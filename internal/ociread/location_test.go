package ociread

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/modship-build/modship/internal/testing/diagtest"
)

// asked is a transport that nothing should go through.
type asked struct{ t *testing.T }

func (a asked) RoundTrip(r *http.Request) (*http.Response, error) {
	a.t.Errorf("%s was asked", r.URL)
	return nil, http.ErrServerClosed
}

// TestNoName asks no registry for what is most likely a file or a misspelled form, and says what to write.
func TestNoName(t *testing.T) {
	_, all := twoPlatforms(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	var followed []string
	for to, from := range map[string]string{"image.tar": archiveOf(t, layoutOf(t, all[0])), "saved.tar": dockerArchiveOf(t, all[0]), "out": layoutOf(t, all[0])} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("me/app", 0o700); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"image.tar":                     "a file of this machine: write oci-archive:image.tar for it, or docker.io/library/image.tar:latest for",
		"saved.tar":                     "a file of this machine: write docker-archive:saved.tar for it",
		"./out":                         "a folder of this machine: write oci:./out for it",
		"out":                           "a folder of this machine: write oci:out for it, or docker.io/library/out:latest for the image of a registry",
		"me/app":                        "docker.io/me/app:latest for the image",
		filepath.Join(dir, "image.tar"): "write oci-archive:" + dir + "/image.tar",
		"missing.tar":                   "a file that is not there",
		"./missing":                     "a file that is not there",
		"../missing/x":                  "a file that is not there",
		"/missing":                      "a file that is not there",
		"dist/app.tgz":                  "a file that is not there",
		"oci-archve:image.tar":          `no form oci-archve:; did you mean "oci-archive"?`,
		"docker-archiv:app.tar":         `did you mean "docker-archive"?`,
		"ocj:out":                       `did you mean "oci"?`,
		"docker://example.com/app":      "write the name of the image alone",
		"docker-daemon:app:1":           "run docker save",
		"containers-storage:app":        "run podman save",
		"https://example.com/app":       "write the name of the image alone",
		"ocidir://out":                  "write oci: and the folder",
		"http://example.com/app":        "--insecure",
		"A/B":                           "neither oci:DIR",
		"oci:":                          "lacks a path",
	} {
		_, err := Open(t.Context(), ref, Options{Transport: asked{t}})
		if checkError(t, err, ErrReference, want); err != nil {
			followed = append(followed, err.Error())
		}
	}
	for _, ref := range []string{"oci:out", "oci-archive:image.tar", "docker-archive:saved.tar"} { // as they are told
		mustOpen(t, ref)
	}
	diagtest.Advice(t, here, followed, nil)
}

// TestNames takes for names what could be a file's and is not.
func TestNames(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("example.com/app", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"app", "me/app:1.0", "example.com/app", "localhost/app.tar", "localhost:5000/app", "app:1.tar", "oco:1.0", "example.com/app.tar"} {
		if loc, err := locate(ref, Options{}); err != nil || loc.remote == nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// TestTags picks images of archives by their whole names, as docker shows these, and by tags alone.
func TestTags(t *testing.T) {
	_, all := twoPlatforms(t)
	dir := layoutOf(t, all[0])
	index := indexOf(t)
	for i, img := range all {
		put(t, dir, img)
		name := map[string]string{"io.containerd.image.name": "docker.io/library/app:" + []string{"1.0", "2.0"}[i]}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Annotations: name}})
	}
	raw, err := index.RawManifest()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "index.json"), raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	writeList(t, dir, []savedImage{savedAs(t, all[0], "app:1.0"), savedAs(t, all[1], "app:2.0", "other:1.0")})
	both := archiveOf(t, dir)
	if err := os.Remove(filepath.Join(dir, "index.json")); err != nil {
		t.Fatal(err)
	}
	old := archiveOf(t, dir)
	for _, file := range []string{both, old} {
		for tag, platform := range map[string]string{"2.0": "arm64", "app:2.0": "arm64", "docker.io/library/app:1.0": "amd64", "app:1.0": "amd64"} {
			found := images(t, mustOpen(t, "docker-archive:"+file+":"+tag))
			if len(found) != 1 || found[0].Platform().Architecture != platform || found[0].Reference() != "docker-archive:"+file+":"+tag {
				t.Errorf("%s: %d images", tag, len(found))
			}
		}
		fails(t, "docker-archive:"+file+":3.0", ErrNotFound, `no image is tagged "3.0"; there are: `)
		// All of them are told apart by their tags.
		var refs []string
		for _, img := range images(t, mustOpen(t, "docker-archive:"+file)) {
			refs = append(refs, strings.TrimPrefix(img.Reference(), "docker-archive:"+file))
		}
		if got := strings.Join(refs, " "); got != ":app:1.0 :app:2.0" && got != ":docker.io/library/app:1.0 :docker.io/library/app:2.0" {
			t.Error(got)
		}
	}
	fails(t, "docker-archive:"+old+":1.0", ErrBroken, `several images are tagged "1.0"; there are: app:1.0, app:2.0, other:1.0`)
}
