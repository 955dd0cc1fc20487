package modfetch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
)

func TestGoSum(t *testing.T) {
	s := GoSum{}
	s.Add([]byte("a.example/a v1.0.0 h1:zip=\na.example/a v1.0.0/go.mod h1:mod=\r\n\nnonsense\na.example/a v1.0.0 h2:new=\n"))
	s.Add([]byte("a.example/a v1.0.0 h1:second="))
	m := module.Version{Path: "a.example/a", Version: "v1.0.0"}
	for ext, want := range map[string][]string{".zip": {"h1:zip=", "h1:second="}, ".mod": {"h1:mod="}} {
		got, err := s.Sums(t.Context(), m, ext)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", ext, err, diff)
		}
	}
	m.Version = "v1.1.0"
	for ext, want := range map[string]string{".zip": "a.example/a@v1.1.0: missing go.sum entry", ".mod": "a.example/a@v1.1.0: missing go.sum entry for go.mod file"} {
		if _, err := s.Sums(t.Context(), m, ext); err == nil || err.Error() != want {
			t.Errorf("%s: %v", ext, err)
		}
	}
}
