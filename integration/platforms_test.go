//go:build linux

package integration

import (
	"archive/tar"
	"crypto/x509"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/platforms"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestPlatforms builds one index of four platforms, spelled as users spell them, and looks at everything that every image has.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, m mode) {
		r := m.build(t, build{
			dir:       example(t, "hello"),
			platforms: "linux/amd64/v1,linux/arm64/v8,linux/arm,linux/riscv64",
		})
		want := []string{"linux/amd64", "linux/arm/v7", "linux/arm64", "linux/riscv64"}
		if diff := cmp.Diff(want, descriptorPlatforms(t, r)); diff != "" {
			t.Errorf("platforms of the index (-want +got):\n%s", diff)
		}
		images := r.images(t)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(images))); diff != "" {
			t.Fatalf("platforms of the configurations (-want +got):\n%s", diff)
		}
		for _, id := range want {
			t.Run(strings.ReplaceAll(id, "/", "-"), func(t *testing.T) { checkCommon(t, images[id]) })
		}
		for _, id := range []string{"linux/amd64", "linux/arm64"} {
			if got := programOf(t, images[id]).output(t); got != "hello from "+id+"\n" {
				t.Errorf("the program for %s printed %q", id, got)
			}
		}
		for id, goarm := range map[string]string{"linux/arm/v7": "7", "linux/arm64": ""} {
			if got, _, _ := strings.Cut(setting(programOf(t, images[id]).info(t), "GOARM"), ","); got != goarm {
				t.Errorf("the program for %s has GOARM=%s, want %s", id, got, goarm)
			}
		}
	})
}

// descriptorPlatforms reads the platforms out of the index, without those of attestations.
func descriptorPlatforms(t *testing.T, r result) []string {
	t.Helper()
	var found []string
	var walk func(v1.ImageIndex)
	walk = func(idx v1.ImageIndex) {
		manifest, err := idx.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range manifest.Manifests {
			switch {
			case d.MediaType.IsIndex():
				child, err := idx.ImageIndex(d.Digest)
				if err != nil {
					t.Fatal(err)
				}
				walk(child)
			case d.Platform != nil && d.Platform.OS != "unknown":
				found = append(found, d.Platform.String())
			}
		}
	}
	walk(r.index(t))
	for _, id := range found {
		p, err := platforms.Parse(id)
		if err != nil || platforms.FormatAll(platforms.Normalize(p)) != id {
			t.Errorf("platform %s of the index is not normalised (%v)", id, err)
		}
	}
	slices.Sort(found)
	return found
}

// checkCommon looks at what an image on scratch has whatever its program is.
func checkCommon(t *testing.T, img v1.Image) {
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Config; got.User != "1001:1001" || got.WorkingDir != "/" || envMap(got.Env)["PATH"] == "" {
		t.Errorf("user %q, working directory %q, environment %q", got.User, got.WorkingDir, got.Env)
	}
	epoch := time.Unix(0, 0)
	if !config.Created.Equal(epoch) {
		t.Errorf("created %s, want %s", config.Created, epoch)
	}
	for _, h := range config.History {
		if !h.Created.Equal(epoch) {
			t.Errorf("history entry %+v, want it created %s", h, epoch)
		}
	}
	files := rootfsOf(t, img)
	for name, f := range files {
		if f.Uid != 0 || f.Gid != 0 || !f.ModTime.Equal(epoch) {
			t.Errorf("%s belongs to %d:%d and is of %s", name, f.Uid, f.Gid, f.ModTime.UTC())
		}
		if f.Typeflag != tar.TypeReg && f.Typeflag != tar.TypeDir {
			t.Errorf("%s is of type %q", name, f.Typeflag)
		}
		if name != "tmp" && f.Mode&0o022 != 0 {
			t.Errorf("%s can be written by all: %o", name, f.Mode)
		}
	}
	if tmp := files.file(t, "tmp"); tmp.Typeflag != tar.TypeDir || tmp.Mode&0o7777 != 0o1777 {
		t.Errorf("/tmp has mode %o", tmp.Mode)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(files.file(t, "etc/ssl/certs/ca-certificates.crt").data) {
		t.Error("the CA bundle holds no certificate")
	}
	if _, err := time.LoadLocationFromTZData("Europe/Berlin", files.file(t, "usr/share/zoneinfo/Europe/Berlin").data); err != nil {
		t.Errorf("time zone: %v", err)
	}
	for name, want := range map[string]string{
		"etc/passwd":        "app:x:1001:1001:",
		"etc/group":         "app:x:1001:",
		"etc/nsswitch.conf": "hosts: files dns",
	} {
		if got := string(files.file(t, name).data); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want a line with %q", name, got, want)
		}
	}
}
