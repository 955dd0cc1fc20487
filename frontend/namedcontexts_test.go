package frontend

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnusedContexts(t *testing.T) {
	const help = "a named context stands in for an image that the configuration names or a module that go.mod replaces outside of the context, is one of source or image.files, or is modship-seed"
	for _, test := range []struct {
		name  string
		opts  map[string]string
		asked []string
		want  []string
	}{
		{"none", map[string]string{"context": "x", "filename": "y"}, nil, nil},
		{"used", map[string]string{"context:debian:bookworm-slim": "local:x"}, []string{"debian:bookworm-slim"}, nil},
		{"used for a platform", map[string]string{"context:debian:12::linux/arm64": "local:x"}, []string{"debian:12"}, nil},
		{"latest", map[string]string{"context:docker.io/library/debian:latest": "local:x"}, []string{"debian"}, nil},
		{"not used", map[string]string{"context:lib": "local:lib"}, []string{"debian:12"}, []string{"the build context lib is not used; " + help}},
		{"nothing asks", map[string]string{"context:lib": "local:lib"}, nil, []string{"the build context lib is not used; " + help}},
		{"misspelled", map[string]string{"context:debain:12": "local:x"}, []string{"debian:12"}, []string{`the build context debain:12 is not used; did you mean "debian:12"?`}},
		{"for two platforms", map[string]string{"context:lib::linux/arm64": "a", "context:lib::linux/amd64": "b"}, nil, []string{"the build context lib is not used; " + help}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, w := range unusedContexts(test.opts, test.asked) {
				got = append(got, w.Error())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
