package request_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// maxArgStrlen is Linux's limit for one string of an environment, MAX_ARG_STRLEN, with its final zero.
const maxArgStrlen = 128 << 10

// roundTrip takes a request through an environment in which others have variables too.
func roundTrip[T request.Request](t *testing.T, req T) T {
	t.Helper()
	env, err := request.Env(req)
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"PATH": "/bin", "MODSHIP_REQUEST": "x", "MODSHIP_REQUEST_": "x"}
	for _, kv := range env {
		if len(kv)+1 > maxArgStrlen || !utf8.ValidString(kv) || strings.ContainsRune(kv, 0) {
			t.Fatalf("a variable of %d bytes cannot be passed to a program", len(kv))
		}
		name, value, _ := strings.Cut(kv, "=")
		if _, double := vars[name]; double {
			t.Fatalf("%s is there twice", name)
		}
		vars[name] = value
	}
	got, err := request.Decode[T](lookup(vars))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func lookup(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func TestRoundTrip(t *testing.T) {
	req := request.Compile{
		Build: request.Build{
			Target: target.Target{OS: "linux", Arch: "arm", Level: "7"}, Work: true, Vendor: true,
			Tags: []string{"a", "b"}, Env: map[string]string{"GOEXPERIMENT": "x"}, PGO: "cmd/default.pgo",
		},
		Main: "example.com/app", Path: "usr/local/bin/app", LDFlags: []string{"-X=main.v=ä\n\"'$"},
	}
	if diff := cmp.Diff(req, roundTrip(t, req)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(request.Modules{}, roundTrip(t, request.Modules{})); diff != "" {
		t.Errorf("an empty request (-want +got):\n%s", diff)
	}
}

// TestLarge is a request that is split, at every place relative to a rune of several bytes.
func TestLarge(t *testing.T) {
	for shift := range 4 {
		req := request.Deps{Imports: []string{strings.Repeat("x", shift) + strings.Repeat("日本語𝄞", 60_000)}}
		if env, err := request.Env(req); err != nil || len(env) < 8 {
			t.Fatalf("%d variables, %v", len(env), err)
		}
		if got := roundTrip(t, req); !slices.Equal(got.Imports, req.Imports) {
			t.Errorf("shifted by %d the request is another one", shift)
		}
	}
}

// FuzzRoundTrip: whatever strings a request holds, the step reads the same, as far as they are text.
func FuzzRoundTrip(f *testing.F) {
	f.Add("a", "b", 1)
	f.Add("日", "\x00\n\"", 40_000)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		if n = max(n, 0) % 50_000; len(b)*n > 1<<20 {
			n = 1
		}
		req := request.Deps{Build: request.Build{Tags: []string{a}, Env: map[string]string{b: a}}, Imports: []string{strings.Repeat(b, n), a}}
		got := roundTrip(t, req)
		if !slices.Equal(got.Imports, req.Imports) || !slices.Equal(got.Build.Tags, req.Build.Tags) || !maps.Equal(got.Build.Env, req.Build.Env) {
			t.Errorf("got %v, want %v", got, req)
		}
	})
}

func TestDecodeErrors(t *testing.T) {
	for name, vars := range map[string]map[string]string{
		"none":           {},
		"empty":          {"MODSHIP_REQUEST_0": ""},
		"no first":       {"MODSHIP_REQUEST_1": "{}"},
		"cut off":        {"MODSHIP_REQUEST_0": `{"uid": 1`},
		"of another one": {"MODSHIP_REQUEST_0": `{"uid": 1, "main": "x"}`},
	} {
		if req, err := request.Decode[request.Rootfs](lookup(vars)); err == nil {
			t.Errorf("%s: got %v", name, req)
		}
	}
}

// TestModulePart: the modules of a repository are fetched together, and others are spread.
func TestModulePart(t *testing.T) {
	for _, path := range []string{"github.com/acme/mono/a", "github.com/acme/mono/a/v2", "github.com/acme/mono/b/c"} {
		if got, want := request.ModulePart(path), request.ModulePart("github.com/acme/mono"); got != want {
			t.Errorf("%s is in part %d, and its repository in part %d", path, got, want)
		}
	}
	parts := map[int]int{}
	for i := range 160 {
		parts[request.ModulePart(fmt.Sprintf("github.com/acme/m%d", i))]++
	}
	for part, n := range parts {
		if len(parts) != request.ModuleParts || n > 30 {
			t.Errorf("%d of 160 modules are in part %d of %d", n, part, len(parts))
		}
	}
}
