package frontend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// TestFaults: of every kind of mistake that a build can end with, what is said, and the line that is shown with it.
func TestFaults(t *testing.T) {
	const noConfig = "\n-- go.mod --\nmodule example.com/hello\n\ngo 1.26\n\ntoolchain $GO\n-- main.go --\npackage main\n\nfunc main() {}\n"
	for name, fault := range map[string]struct {
		archive string
		options map[string]string
		prepare func(c *gatewaytest.Client)
		want    []string // "FILE:LINE" for what is shown, else parts of the text
	}{
		"no configuration": {archive: noConfig, want: []string{"modship.yaml"}},
		"mistakes in both files": {archive: strings.ReplaceAll(noConfig, "toolchain $GO", "toolchain x") + "-- modship.yaml --\nimage: {bas: a}\n",
			want: []string{"modship.yaml:1", "go.mod:5", `did you mean "base"?`}},
		"no such target":   {archive: hello, options: map[string]string{"target": "binarys"}, want: []string{"binarys"}},
		"no such stage":    {archive: hello, options: map[string]string{"no-cache": "compiled"}, want: []string{"--no-cache-filter", "compile"}},
		"no such platform": {archive: hello, options: map[string]string{"platform": "windows/amd64"}, want: []string{"--platform", "windows"}},
		"a build argument": {archive: hello, options: map[string]string{"build-arg:SOURCE_DATE_EPOCH": "soon"}, want: []string{"SOURCE_DATE_EPOCH"}},
		"proxies":          {archive: hello, options: map[string]string{"build-arg:GOPROXY": "ftp://a.example"}, want: []string{"GOPROXY", "ftp"}},
		"go.mod":           {archive: hello + "-- go.work --\ngo 1.26\nuse ./gone\n", want: []string{"go.work:2", "gone"}},
		"Go version":       {archive: hello + "go: 1.20.1\n", want: []string{"modship.yaml:2", "1.20.1"}},
		"syntax":           {archive: strings.Replace(hello, "func main()", "func main(", 1), want: []string{"main.go:3"}},
		"an import":        {archive: strings.Replace(hello, "func main", "import \"example.com/hello/gone\"\n\nfunc main", 1), want: []string{"main.go:3", "gone"}},
		"embedded files": {archive: strings.Replace(hello, "func main", "import _ \"embed\"\n\n//go:embed gone\nvar text string\n\nfunc main", 1),
			want: []string{"main.go:5", "gone"}},
		"ignored embedded files": {archive: strings.Replace(hello, "func main", "import _ \"embed\"\n\n//go:embed text\nvar text string\n\nfunc main", 1) +
			"-- text --\n-- .dockerignore --\ntext\n", want: []string{"main.go:5", ".dockerignore"}},
		"types":          {archive: strings.Replace(hello, `println("hello")`, "x := 1", 1), want: []string{"main.go:3", "declared and not used: x"}},
		"files":          {archive: hello + "image: {files: [{from: gone, to: /gone}]}\n", want: []string{"modship.yaml:2", `the context has no "gone"`}},
		"a base":         {archive: hello + "image: {base: gone.example/a}\n", want: []string{"modship.yaml:2", "base image gone.example/a is not usable"}},
		"a builder":      {archive: hello + "builder: {image: gone.example/a}\n", want: []string{"modship.yaml:2", "builder image gone.example/a is not usable"}},
		"another's base": {archive: hello + "image: {base: foreign.example/a}\n", want: []string{"modship.yaml:2", "it is for linux/s390x"}},
		"entrypoint":     {archive: hello + "image:\n  entrypoint: [/bin/gone]\n", want: []string{"modship.yaml:3", "the entrypoint would not start"}},
		"a program of another machine": {archive: hello, prepare: func(c *gatewaytest.Client) { c.Steps["compile"] = compileFor("s390x") },
			want: []string{"verifying the image for linux/"}},
		"no proxy": {archive: strings.ReplaceAll(hello, "\n\ntoolchain $GO", ""), options: map[string]string{"build-arg:GOPROXY": "off"}, want: []string{"GOPROXY"}},
		"a step that says nothing": {archive: hello, prepare: func(c *gatewaytest.Client) {
			c.Steps["scan"] = func(context.Context, *gatewaytest.Step) error { return errors.New("exit code: 137") }
		}, want: []string{"reading the module's packages", "exit code: 137"}},
		"what a step says is no JSON": {archive: hello, prepare: func(c *gatewaytest.Client) {
			c.Steps["scan"] = func(_ context.Context, s *gatewaytest.Step) error {
				return writeJSON(s, request.Out, request.ScanFile, "text")
			}
		}, want: []string{"decoding scan.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, fault.archive)
			c.AddImage("foreign.example/a", gatewaytest.Root{Dir: t.TempDir(), Config: ocispecs.Image{Platform: ocispecs.Platform{OS: "linux", Architecture: "s390x"}}})
			maps.Copy(c.Options, fault.options)
			if fault.prepare != nil {
				fault.prepare(c)
			}
			res, err := FromClient(t.Context(), c)
			if err == nil {
				t.Fatalf("it gave %v", res)
			}
			shown := err.Error() + "\n" + places(err)
			for _, want := range fault.want {
				if !strings.Contains(shown, want) {
					t.Errorf("%q is not in\n%s", want, shown)
				}
			}
		})
	}
}

// places are the places that clients show with an error.
func places(err error) string {
	var b strings.Builder
	for _, source := range errdefs.Sources(err) {
		fmt.Fprintf(&b, "%s:%d\n", source.Info.Filename, source.Ranges[0].Start.Line)
	}
	return b.String()
}

// TestStepFails: a failure of each stage of a build ends it with the name of the stage, and is not hidden by what runs beside.
func TestStepFails(t *testing.T) {
	for _, stage := range []string{"scan", "toolchain", "license", "vcs", "modules", "analyze", "deps", "compile", "rootfs", "files"} {
		t.Run(stage, func(t *testing.T) {
			c := newWordsClient(t)
			git(t, c)
			for _, before := range []string{"deps", "compile"} { // what they give is not looked at
				c.Steps[before] = func(context.Context, *gatewaytest.Step) error { return nil }
			}
			c.Steps[stage] = func(context.Context, *gatewaytest.Step) error { return errors.New("exit code: 1") }
			_, err := FromClient(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), "step "+stage+`" did not complete successfully: exit code: 1`) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestCancelled: a build that is cancelled ends with that, whatever it was asking for, and one whose request fails with the reason.
func TestCancelled(t *testing.T) {
	c := newWordsClient(t)
	git(t, c)
	mustBuild(t, c) // what runs is known from here on
	solves := len(c.Solves())
	stride := 1
	if testing.Short() {
		stride = 4
	}
	for n := 0; n < solves; n += stride {
		ctx, cancel := context.WithCancel(t.Context())
		before := len(c.Solves())
		c.Solving = func(i int) error {
			if i == before+n {
				cancel()
			}
			return nil
		}
		if _, err := FromClient(ctx, c); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at solve %d of %d: %v", n, solves, err)
		}
		cancel()
		if after := len(c.Solves()) - before; after > solves {
			t.Errorf("cancelled at solve %d of %d: asked %d times", n, solves, after)
		}
		lost := errors.New("the daemon has gone")
		before = len(c.Solves())
		c.Solving = func(i int) error {
			if i == before+n {
				return lost
			}
			return nil
		}
		if _, err := FromClient(t.Context(), c); !errors.Is(err, lost) {
			t.Errorf("failing at solve %d of %d: %v", n, solves, err)
		}
	}
}
