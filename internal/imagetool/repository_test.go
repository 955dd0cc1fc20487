package imagetool_test

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagetool"
)

// TestRepositoryFile: GitHub takes no path that leaves the repository.
func TestRepositoryFile(t *testing.T) {
	for value, want := range map[string]string{"": "Dockerfile", "./deploy/app.yaml": "deploy/app.yaml"} {
		var f imagetool.RepositoryFile
		cmd := &cobra.Command{}
		f.AddFlag(cmd)
		if value != "" {
			if err := cmd.Flags().Set("sarif-path", value); err != nil {
				t.Fatal(err)
			}
		}
		if f.String() != want {
			t.Errorf("%q: %s", value, &f)
		}
	}
	for _, wrong := range []string{"/Dockerfile", "../Dockerfile", "a/../../b", ""} {
		if (&imagetool.RepositoryFile{}).Set(wrong) == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}
