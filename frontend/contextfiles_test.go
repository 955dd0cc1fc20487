package frontend

import (
	"io/fs"
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
	if err := missingFiles(fsys, c.Image.Files, at); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := missingFiles(fsys, c.Image.Files[:1], at); err != nil {
		t.Errorf("a folder that is there: %v", err)
	}
}
