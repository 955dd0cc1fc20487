package modcache

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
)

func TestSums(t *testing.T) {
	s := Sums{}
	s.Add([]byte("a.example/a v1.0.0 h1:zip=\na.example/a v1.0.0/go.mod h1:mod=\r\n\nnonsense\na.example/a v1.0.0 h2:new=\n"))
	s.Add([]byte("a.example/a v1.0.0 h1:second="))
	m := module.Version{Path: "a.example/a", Version: "v1.0.0"}
	if diff := cmp.Diff([]string{"h1:zip=", "h1:second="}, s.of(m, ".zip")); diff != "" {
		t.Errorf("zip (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"h1:mod="}, s.of(m, ".mod")); diff != "" {
		t.Errorf("mod (-want +got):\n%s", diff)
	}
}
