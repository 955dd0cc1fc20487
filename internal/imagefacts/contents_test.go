package imagefacts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

var amd64 = ocispec.Platform{OS: "linux", Architecture: "amd64"}

// contents reads the only image of a layout.
func contents(t *testing.T, img imagetest.Image) *imagefacts.Contents {
	t.Helper()
	layout := imagetest.NewLayout(t)
	source, err := ociread.Open(t.Context(), layout.Reference(layout.Image(img)), ociread.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	image, err := source.Image(t.Context(), source.Root())
	if err != nil {
		t.Fatal(err)
	}
	c, err := imagefacts.ReadContents(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReadContents(t *testing.T) {
	program, other := imagetest.NewProgram(t, "linux/amd64"), imagetest.NewProgram(t, "linux/arm64")
	image := func(entrypoint ...string) imagetest.Image {
		return imagetest.Image{
			Config: ocispec.Image{Platform: amd64, Config: ocispec.ImageConfig{Entrypoint: entrypoint, WorkingDir: "/srv", User: "app:staff"}},
			Files: []imagetest.File{
				{Name: "etc/passwd", Content: []byte("root:x:0:0::/:\napp:x:7:8::/:\n")},
				{Name: "etc/group", Content: []byte("staff:x:9:\n")},
				{Name: "srv/app", Content: program.Content}, {Name: "link", Link: "srv/app"},
				{Name: "arm", Content: other.Content}, {Name: "broken", Content: []byte("\x7fELF\x02")}, {Name: "text", Content: []byte("#!/srv/app\n")},
			},
		}
	}
	c := contents(t, image("./app"))
	var got []string
	for _, p := range c.Programs {
		arch := "?"
		if p.Facts != nil {
			arch, _ = p.Facts.ELF.Arch()
		}
		got = append(got, fmt.Sprintf("%s %s Go %v error %v", p.Path, arch, p.IsGo(), p.Err != nil))
	}
	want := []string{"/arm arm64 Go true error false", "/broken ? Go false error true", "/srv/app amd64 Go true error false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.User.UID != 7 || c.User.GID != 9 || c.User.Name != "app" || c.User.Group != "staff" {
		t.Errorf("%+v", c.User)
	}
	if c.Start.Report == nil || len(c.Start.Report.Problems) != 0 {
		t.Errorf("%+v", c.Start)
	}
	if main := c.Main(); main == nil || main.Facts.Module.Version != imagetest.Version || main.Facts.Settings["vcs.revision"] != program.Revision {
		t.Errorf("the main program is %+v", main)
	}
	for _, test := range []struct {
		args       []string
		main, said string
	}{
		{[]string{"/text"}, "/srv/app", ""},
		{[]string{"/link", "x"}, "/srv/app", ""},
		{[]string{"/none", "/arm"}, "/arm", "/none does not exist"},
		{[]string{"/arm"}, "/arm", "is for"},
		{nil, "", ""},
	} {
		c := contents(t, image(test.args...))
		var path, said string
		if main := c.Main(); main != nil {
			path = main.Path
		}
		if r := c.Start.Report; r != nil && len(r.Problems) > 0 {
			said = r.Problems[0].Msg
		}
		if path != test.main || !strings.Contains(said, test.said) || (said == "") != (test.said == "") {
			t.Errorf("%v: main program %q, start: %q", test.args, path, said)
		}
	}
}

func TestUser(t *testing.T) {
	for spec, want := range map[string]string{
		"": "0:0", "0": "0:0", "00": "0:0", "+0": "0:0", "root": "0:0 root", "0:0": "0:0", "root:root": "0:0 root root",
		"1001": "1001:0", "1001:1001": "1001:1001", "7": "7:8", "app": "7:8 app", "app:5": "7:5 app", "7:staff": "7:9  staff",
		"1:2:3": "it has more than one colon", "2147483648": "2147483648 is not in the range from 0 to 2147483647",
		"99999999999999999999": "99999999999999999999 is not in the range from 0 to 2147483647",
		"-1":                   "-1 is not in the range from 0 to 2147483647",
		"nobody":               `the image has no user "nobody" in /etc/passwd`, "1:wheel": `the image has no group "wheel" in /etc/group`,
	} {
		u := contents(t, imagetest.Image{
			Config: ocispec.Image{Platform: amd64, Config: ocispec.ImageConfig{User: spec}},
			Files: []imagetest.File{
				{Name: "etc/passwd", Content: []byte("app:x:7:8::/:\n")},
				{Name: "etc/group", Content: []byte("staff:x:9:\n")},
			},
		}).User
		got := u.Problem
		if got == "" {
			got = strings.TrimRight(fmt.Sprintf("%d:%d %s %s", u.UID, u.GID, u.Name, u.Group), " ")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", spec, got, want)
		}
	}
}
