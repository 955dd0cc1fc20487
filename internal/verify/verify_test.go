package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ocidiff"
)

const (
	hash   = "0123456789abcdef0123456789abcdef01234567"
	sha    = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	layers = ocispec.MediaTypeImageLayer
)

// imageOf is an image for each platform that says the same.
func imageOf(said map[string]string, platforms ...string) *Image {
	img := &Image{Reference: "example.com/app", Root: &imagefacts.Node{Raw: []byte(`{}`)}}
	for _, p := range platforms {
		img.Platforms = append(img.Platforms, Platform{Name: p, Said: said, Node: &imagefacts.Node{
			Descriptor: ocispec.Descriptor{MediaType: ocispec.MediaTypeImageManifest}, Layers: []imagefacts.Layer{{Descriptor: ocispec.Descriptor{MediaType: layers + "+gzip"}}},
		}})
	}
	return img
}

func TestRecipe(t *testing.T) {
	img := imageOf(map[string]string{
		ocispec.AnnotationSource: "https://github.com/me/app", ocispec.AnnotationRevision: hash, ocispec.AnnotationVersion: "v1.2.3",
		image.KeyGoVersion: "go1.26.1", image.KeyGoModule: "example.com/said", image.KeyTarget: "worker", image.KeyContext: "services", image.KeyFolder: "api", image.KeyModule: "api", image.KeyMain: "./cmd/x", image.KeyFile: "ci/image.yaml",
		image.KeyImages: "docker.io/library/a:1@" + sha + ",registry.example/ui@" + sha, image.KeyContexts: "registry.example/b:1,ui",
		image.KeyArgs: "A,B", image.KeyLabels: "team,absent", image.KeyBuilder: "docker.io/library/golang@" + sha,
		ocispec.AnnotationBaseImageName: "docker.io/library/debian:12", ocispec.AnnotationBaseImageDigest: sha,
	}, "linux/amd64", "linux/arm64")
	img.Platforms[0].GoVersion, img.Platforms[0].Module = "go1.26.8 X:jsonv2", "example.com/app"
	img.Platforms[0].Config.Config.Labels = map[string]string{"team": "core", "other": "x"}
	got, err := img.Recipe(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &Recipe{
		Source: "https://github.com/me/app", Revision: hash, Tag: "v1.2.3", Module: "example.com/app", Go: "1.26.8", Platforms: []string{"linux/amd64", "linux/arm64"},
		Target: "worker", Context: "services", Folder: "api", ModuleDir: "api", Main: "./cmd/x", File: "ci/image.yaml", Args: []string{"A", "B"}, Labels: map[string]string{"team": "core"},
		Base: "docker.io/library/debian:12", BaseDigest: sha, Builder: "docker.io/library/golang@" + sha, Index: true,
		Images: []string{"docker.io/library/a:1@" + sha, "registry.example/ui@" + sha}, Contexts: []string{"registry.example/b:1", "ui"}, Compression: "gzip",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantURLs := []string{
		"https://h/x.git?tag=services%2Fapi%2Fv1.2.3&checksum=" + hash + "&subdir=services",
		"https://h/x.git?tag=v1.2.3&checksum=" + hash + "&subdir=services",
		"https://h/x.git?ref=" + hash + "&subdir=services",
	}
	if diff := cmp.Diff(wantURLs, got.URLs("https://h/x.git")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if one, err := img.Recipe([]string{"linux/arm64"}); err != nil || !cmp.Equal(one.Platforms, []string{"linux/arm64"}) || one.Go != "1.26.1" || one.Module != "example.com/said" {
		t.Errorf("one platform: %+v, %v", one, err)
	}
	if _, err := img.Recipe([]string{"linux/s390x"}); err == nil {
		t.Error("a platform that is not in the image is verified")
	}
}

// TestForeign: what an image says becomes no option, no other part of a URL, and no path out of the repository.
func TestForeign(t *testing.T) {
	for _, c := range []struct{ key, value string }{
		{ocispec.AnnotationSource, "file:///etc"},
		{ocispec.AnnotationSource, "http://github.com/me/app"},
		{ocispec.AnnotationSource, "--upload-pack=touch /tmp/x"},
		{ocispec.AnnotationSource, "ext::sh -c id"},
		{ocispec.AnnotationRevision, "main"},
		{ocispec.AnnotationRevision, "--output=/etc/passwd"},
		{ocispec.AnnotationRevision, hash + "&subdir=x"},
		{image.KeyTarget, "worker/sbom"},
		{image.KeyTarget, "--target"},
		{image.KeyContext, "../other"},
		{image.KeyContext, "/etc"},
		{image.KeyContext, "a/../../b"},
		{image.KeyContext, "a&checksum=x"},
		{image.KeyContext, "-x"},
		{image.KeyFolder, "../other"},
		{image.KeyFolder, "a b"},
		{image.KeyModule, "/etc"},
		{image.KeyModule, "."},
		{image.KeyMain, "cmd/x"},
		{image.KeyMain, "./../x"},
		{image.KeyMain, "./-x"},
		{image.KeyMain, "."},
		{image.KeyFile, "../../home/me/.netrc"},
		{image.KeyFile, "/etc/passwd"},
		{image.KeyFile, "a\x00b"},
		{image.KeyFile, "-"},
		{image.KeyArgs, "A=1,B"},
		{image.KeyBuilder, "docker.io/library/golang:1.26"},
		{image.KeyBuilder, "*@" + sha},
		{image.KeyImages, "docker.io/library/ui:1"},
		{image.KeyImages, "docker.io/library/ui:1@" + sha + ",*@" + sha},
		{image.KeyContexts, "ui,--platform"},
		{image.KeyContexts, "ui=/etc"},
		{image.KeyContexts, "ui,,b"},
		{image.KeyContexts, "docker.io/library/ui"},
		{ocispec.AnnotationBaseImageName, "docker.io/library/*"},
		{ocispec.AnnotationBaseImageName, "debian"},
		{ocispec.AnnotationBaseImageDigest, "sha256:12"},
	} {
		r, err := imageOf(map[string]string{c.key: c.value}, "linux/amd64").Recipe(nil)
		if err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s=%q: %+v, %v", c.key, c.value, r, err)
		}
	}
	for _, path := range []string{"../x", "/etc", "a b", "-x", ""} {
		if r, err := imageOf(map[string]string{image.KeyGoModule: path}, "linux/amd64").Recipe(nil); err != nil || r.Module != "" {
			t.Errorf("module %q: %+v, %v", path, r, err)
		}
	}
	for _, version := range []string{"go1.26.8/../..", "devel", "-x", "go2", "go1.26-x", ""} {
		if r, err := imageOf(map[string]string{image.KeyGoVersion: version}, "linux/amd64").Recipe(nil); err != nil || r.Go != "" {
			t.Errorf("Go %q: %+v, %v", version, r, err)
		}
	}
	for _, version := range []string{"v1.2", "main", "v0.0.0-20260102030405-0123456789ab", "v1.2.3&x=y", "v1.2.3/../x"} {
		if r, err := imageOf(map[string]string{ocispec.AnnotationVersion: version}, "linux/amd64").Recipe(nil); err != nil || r.Tag != "" {
			t.Errorf("version %q: %+v, %v", version, r, err)
		}
	}
	if r, err := imageOf(nil, "linux/../x").Recipe(nil); err == nil {
		t.Errorf("a platform that there is not: %+v", r)
	}
}

func TestCheckFetch(t *testing.T) {
	for source, ok := range map[string]bool{
		"https://github.com/me/app":       true,
		"https://git.example.org/a/b/c":   true,
		"https://github.com:8443/me/app":  false,
		"http://github.com/me/app":        false,
		"https://u:p@github.com/me/app":   false,
		"https://127.0.0.1/me/app":        false,
		"https://169.254.169.254/latest":  false,
		"https://2130706433/me/app":       false,
		"https://127.1/me/app":            false,
		"https://[::1]/me/app":            false,
		"https://localhost/me/app":        false,
		"https://git/me/app":              false,
		"https://git.internal/me/app":     false,
		"https://db.lan/me/app":           false,
		"https://github.com/me/app?x=y":   false,
		"https://github.com/me/app#x":     false,
		"file:///work/app":                false,
		"ssh://git@github.com/me/app":     false,
		"git@github.com:me/app":           false,
		"https://github.com/../app":       false,
		"https://github.com/me/app\nHost": false,
		"":                                false,

		"https://git.example.co.uk/me/app":       true,
		"https://git.me.github.io/me/app":        true,
		"https://github.com./me/app":             false,
		"https://git..com/me/app":                false,
		"https://com/me/app":                     false,
		"https://co.uk/me/app":                   false,
		"https://localhost.localdomain/me/app":   false,
		"https://localhost6.localdomain6/me/app": false,
		"https://git.localhost/me/app":           false,
		"https://kubernetes.default.svc/me/app":  false,
		"https://git.corp/me/app":                false,
		"https://git.intranet/me/app":            false,
		"https://git.home/me/app":                false,
		"https://git.home.arpa/me/app":           false,
		"https://git.local/me/app":               false,
		"https://0x7f.1/me/app":                  false,
		"https://0x7f.0.0.0x1/me/app":            false,
		"https://0x7f000001/me/app":              false,
		"https://0251.0376.0xa9.0xfe/me/app":     false,
		"https://example.com.0x1/me/app":         false,
	} {
		if err := CheckFetch(source); (err == nil) != ok {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// TestReasons: what two images say of themselves gives the reason.
func TestReasons(t *testing.T) {
	said := func(pairs ...string) map[string]string {
		all := map[string]string{ocispec.AnnotationRevision: hash, ocispec.AnnotationVersion: "v1.2.3", image.KeyConfig: sha, image.KeyStep: sha, image.KeyGoVersion: "go1.26.8"}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i]] = pairs[i+1]
		}
		return all
	}
	causes := func(all ...ocidiff.Cause) Verdict { return Verdict{Diff: &ocidiff.Report{Causes: all}} }
	files := causes(ocidiff.OfFiles, ocidiff.Metadata)
	for _, c := range []struct {
		name  string
		a, b  Platform
		v     Verdict
		args  []string
		wants []string
	}{
		{"commit", Platform{Said: said()}, Platform{Said: said(ocispec.AnnotationRevision, "ff")}, files, nil, []string{"another commit: the image says " + hash + ", and built was ff"}},
		{"dirty image", Platform{Said: said(ocispec.AnnotationVersion, "v1.2.3+dirty")}, Platform{Said: said()}, files, nil, []string{"changed files: the image was built of files"}},
		{"dirty checkout", Platform{Said: said()}, Platform{Said: said(ocispec.AnnotationVersion, "v1.2.3+dirty")}, files, nil, []string{"changed files: the checkout differs"}},
		{"version", Platform{Said: said()}, Platform{Said: said(ocispec.AnnotationVersion, "v0.0.0-x")}, files, nil, []string{"another version: v1.2.3, and v0.0.0-x"}},
		{"Go", Platform{Said: said(), GoVersion: "go1.26.7"}, Platform{Said: said()}, files, nil, []string{"another Go: go1.26.7, and go1.26.8"}},
		{"Go with experiments", Platform{Said: said(), GoVersion: "go1.26.8 X:jsonv2"}, Platform{Said: said()}, files, nil, []string{"the image was changed"}},
		{"configuration", Platform{Said: said()}, Platform{Said: said(image.KeyConfig, "x")}, files, nil, []string{"another configuration: " + sha + ", and x; name the file with --file"}},
		{"arguments", Platform{Said: said()}, Platform{Said: said(image.KeyConfig, "x")}, files, []string{"A", "B"}, []string{"give the arguments A, B with --build-arg"}},
		{"base", Platform{Said: said(ocispec.AnnotationBaseImageDigest, "x")}, Platform{Said: said()}, files, nil, []string{"another base image: x, and nothing"}},
		{"builder", Platform{Said: said(image.KeyBuilder, "x")}, Platform{Said: said(image.KeyBuilder, "y")}, files, nil, []string{"another builder image: x, and y"}},
		{"modship", Platform{Said: said()}, Platform{Said: said(image.KeyStep, "x")}, causes(ocidiff.Metadata), nil, []string{"another modship: "}},
		{"not modship", Platform{}, Platform{Said: said()}, files, nil, []string{"another commit", "another version", "another Go", "it was not built by modship"}},
		{"compression", Platform{Said: said()}, Platform{Said: said()}, causes(ocidiff.Compression), nil, []string{"compression alone"}},
		{"form", Platform{Said: said()}, Platform{Said: said()}, causes(ocidiff.MediaTypes, ocidiff.Formatting), nil, []string{"the form alone"}},
		{"C", Platform{Said: said(), CGO: true}, Platform{Said: said()}, files, nil, []string{"C: the compiler or the libraries"}},
		{"nothing", Platform{Said: said()}, Platform{Said: said()}, files, nil, []string{"the image was changed after it was built: all that is known"}},
		{"annotation", Platform{Said: said()}, Platform{Said: said()}, causes(ocidiff.Metadata), nil, []string{"or the build was given annotations"}},
	} {
		r := reasoner{recipe: &Recipe{Args: c.args}}
		r.add(&c.a, &c.b, c.v)
		if len(r.list) != len(c.wants) {
			t.Errorf("%s: %q, want %q", c.name, r.list, c.wants)
			continue
		}
		for i, want := range c.wants {
			if !strings.Contains(r.list[i], want) {
				t.Errorf("%s: %q does not say %q", c.name, r.list[i], want)
			}
		}
	}
}

// TestContextReasons: what contexts held is not known, so they are the first to look at.
func TestContextReasons(t *testing.T) {
	r := reasoner{recipe: &Recipe{Contexts: []string{"gen", "ui"}}}
	same := map[string]string{image.KeyContexts: "gen,ui"}
	r.add(&Platform{Said: same}, &Platform{Said: same}, Verdict{Diff: &ocidiff.Report{Causes: []ocidiff.Cause{ocidiff.OfFiles}}})
	if len(r.list) != 1 || !strings.Contains(r.list[0], "the build contexts gen, ui: other files") {
		t.Errorf("%q", r.list)
	}
}

// TestForm: compression, and whether there is an index, are those of the image, and not of the default.
func TestForm(t *testing.T) {
	for media, want := range map[string]string{
		layers + "+gzip": "gzip", layers + "+zstd": "zstd", layers: "uncompressed",
		"application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip", "application/vnd.docker.image.rootfs.diff.tar": "uncompressed", "--x": "uncompressed",
	} {
		img := imageOf(nil, "linux/amd64")
		img.Platforms[0].Node.Layers[0].Descriptor.MediaType = media
		r, err := img.Recipe(nil)
		if err != nil || r.Compression != want || r.Index {
			t.Errorf("%s: %+v, %v", media, r, err)
		}
	}
	img := imageOf(nil, "linux/amd64")
	img.Root.Raw = []byte(`{"annotations": {"a": "b"}}`)
	if r, err := img.Recipe(nil); err != nil || !r.Index {
		t.Errorf("%+v, %v", r, err)
	}
	if digest.Digest(sha).Validate() != nil {
		t.Error("the digest of these tests is none")
	}
}
