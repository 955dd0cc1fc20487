package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
)

func imageOutput(names string) output {
	return output{ExportEntry: client.ExportEntry{Type: client.ExporterImage, Attrs: map[string]string{"name": names}}}
}

func TestReferences(t *testing.T) {
	response := map[string]string{"containerimage.digest": "sha256:abc"}
	for _, c := range []struct {
		m    targetResult
		want []string
	}{
		{targetResult{outputs: []output{imageOutput("docker.io/me/app:1,docker.io/me/app:latest,localhost:5001/app:1")}, response: response}, []string{"me/app@sha256:abc", "localhost:5001/app@sha256:abc"}},
		{targetResult{outputs: []output{imageOutput("")}, response: response}, []string{"sha256:abc"}},
		{targetResult{response: map[string]string{"containerimage.config.digest": "sha256:def"}}, []string{"sha256:def"}},
		{targetResult{outputs: []output{{ExportEntry: client.ExportEntry{Type: client.ExporterLocal}}}}, nil},
	} {
		if diff := cmp.Diff(c.want, c.m.references()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestHandSeveral: several targets are below their names in the metadata, as bake has them, and beside each other in the list of images.
func TestHandSeveral(t *testing.T) {
	dir := t.TempDir()
	o := OutputOptions{Quiet: true, MetadataFile: filepath.Join(dir, "metadata.json"), ImageRefFile: filepath.Join(dir, "refs")}
	all := []targetResult{
		{"api", []output{imageOutput("localhost:5001/api:1")}, map[string]string{"containerimage.digest": "sha256:a"}},
		{"worker", []output{imageOutput("localhost:5001/worker:1")}, map[string]string{"containerimage.digest": "sha256:b"}},
	}
	var stdout strings.Builder
	if err := o.hand(&stdout, all); err != nil {
		t.Fatal(err)
	}
	const refs = "localhost:5001/api@sha256:a\nlocalhost:5001/worker@sha256:b\n"
	file, err := os.ReadFile(o.ImageRefFile)
	if err != nil || string(file) != refs || stdout.String() != refs {
		t.Errorf("%v, the file has %q, standard output %q", err, file, &stdout)
	}
	var got map[string]map[string]string
	text, err := os.ReadFile(o.MetadataFile)
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if diff := cmp.Diff(map[string]map[string]string{"api": {"containerimage.digest": "sha256:a"}, "worker": {"containerimage.digest": "sha256:b"}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	o.ImageRefFile = filepath.Join(dir, "none", "refs")
	if err := o.hand(&stdout, all); err == nil {
		t.Error("a file that cannot be written is no error")
	}
}

func TestImageRefFileNeedsName(t *testing.T) {
	var mistakes diag.List
	o := OutputOptions{ImageRefFile: "refs", Outputs: []string{"dist"}}
	o.parse(os.Stdout, &mistakes)
	if diff := cmp.Diff([]string{"--image-ref-file: no image of this build has a name; give it with --tag"}, messages(mistakes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
