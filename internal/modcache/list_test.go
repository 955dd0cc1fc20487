package modcache

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"
)

func TestList(t *testing.T) {
	for _, tt := range []struct {
		name, gomod string
		want        []string
		complete    bool
	}{
		{"plain", "module m\ngo 1.21\nrequire (\n b.example/b v1.0.0\n a.example/a v2.0.0+incompatible // indirect\n)\n",
			[]string{"a.example/a a.example/a@v2.0.0+incompatible", "b.example/b b.example/b@v1.0.0"}, true},
		{"nothing required", "module m\ngo 1.26\n", nil, true},
		{"replaced for all versions", "module m\ngo 1.17\nrequire a.example/a v1.0.0\nreplace a.example/a => b.example/b v1.1.0\n",
			[]string{"a.example/a b.example/b@v1.1.0"}, true},
		{"replaced for another version", "module m\ngo 1.17\nrequire a.example/a v1.0.0\nreplace a.example/a v1.0.1 => b.example/b v1.1.0\n",
			[]string{"a.example/a a.example/a@v1.0.0"}, true},
		{"the version goes first", "module m\ngo 1.17\nrequire a.example/a v1.0.0\n" +
			"replace a.example/a v1.0.0 => b.example/b v1.1.0\nreplace a.example/a => c.example/c v1.0.0\n",
			[]string{"a.example/a b.example/b@v1.1.0"}, true},
		{"replaced by a folder", "module m\ngo 1.17\nrequire a.example/a v1.0.0\nreplace a.example/a => ./a\n", nil, true},
		{"before graph pruning", "module m\ngo 1.16\nrequire a.example/a v1.0.0\n", nil, false},
		{"no go line", "module m\nrequire a.example/a v1.0.0\n", nil, false},
		{"required twice", "module m\ngo 1.20\nrequire a.example/a v1.0.0\nrequire a.example/a v1.1.0\n",
			[]string{"a.example/a a.example/a@v1.0.0", "a.example/a a.example/a@v1.1.0"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, complete, err := List("go.mod", []byte(tt.gomod))
			if err != nil || complete != tt.complete {
				t.Errorf("complete %v, %v", complete, err)
			}
			var got []string
			for _, m := range list {
				got = append(got, m.Path+" "+m.From.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, _, err := List("sub/go.mod", []byte("modul m\n")); err == nil || !strings.Contains(err.Error(), "sub/go.mod:1") {
		t.Errorf("a mistake: %v", err)
	}
}

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
