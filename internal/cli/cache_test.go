package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
)

func TestParseCaches(t *testing.T) {
	o := CacheOptions{
		CacheFrom: []string{"corp.example/app:cache", "type=local,src=c", `type=registry,"ref=a,b"`},
		CacheTo:   []string{"corp.example/app:cache", "type=inline", "type=local,dest=c,mode=max"},
	}
	var mistakes diag.List
	var opt client.SolveOpt
	o.addTo(&opt, &mistakes)
	if mistakes != nil {
		t.Fatal(mistakes.Err())
	}
	wantFrom := []client.CacheOptionsEntry{
		{Type: "registry", Attrs: map[string]string{"ref": "corp.example/app:cache"}},
		{Type: "local", Attrs: map[string]string{"src": "c"}},
		{Type: "registry", Attrs: map[string]string{"ref": "a,b"}},
	}
	wantTo := []client.CacheOptionsEntry{
		{Type: "registry", Attrs: map[string]string{"ref": "corp.example/app:cache", "mode": "min"}},
		{Type: "inline", Attrs: map[string]string{"mode": "min"}},
		{Type: "local", Attrs: map[string]string{"dest": "c", "mode": "max"}},
	}
	if diff := cmp.Diff(wantFrom, opt.CacheImports); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantTo, opt.CacheExports); diff != "" {
		t.Error(diff)
	}
	CacheOptions{CacheFrom: []string{"", "ref=x", "type=registry", "a,b"}}.addTo(&opt, &mistakes)
	want := []string{
		`--cache-from: "": want key=value`,
		`--cache-from: "ref=x": type= is missing, as in type=registry,ref=NAME or type=local`,
		`--cache-from: "type=registry": type=registry needs ref=`,
		`--cache-from: "a,b": want key=value instead of "a"`,
	}
	if diff := cmp.Diff(want, messages(mistakes)); diff != "" {
		t.Error(diff)
	}
}
