package frontend

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// TestMissingFiles: all that are missing are told, each at its line.
func TestMissingFiles(t *testing.T) {
	file, err := config.Parse("modship.yaml", []byte(`image:
  files:
    - {from: config/, to: /etc/app/}
    - {from: confg/, to: /etc/app/}
    - {from: ., to: /src/}
    - from: LICENCE
      to: /LICENSE
    - {from: current, to: /srv/}
    - {from: none/x, to: /srv/}
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := file.Target("", nil)
	if err != nil {
		t.Fatal(err)
	}
	at := func(key string) diag.Range { return file.TargetRange("", key) }
	fsys := fstest.MapFS{"config/app.yaml": {}, "LICENSE": {}, "current": {Mode: fs.ModeSymlink, Data: []byte("releases/1")}}
	const help = "; the path counts from the root of the context; check it, and .dockerignore"
	want := `modship.yaml:4:14: the context has no "confg/"` + help + "\n" + `modship.yaml:6:13: the context has no "LICENCE"` + help + "\n" +
		`modship.yaml:9:14: the context has no "none/x"` + help
	if err := missingFiles(fsys, "", c.Image.Files, at); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := missingFiles(fsys, "", c.Image.Files[:1], at); err != nil {
		t.Errorf("a folder that is there: %v", err)
	}
}

// TestPointers: a file for the image that is a pointer of Git LFS is named at its line, also in a folder, and no more is read than is bounded.
func TestPointers(t *testing.T) {
	pointer := &fstest.MapFile{Data: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12345\n")}
	fsys := fstest.MapFS{
		"model.bin": pointer, "web/img/logo.png": pointer, "web/index.html": {Data: []byte("<html>")}, "other.bin": pointer,
		"web/link": {Mode: fs.ModeSymlink, Data: []byte("../other.bin")}, "gone": {Mode: fs.ModeSymlink, Data: []byte("/run/x")},
		"loop": {Mode: fs.ModeSymlink, Data: []byte("loop")},
	}
	at := func(key string) diag.Range { return diag.Range{File: key} }
	files := []config.Copy{{From: "web/"}, {From: "model.bin"}, {From: "gone"}, {From: "loop"}, {From: "lo*"}, {From: "web/*.html"}, {From: "m*.bin"}}
	warnings, err := pointers(looped{fsys}, files, at)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.File+" "+w.Msg)
	}
	const problem = ": the file is a pointer of Git LFS, not the content that it stands for, and is in the image"
	want := []string{"image.files[0].from web/img/logo.png" + problem, "image.files[1].from model.bin" + problem, "image.files[6].from model.bin" + problem}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	many := fstest.MapFS{}
	for i := range 2000 {
		many[fmt.Sprintf("d/%04d", i)] = &fstest.MapFile{Data: []byte("small")}
	}
	many["d/0499x"], many["d/1999x"] = pointer, pointer
	if warnings, err := pointers(many, []config.Copy{{From: "d"}}, at); err != nil || len(warnings) != 0 {
		t.Errorf("beyond the bound: %v, %v", warnings, err)
	}
	for i := range 100 {
		many[fmt.Sprintf("d/%04d", i)] = pointer
	}
	if warnings, err := pointers(many, []config.Copy{{From: "."}}, at); err != nil || len(warnings) != 20 {
		t.Errorf("%d are named, %v", len(warnings), err)
	}
}

// looped says of a link in a circle what BuildKit's stat does.
type looped struct{ fstest.MapFS }

func (l looped) Stat(name string) (fs.FileInfo, error) {
	if name == "loop" {
		return nil, errors.New("too many links")
	}
	return l.MapFS.Stat(name)
}
