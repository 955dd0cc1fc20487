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
	CacheOptions{CacheFrom: []string{"", "ref=x", "type=registry", "a,b", "type=inline"}}.addTo(&opt, &mistakes)
	want := []string{
		`--cache-from: "": want key=value`,
		`--cache-from: "ref=x": type= is missing, as in type=registry,ref=NAME or type=local`,
		`--cache-from: "type=registry": type=registry needs ref=`,
		`--cache-from: "a,b": want key=value instead of "a"`,
		`--cache-from: "type=inline": a cache that is inline is read from its image: type=registry,ref=NAME`,
	}
	if diff := cmp.Diff(want, messages(mistakes)); diff != "" {
		t.Error(diff)
	}
}

// TestAWSKeys: an S3 cache has the keys of the flag, all of them, or those of the environment.
func TestAWSKeys(t *testing.T) {
	env := map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	parse := func(value string) client.CacheOptionsEntry {
		var mistakes diag.List
		var opt client.SolveOpt
		CacheOptions{CacheFrom: []string{value}}.addTo(&opt, &mistakes)
		if mistakes != nil {
			t.Fatal(mistakes.Err())
		}
		addAWSKeys(opt.CacheImports, lookup)
		return opt.CacheImports[0]
	}
	for value, want := range map[string]map[string]string{
		"type=s3,bucket=b": {"bucket": "b", "access_key_id": "id", "secret_access_key": "secret", "session_token": "token"},
		"type=s3,bucket=b,access_key_id=x,secret_access_key=y": {"bucket": "b", "access_key_id": "x", "secret_access_key": "y"},
		"type=registry,ref=r": {"ref": "r"},
	} {
		if diff := cmp.Diff(want, parse(value).Attrs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", value, diff)
		}
	}
	env = nil
	if diff := cmp.Diff(map[string]string{"bucket": "b"}, parse("type=s3,bucket=b").Attrs); diff != "" {
		t.Errorf("without an environment (-want +got):\n%s", diff)
	}
}
