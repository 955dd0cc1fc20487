package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
)

func manyOptions(t *testing.T, o BuildOptions) BuildOptions {
	t.Helper()
	o.Source.Dir = t.TempDir()
	writeFile(t, o.Source.Dir, "go.mod", "module example.com/m\n")
	o.Daemon.Progress = "plain"
	return o
}

// TestManyMistakes: before a daemon is looked for, all that would give several targets one name is refused, and what is said instead is taken.
func TestManyMistakes(t *testing.T) {
	o := manyOptions(t, BuildOptions{All: true, Output: OutputOptions{Tags: []string{"ghcr.io/me/app:{version}", "x:{targt}"}, Outputs: []string{"dist", "type=oci,dest=x.tar"}},
		Cache: CacheOptions{CacheTo: []string{"type=registry,ref=ghcr.io/me/cache"}}})
	o.Source.Target = "a,b"
	env, _, _ := testEnv(t, nil)
	err := Build(t.Context(), env, o)
	var said bytes.Buffer
	if code := Report(&said, err); code != ExitUsage {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"--target: a,b, and not all of a set; leave out --all and DIR/..., or --target",
		`--tag: "ghcr.io/me/app:{version}" is one name for several images; put {target} into it`,
		`--tag: "x:{targt}" is one name for several images`,
		`--output: "dist" is one place for several targets; put {target} into it, as in -o dist/{target}`,
		`--output: "type=oci,dest=x.tar" is one place`,
		`--cache-to: "type=registry,ref=ghcr.io/me/cache" is one place for several caches`,
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &said)
		}
	}
	twice := manyOptions(t, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: "api,api/binaries"}}, Output: OutputOptions{Outputs: []string{"dist/{target}"}}})
	if err := Build(t.Context(), env, twice); err == nil || !strings.Contains(err.Error(), "--target: api and api/binaries are both {target} api; give each a command of its own") {
		t.Errorf("got %v", err)
	}
	none := manyOptions(t, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: ", "}}})
	if err := Build(t.Context(), env, none); err == nil || !strings.Contains(err.Error(), `--target: ", " names none; write --all for every target`) {
		t.Errorf("got %v", err)
	}
	away := BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: "https://git.example/app.git"}, Daemon: DaemonOptions{Progress: "plain"}}, All: true, Since: "HEAD"}
	if err := Build(t.Context(), env, away); err == nil || !strings.Contains(err.Error(), "--since: BuildKit fetches https://git.example/app.git, and it is a folder that is compared; build a clone of it") {
		t.Errorf("got %v", err)
	}
	for _, test := range []struct {
		tags, outputs []string
		says          string
	}{
		{tags: []string{"ghcr.io/me/{target}:{versoin}"}, says: `--tag: "ghcr.io/me/{target}:{versoin}" has an unknown field {versoin}; did you mean "version"?`},
		{outputs: []string{"type=oci,dest={target}-{version}.tar"}, says: `--output: "type=oci,dest={target}-{version}.tar" has an unknown field {version}; fields are {target}`},
		{tags: []string{"me/UPPER{target}"}, says: "--tag: "},
	} {
		o := manyOptions(t, BuildOptions{All: true, Output: OutputOptions{Tags: test.tags, Outputs: test.outputs}})
		if err := Build(t.Context(), env, o); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q, %q: %v, want %q", test.tags, test.outputs, err, test.says)
		}
	}
	for _, o := range []BuildOptions{
		{All: true, Output: OutputOptions{Tags: []string{"ghcr.io/me/{target}:{version}"}, Push: true}},
		{Pattern: "./cmd/...", Output: OutputOptions{Outputs: []string{"dist/{target}"}}, Cache: CacheOptions{CacheTo: []string{"ghcr.io/me/{target}:cache"}}},
	} {
		if err := Build(t.Context(), env, manyOptions(t, o)); err == nil || !strings.Contains(err.Error(), "no BuildKit here") {
			t.Errorf("%+v: %v", o.Output, err)
		}
	}
}

// followMany does what is said of several targets.
func followMany(t *testing.T) []string {
	t.Helper()
	var followed []string
	for _, c := range []struct{ wrong, right BuildOptions }{
		{BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: "a,b"}}, All: true}, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: "a,b"}}}},
		{BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: "a,b"}}, All: true}, BuildOptions{All: true}},
		{BuildOptions{All: true, Output: OutputOptions{Tags: []string{"ghcr.io/me/app"}}}, BuildOptions{All: true, Output: OutputOptions{Tags: []string{"ghcr.io/me/{target}:{version}"}}}},
		{BuildOptions{All: true, Output: OutputOptions{Outputs: []string{"dist"}}}, BuildOptions{All: true, Output: OutputOptions{Outputs: []string{"dist/{target}"}}}},
		{BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: ","}}}, BuildOptions{All: true}},
		{BuildOptions{All: true, Cache: CacheOptions{CacheTo: []string{"ghcr.io/me/cache"}}}, BuildOptions{All: true, Cache: CacheOptions{CacheTo: []string{"ghcr.io/me/{target}:cache"}}}},
	} {
		env, _, _ := testEnv(t, nil)
		_, err := newMany(t.Context(), env, manyOptions(t, c.wrong))
		if err == nil {
			t.Errorf("%+v has no mistake", c.wrong)
			continue
		}
		for _, m := range diag.All(err) {
			followed = append(followed, m.Help)
		}
		if _, err := newMany(t.Context(), env, manyOptions(t, c.right)); err != nil {
			t.Errorf("%q, and then %v", followed[len(followed)-1], err)
		}
	}
	w := newSinceWorld(t)
	_, err := openSince("none", w.dir, noConfig(), nil)
	for _, m := range diag.All(err) {
		followed = append(followed, m.Help)
	}
	s, err := openSince("old", w.dir, noConfig(), nil)
	if err != nil {
		t.Error(err)
	} else {
		s.close()
	}
	return followed
}

// TestTemplates: the frontend is asked what an image is called, and the exporter is told what it answers.
func TestTemplates(t *testing.T) {
	env, _, _ := testEnv(t, nil)
	b, err := newBuild(t.Context(), env, manyOptions(t, BuildOptions{Output: OutputOptions{Tags: []string{"ghcr.io/me/{target}:{version}", "other:1"}, Push: true}}))
	if err != nil {
		t.Fatal(err)
	}
	if asked := b.nameOptions()[frontend.OptionNames]; asked != "ghcr.io/me/{target}:{version},other:1" {
		t.Errorf("the frontend is asked for %q", asked)
	}
	if err := b.takeNames([]byte(`["ghcr.io/me/api:v1.2.3", "docker.io/library/other:1", "ghcr.io/me/api:v1.2.3"]`)); err != nil {
		t.Fatal(err)
	}
	if name := b.opt.Exports[0].Attrs["name"]; name != "ghcr.io/me/api:v1.2.3,docker.io/library/other:1" {
		t.Errorf("the exporter is told %q", name)
	}
	lines := summary(b.outputs, map[string]string{"containerimage.digest": "sha256:1"})
	if want := []string{"pushed ghcr.io/me/api:v1.2.3@sha256:1", "pushed other:1@sha256:1"}; !slices.Equal(lines, want) {
		t.Errorf("it says %q, want %q", lines, want)
	}
	if b, err = newBuild(t.Context(), env, manyOptions(t, BuildOptions{Output: OutputOptions{Tags: []string{"other:1"}}})); err != nil || b.nameOptions() != nil {
		t.Errorf("of a name without fields: %v, %v", b.nameOptions(), err)
	}
}

func TestSplitPattern(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root, "go.mod", "module example.com/m\n")
	writeFile(t, root, "cmd/api/main.go", "package main\n")
	t.Chdir(root)
	for arg, want := range map[string][2]string{
		".": {".", ""}, "./...": {".", "./..."}, "...": {".", "./..."}, "./cmd/...": {".", "./cmd/..."}, "cmd/api/...": {".", "./cmd/api/..."},
		root + "/...": {root, "./..."}, "x...": {"x...", ""},
	} {
		dir, pattern := splitPattern(arg)
		if got := [2]string{filepath.Clean(dir), pattern}; got != want {
			t.Errorf("%s is %q, want %q", arg, got, want)
		}
	}
	for main, matches := range map[string]bool{"./cmd": true, "./cmd/api": true, "./cmdline": false, ".": false, "": false} {
		if matchesMain("./cmd/...", main) != matches || !matchesMain("./...", main) || matchesMain("", main) {
			t.Errorf("%q is matched wrong", main)
		}
	}
}

// TestChooseTargets: which targets are built is a matter of the flags and of what there is.
func TestChooseTargets(t *testing.T) {
	list := func(targets ...frontend.Target) gateway.BuildFunc {
		return func(context.Context, gateway.Client) (*gateway.Result, error) {
			text, err := json.Marshal(frontend.Targets{Targets: targets})
			res := gateway.NewResult()
			res.AddMeta("result.json", text)
			return res, err
		}
	}
	top, api, tool := frontend.Target{Name: "default", Default: true}, frontend.Target{Name: "api", Main: "./cmd/api"}, frontend.Target{Name: "gen", Main: "./tools/gen"}
	for _, test := range []struct {
		options BuildOptions
		list    []frontend.Target
		want    []string
	}{
		{BuildOptions{All: true}, []frontend.Target{api, tool}, []string{"api", "gen"}},
		{BuildOptions{All: true}, []frontend.Target{top, api, tool}, []string{"api", "gen"}},
		{BuildOptions{All: true}, []frontend.Target{top}, []string{"default"}},
		{BuildOptions{Pattern: "./cmd/..."}, []frontend.Target{top, api, tool}, []string{"api"}},
		{BuildOptions{Pattern: "./..."}, []frontend.Target{api, tool}, []string{"api", "gen"}},
		{BuildOptions{Pattern: "./cmd/..."}, []frontend.Target{{Name: "both", Main: "./tools/gen", Beside: []string{"./cmd/api"}}, tool}, []string{"both"}},
		{BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Target: "b, a,b"}}}, nil, []string{"b", "a"}},
	} {
		m := &many{options: test.options}
		got, err := m.choose(t.Context(), nil, list(test.list...))
		if !slices.Equal(got, test.want) || err != nil {
			t.Errorf("%+v gives %q, %v, want %q", test.options, got, err, test.want)
		}
	}
	m := &many{options: BuildOptions{Pattern: "./srv/..."}}
	if _, err := m.choose(t.Context(), nil, list(api, tool)); err == nil || err.Error() != "no target has a main package that matches ./srv/...; api is ./cmd/api, gen is ./tools/gen" {
		t.Errorf("of nothing: %v", err)
	}
}

// TestFinish: a target that failed hides no other, and the exit code says whether it was only what somebody has written. The files for
// programs have what was made, and nothing of an earlier build if that is nothing.
func TestFinish(t *testing.T) {
	usage, failed := &ExitError{Code: ExitUsage, Err: errors.New("unknown key")}, &ExitError{Code: ExitFailed, Err: errors.New("undefined: x")}
	became := func(digest string) *solved {
		return &solved{response: map[string]string{"containerimage.digest": digest, "image.name": "ghcr.io/me/api:1", frontend.InlineMessage: "linux/amd64  /api\n"}}
	}
	image := output{ExportEntry: client.ExportEntry{Type: client.ExporterImage, Attrs: map[string]string{"name": "*", "push": "true"}}}
	for _, test := range []struct {
		errs []error
		made int
		code int
		says string
	}{
		{[]error{nil, nil}, 2, 0, ""},
		{[]error{nil, usage}, 1, ExitUsage, "1 of 2 targets failed: b"},
		{[]error{failed, usage}, 0, ExitFailed, "2 of 2 targets failed: a, b"},
		{nil, 0, 0, ""}, // of none has anything changed
	} {
		env, stdout, stderr := testEnv(t, nil)
		dir := t.TempDir()
		metadata, refs := filepath.Join(dir, "metadata.json"), filepath.Join(dir, "refs")
		writeFile(t, dir, "metadata.json", "of an earlier build")
		writeFile(t, dir, "refs", "of an earlier build")
		m := &many{env: env, job: &job{mode: progressui.PlainMode}, options: BuildOptions{Output: OutputOptions{Quiet: true, MetadataFile: metadata, ImageRefFile: refs}}}
		for i, err := range test.errs {
			name := string(rune('a' + i))
			m.targets = append(m.targets, &oneOfMany{name: name, build: &build{outputs: []output{image}}, result: became("sha256:" + name), err: err})
		}
		err := m.finish(t.Context())
		if code := Report(stderr, err); code != test.code || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("exit code %d: %s", code, stderr)
		}
		text, readErr := os.ReadFile(metadata)
		var made map[string]any
		if err := errors.Join(readErr, json.Unmarshal(text, &made)); err != nil || len(made) != test.made {
			t.Errorf("%v: the metadata of %d targets are %s", err, test.made, text)
		}
		if list, err := os.ReadFile(refs); err != nil || string(list) != stdout.String() {
			t.Errorf("%v: the names of the images are %q, and standard output has %q", err, list, stdout)
		}
		for i, err := range test.errs {
			name := string(rune('a' + i))
			if err != nil {
				if !strings.Contains(stderr.String(), "target "+name+":\nerror: "+err.Error()) || !strings.Contains(stderr.String(), name+"  failed\n") {
					t.Errorf("of %s it says %q", name, stderr)
				}
				continue
			}
			for _, want := range []string{name + "  linux/amd64  /api\n", name + "  pushed ghcr.io/me/api:1@sha256:" + name} {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("it does not say %q: %q", want, stderr)
				}
			}
			if !strings.Contains(stdout.String(), "ghcr.io/me/api@sha256:"+name+"\n") || !strings.Contains(string(text), `"`+name+`": {`) {
				t.Errorf("of %s there is %q and %s", name, stdout, text)
			}
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errInterrupted)
	env, _, stderr := testEnv(t, nil)
	m := &many{env: env, job: &job{mode: progressui.PlainMode}, targets: []*oneOfMany{{name: "a", build: &build{}, err: failed}}}
	if code := Report(stderr, m.finish(ctx)); code != ExitInterrupted {
		t.Errorf("interrupted, the exit code is %d", code)
	}
}

// TestScreen: what several solves tell of one vertex is shown once, and each vertex names its solve.
func TestScreen(t *testing.T) {
	shared, own := digest.FromString("shared"), digest.FromString("own")
	told := func() *client.SolveStatus {
		return &client.SolveStatus{
			Vertexes: []*client.Vertex{{Digest: shared, Name: "[modules] download"}},
			Logs:     []*client.VertexLog{{Vertex: shared, Data: []byte("x")}}, Statuses: []*client.VertexStatus{{Vertex: shared, ID: "y"}},
			Warnings: []*client.VertexWarning{{Vertex: shared, Short: []byte("z")}},
		}
	}
	s := &screen{speaks: map[digest.Digest]string{}}
	first, second := s.of("api", told()), s.of("worker", told())
	if first.Vertexes[0].Name != "[api modules] download" || len(first.Logs) != 1 || len(first.Statuses) != 1 || len(first.Warnings) != 1 {
		t.Errorf("the first tells %+v", first)
	}
	if len(second.Vertexes)+len(second.Logs)+len(second.Statuses)+len(second.Warnings) != 0 {
		t.Errorf("the second tells it again: %+v", second)
	}
	last := s.of("worker", &client.SolveStatus{Vertexes: []*client.Vertex{{Digest: own, Name: "exporting to image"}}})
	if last.Vertexes[0].Name != "[worker] exporting to image" {
		t.Errorf("it is called %q", last.Vertexes[0].Name)
	}
}

// TestBeside: what is said while the display runs comes after it, and once although several solves say it.
func TestBeside(t *testing.T) {
	env, _, stderr := testEnv(t, nil)
	display, err := progressui.NewDisplay(stderr, progressui.PlainMode)
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t.Context(), display, newStats())
	beside := s.beside(env)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { Warn(beside.Stderr, "there is no password for r.example") })
	}
	wg.Wait()
	if stderr.Len() > 0 {
		t.Errorf("the display runs, and standard error has %q", stderr)
	}
	s.close()
	if got := stderr.String(); strings.Count(got, "warning: there is no password for r.example\n") != 1 {
		t.Errorf("in the end standard error has %q", got)
	}
}
