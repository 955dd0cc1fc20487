//go:build linux

package integration

import (
	"encoding/json"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// annotateAgrees holds what `modship annotate` says of a folder against the annotations of the image that `modship build` made of it.
// What only the program or the base image can tell is the build's alone.
func annotateAgrees(t *testing.T, dir string, r result) map[string]string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), setUp(t).modship, "annotate", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	img := r.image(t)
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	// What only the finished program can tell, and how modship makes the image again, are not for images that others make.
	recipe := recipeOf(t, img)
	written := maps.Clone(manifest.Annotations)
	maps.DeleteFunc(written, func(key, _ string) bool { return strings.HasPrefix(key, "golang.org/") || recipe[key] != "" })
	if diff := cmp.Diff(written, said); diff != "" {
		t.Errorf("annotations (-build +annotate):\n%s", diff)
	}
	return said
}

// TestAnnotate takes a checkout as it is committed and with changes: of its own code, of the configuration, and of a file that is embedded and ignored. TestCheckouts and TestDirty have others.
func TestAnnotate(t *testing.T) {
	t.Parallel()
	dir := newCheckout(t, `
metadata: {vendor: Example Ltd, documentation: "https://example.com/${version}"}
image: {annotations: {com.example.tier: "1", org.opencontainers.image.url: null}}
`)
	edit(t, dir, "web/web.go", "package web\n\nimport \"embed\"\n\n//go:embed all:static\nvar Files embed.FS\n")
	edit(t, dir, "web/static/page.html", "x")
	edit(t, dir, "web/static/.gitignore", "made.html\n")
	edit(t, dir, "main.go", strings.Replace(string(readFile(t, dir+"/main.go")), "import (", "import (\n\t_ \"example.com/stamp/web\"\n", 1))
	commitAll(t, dir, "web")
	git(t, dir, "tag", "v1.3.0")
	for _, step := range []struct {
		name, file, content string
		modified            bool
	}{
		{name: "committed"},
		{"ignored", "web/static/made.html", "x", false},
		{"configuration", "Dockerfile", string(readFile(t, dir+"/Dockerfile")) + "build: {tags: [x]}\n", true},
		{"code", "main.go", string(readFile(t, dir+"/main.go")) + "\n// changed\n", true},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.file != "" {
				edit(t, dir, step.file, step.content)
			}
			said := annotateAgrees(t, dir, client.build(t, build{dir: dir}))
			want := "v1.3.0"
			if step.modified {
				want += "+dirty"
			}
			if got := said["org.opencontainers.image.version"]; got != want {
				t.Errorf("version is %q, want %q", got, want)
			}
			if step.modified {
				git(t, dir, "checkout", "-q", "--", step.file)
			}
		})
	}
}
