package vcs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

var (
	revA = strings.Repeat("a", 40)
	revB = strings.Repeat("b", 64)
	noon = time.Date(2024, 1, 2, 12, 0, 0, 0, time.UTC)
)

func TestFromOptions(t *testing.T) {
	for name, test := range map[string]struct {
		opts map[string]string
		want vcs.Facts
	}{
		"nothing": {},
		"all": {
			map[string]string{"vcs:revision": revA, "vcs:source": "git@github.com:o/r.git", "vcs:localdir:context": "a/b"},
			vcs.Facts{Revision: revA, Remote: "https://github.com/o/r"},
		},
		"dirty":               {map[string]string{"vcs:revision": revB + "-dirty"}, vcs.Facts{Revision: revB, Modified: true}},
		"short revision":      {map[string]string{"vcs:revision": "abc1234-dirty"}, vcs.Facts{}},
		"upper-case revision": {map[string]string{"vcs:revision": strings.ToUpper(revA)}, vcs.Facts{}},
		"twice dirty":         {map[string]string{"vcs:revision": revA + "-dirty-dirty"}, vcs.Facts{}},
		"local source":        {map[string]string{"vcs:source": "/srv/repo"}, vcs.Facts{}},
		"source with secret":  {map[string]string{"vcs:source": "https://xxxxx:xxxxx@git.example.com/r"}, vcs.Facts{Remote: "https://git.example.com/r"}},
	} {
		if diff := cmp.Diff(test.want, vcs.FromOptions(test.opts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMerge(t *testing.T) {
	for name, test := range map[string]struct {
		sources  []vcs.Source
		want     vcs.Facts
		sentence []string
	}{
		"nothing": {},
		"first known wins": {
			sources: []vcs.Source{
				{Name: "a", Facts: vcs.Facts{Revision: revA}},
				{Name: "b", Facts: vcs.Facts{Revision: revA, Time: noon, Version: "v1.0.0"}},
				{Name: "c", Facts: vcs.Facts{Remote: "https://x.y/z", Version: "v2.0.0"}},
			},
			want: vcs.Facts{Revision: revA, Time: noon, Version: "v1.0.0", Remote: "https://x.y/z"},
		},
		"modified by another": {
			sources: []vcs.Source{
				{Name: "a", Facts: vcs.Facts{Revision: revA, Version: "v1.0.0"}},
				{Name: "b", Facts: vcs.Facts{Revision: revA, Modified: true, Version: "v1.0.0+dirty"}},
			},
			want: vcs.Facts{Revision: revA, Modified: true, Version: "v1.0.0+dirty"},
		},
		"not compared": {
			sources: []vcs.Source{{Name: "a", Facts: vcs.Facts{Revision: revA, Uncompared: true}}, {Name: "b", Facts: vcs.Facts{Remote: "https://x.y/z"}}},
			want:    vcs.Facts{Revision: revA, Uncompared: true, Remote: "https://x.y/z"},
		},
		"compared by another": {
			sources: []vcs.Source{{Name: "a", Facts: vcs.Facts{Revision: revA, Uncompared: true}}, {Name: "b", Facts: vcs.Facts{Revision: revA}}},
			want:    vcs.Facts{Revision: revA},
		},
		"modified, as another knows": {
			sources: []vcs.Source{{Name: "a", Facts: vcs.Facts{Revision: revA, Uncompared: true}}, {Name: "b", Facts: vcs.Facts{Revision: revA, Modified: true}}},
			want:    vcs.Facts{Revision: revA, Modified: true},
		},
		"another revision was not compared": {
			sources:  []vcs.Source{{Name: "a", Facts: vcs.Facts{Revision: revA}}, {Name: "b", Facts: vcs.Facts{Revision: revB, Uncompared: true}}},
			want:     vcs.Facts{Revision: revA},
			sentence: []string{"a says that the revision is " + revA + ", but b says " + revB + "; " + revA + " is used"},
		},
		"another revision": {
			sources: []vcs.Source{
				{Name: "the option", Facts: vcs.Facts{Revision: revA}},
				{Name: ".git", Facts: vcs.Facts{Revision: revB, Time: noon, Version: "v1.0.0", Modified: true, Remote: "https://x.y/z"}},
			},
			want:     vcs.Facts{Revision: revA, Remote: "https://x.y/z"},
			sentence: []string{"the option says that the revision is " + revA + ", but .git says " + revB + "; " + revA + " is used"},
		},
		"three remotes": {
			sources: []vcs.Source{
				{Name: "a", Facts: vcs.Facts{Revision: revA}},
				{Name: "b", Facts: vcs.Facts{Remote: "https://x.y/1"}},
				{Name: "c", Facts: vcs.Facts{Remote: "https://x.y/2"}},
				{Name: "d", Facts: vcs.Facts{Remote: "https://x.y/1"}},
			},
			want:     vcs.Facts{Revision: revA, Remote: "https://x.y/1"},
			sentence: []string{"b says that the remote is https://x.y/1, but c says https://x.y/2; https://x.y/1 is used"},
		},
	} {
		got, sentences := vcs.Merge(test.sources...)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.sentence, sentences); diff != "" {
			t.Errorf("%s: sentences (-want +got):\n%s", name, diff)
		}
	}
}

func TestWithModified(t *testing.T) {
	for version, want := range map[string]string{
		"":                          "",
		"v1.2.3":                    "v1.2.3+dirty",
		"v1.2.3+dirty":              "v1.2.3+dirty",
		"v2.0.0+incompatible":       "v2.0.0+incompatible.dirty",
		"v2.0.0+incompatible.dirty": "v2.0.0+incompatible.dirty",
	} {
		if got := (vcs.Facts{Version: version}).WithModified(); got.Version != want || !got.Modified {
			t.Errorf("%q becomes %+v", version, got)
		}
	}
}
