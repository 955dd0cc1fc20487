package cli

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/internal/diag"
)

// compareOpt compares requests by the names of the local sources and stores.
var compareOpt = cmp.Options{
	cmp.Transformer("locals", func(m map[string]fsutil.FS) []string { return slices.Sorted(maps.Keys(m)) }),
	cmp.Transformer("stores", func(m map[string]content.Store) []string { return slices.Sorted(maps.Keys(m)) }),
	cmp.Transformer("attachables", func(l []session.Attachable) int { return len(l) }),
	cmpopts.IgnoreFields(client.ExportEntry{}, "Output", "OutputStore"),
}

func TestSolveOpt(t *testing.T) {
	lib := t.TempDir()
	base := map[string]fsutil.FS{"context": nil, "dockerfile": nil}
	withLib := maps.Clone(base)
	withLib["lib"] = nil
	for _, tc := range []struct {
		name    string
		options BuildOptions
		want    client.SolveOpt
	}{
		{
			name: "nothing",
			want: client.SolveOpt{
				SharedKey: "key", LocalMounts: base,
				FrontendAttrs: map[string]string{"filename": "modship.yaml", "build-arg:GOPROXY": "https://implied.example"},
			},
		},
		{
			name:    "everything",
			options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64,linux/arm64"}, Target: "worker", BuildArgs: []string{"A=1"}, Labels: []string{"l=2"}}, Contexts: []string{"lib=" + lib, "debian=docker-image://debian:12"}}, Output: OutputOptions{Tags: []string{"localhost:5000/hello"}, Push: true, Outputs: []string{"dist"}}, Annotations: []string{"index:a=b"}, Cache: CacheOptions{CacheFrom: []string{"corp.example/cache"}, CacheTo: []string{"type=inline"}, NoCacheFilter: []string{"deps"}}, Attest: AttestOptions{Provenance: "mode=max"}},
			want: client.SolveOpt{
				SharedKey: "key", LocalMounts: withLib,
				FrontendAttrs: map[string]string{
					"filename": "modship.yaml", "build-arg:GOPROXY": "https://implied.example", "build-arg:A": "1", "label:l": "2",
					"platform": "linux/amd64,linux/arm64", "target": "worker", "no-cache": "deps", "attest:provenance": "mode=max",
					"context:lib": "local:lib", "context:debian": "docker-image://debian:12",
				},
				CacheImports: []client.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": "corp.example/cache"}}},
				CacheExports: []client.CacheOptionsEntry{{Type: "inline", Attrs: map[string]string{"mode": "min"}}},
				Exports: []client.ExportEntry{
					{Type: "local", OutputDir: "dist", Attrs: map[string]string{}},
					{Type: "image", Attrs: map[string]string{"name": "localhost:5000/hello:latest", "push": "true", "annotation-index.a": "b"}},
				},
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			in := inputs{
				sharedKey: "key", definition: definition{name: "modship.yaml"},
				args: map[string]string{"GOPROXY": "https://implied.example"}, lookupEnv: lookup(nil),
			}
			got := requestOf(tc.options, in, &mistakes)
			if mistakes != nil {
				t.Fatal(mistakes.Err())
			}
			if diff := cmp.Diff(tc.want, got, compareOpt); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One run tells of the mistakes in all flags.
func TestPrepareReportsEverything(t *testing.T) {
	env, _, _ := testEnv(t, map[string]string{"GOPROXY": "https://u@example.com"})
	env.Executable = "/does/not/exist"
	_, err := newBuild(t.Context(), env, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: "https://example.com/x", File: "missing.yaml", Platforms: []string{"a/b/c/d"}, BuildArgs: []string{"=x"}, Labels: []string{"=x"}}, Secrets: SecretOptions{Secrets: []string{"id=x,src=/does/not/exist"}, SSH: []string{"default=/does/not/exist"}}, Contexts: []string{"x"}, Daemon: DaemonOptions{Progress: "loud"}}, Output: OutputOptions{Tags: []string{"UPPER"}, Outputs: []string{"type=x"}}, Cache: CacheOptions{CacheFrom: []string{"type=registry"}, CacheTo: []string{"x=y"}, NoCache: true, NoCacheFilter: []string{"x"}}, Attest: AttestOptions{SBOM: "x", Provenance: "x", Attests: []string{"x"}}, Annotations: []string{"x"}})
	text := "\n" + err.Error()
	for _, flag := range []string{
		"file", "platform", "build-arg", "label", "secret", "ssh", "tag", "output", "cache-from", "cache-to", "no-cache",
		"progress", "build-context", "sbom", "provenance", "attest", "annotation",
	} {
		if n := strings.Count(text, "\n--"+flag+": "); n != 1 {
			t.Errorf("%d mistakes of --%s in:%s", n, flag, text)
		}
	}
	for _, part := range []string{"\nGOPROXY of the environment: ", "\nopening the directory to build: ", "clone the repository first"} {
		if !strings.Contains(text, part) {
			t.Errorf("nothing of %q in:%s", part, text)
		}
	}
}

func TestPrepare(t *testing.T) {
	env, _, _ := testEnv(t, map[string]string{"SOURCE_DATE_EPOCH": "7"})
	dir := t.TempDir()
	writeFile(t, dir, "modship.yaml", "main: .\n")
	j, err := newBuild(t.Context(), env, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: dir}, Daemon: DaemonOptions{Progress: "auto"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"filename": "modship.yaml", "build-arg:SOURCE_DATE_EPOCH": "7"}
	if diff := cmp.Diff(want, j.opt.FrontendAttrs); diff != "" {
		t.Error(diff)
	}
	if got := read(t, j.opt.LocalMounts["dockerfile"], "modship.yaml"); got != "main: .\n" {
		t.Errorf("the configuration is %q", got)
	}
	if got := walk(t, j.opt.LocalMounts["context"], "/"); len(got) != 1 || got[0].Path != "modship.yaml" {
		t.Errorf("the context has %v", got)
	}
	if len(j.warnings) != 1 || !strings.Contains(j.warnings[0], "--output") {
		t.Errorf("warnings are %q", j.warnings)
	}
}

func TestProgressMode(t *testing.T) {
	for _, tc := range []struct {
		progress string
		quiet    bool
		variable string
		want     progressui.DisplayMode
	}{
		{"auto", false, "", "auto"},
		{"", false, "", "auto"},
		{"auto", false, "plain", "plain"},
		{"tty", false, "plain", "tty"},
		{"auto", true, "plain", "quiet"},
		{"plain", true, "", "plain"},
	} {
		if got := (DaemonOptions{Progress: tc.progress}).mode(tc.quiet, lookup(map[string]string{"BUILDKIT_PROGRESS": tc.variable})); got != tc.want {
			t.Errorf("%q, %t, %q: got %s, want %s", tc.progress, tc.quiet, tc.variable, got, tc.want)
		}
	}
}

func TestSharedKey(t *testing.T) {
	a := sharedKey("host", "/src/app")
	if !strings.HasPrefix(a, "app:") {
		t.Errorf("key is %s", a)
	}
	for _, other := range []string{sharedKey("other", "/src/app"), sharedKey("host", "/fork/app")} {
		if other == a {
			t.Errorf("%s is shared by different machines or directories", a)
		}
	}
	t.Chdir("/")
	if got := sharedKey("host", "src/app"); got != a {
		t.Errorf("a relative path has the key %s, an absolute one %s", got, a)
	}
}

func TestOutputWarnings(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options BuildOptions
		want    []string // the flags that each warning names first
	}{
		{name: "no output", want: []string{"no --tag"}},
		{name: "image", options: BuildOptions{Output: OutputOptions{Tags: []string{"x"}}, Annotations: []string{"a=b"}}},
		{name: "files", options: BuildOptions{Output: OutputOptions{Outputs: []string{"dist"}, Tags: []string{"x"}}, Annotations: []string{"a=b"}}, want: []string{"--tag", "--annotation"}},
		{name: "cache only", options: BuildOptions{Output: OutputOptions{Outputs: []string{"type=cacheonly"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			got := tc.options.warnings(tc.options.Output.parse(nil, &mistakes))
			if len(got) != len(tc.want) {
				t.Fatalf("warnings are %q", got)
			}
			for i, w := range tc.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("warning %q is not about %s", got[i], w)
				}
			}
		})
	}
}
