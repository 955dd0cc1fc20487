package imagefacts

import (
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

// FuzzConfig reads the configuration of an image, and what it says of its user and its start.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"os":"linux","architecture":"amd64","config":{"Entrypoint":["/app"],"User":"1:1"},"rootfs":{"diff_ids":[]}}`), "root:x:0:0::/:\n")
	f.Add([]byte(`{"config":{"Entrypoint":[""],"Cmd":["/"],"User":"a:b","WorkingDir":"../..","Env":["PATH=:"]}}`), "a:x:+0:-1\nb\n:::\n")
	f.Fuzz(func(t *testing.T, config []byte, passwd string) {
		layout := imagetest.NewLayout(t)
		layer := imagetest.Tar(t, imagetest.File{Name: "etc/passwd", Content: []byte(passwd)}, imagetest.File{Name: "app", Content: []byte(passwd)})
		desc := layout.JSON(ocispec.MediaTypeImageManifest, ocispec.Manifest{
			Config: layout.Blob(ocispec.MediaTypeImageConfig, config), Layers: []ocispec.Descriptor{layout.Blob(ocispec.MediaTypeImageLayer, layer)},
		})
		source, err := ociread.Open(t.Context(), layout.Reference(desc), ociread.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		if _, err := Collect(t.Context(), source); err != nil {
			return
		}
		img, err := source.Image(t.Context(), source.Root())
		if err != nil {
			return
		}
		c, err := ReadContents(t.Context(), img)
		if err != nil {
			return
		}
		if c.User.Problem == "" && (c.User.UID < 0 || c.User.GID < 0) {
			t.Errorf("%+v", c.User)
		}
		c.Main()
	})
}
