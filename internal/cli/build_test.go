package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
)

func TestRunWithoutBuildKit(t *testing.T) {
	dir := t.TempDir()
	closed := func(ctx context.Context, o DaemonOptions) (*Daemon, error) {
		c, err := client.New(ctx, "unix://"+filepath.Join(dir, "nobody"))
		return &Daemon{Client: c, Close: func() {}}, err
	}
	interrupted, cancel := context.WithCancelCause(t.Context())
	cancel(errInterrupted)
	for _, tc := range []struct {
		name    string
		ctx     context.Context
		options BuildOptions
		connect func(context.Context, DaemonOptions) (*Daemon, error)
		code    int
		says    string
	}{
		{name: "mistake", ctx: t.Context(), options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: dir}}, Output: OutputOptions{Push: true}}, code: ExitUsage, says: "needs a name"},
		{name: "none to be found", ctx: t.Context(), options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: dir}}}, code: ExitNoBuildKit, says: "no BuildKit here"},
		{name: "nobody listens", ctx: t.Context(), options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: dir}}}, connect: closed, code: ExitNoBuildKit, says: "asking BuildKit for its workers"},
		{name: "interrupted", ctx: interrupted, options: BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: dir}}}, code: ExitInterrupted, says: "interrupted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			env, stdout, _ := testEnv(t, nil)
			if tc.connect != nil {
				env.Connect = tc.connect
			}
			err := Build(tc.ctx, env, tc.options)
			var b bytes.Buffer
			if code := Report(&b, err); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if !strings.HasPrefix(b.String(), "error: ") || !strings.Contains(b.String(), tc.says) || strings.Count(b.String(), "\n") != 1 {
				t.Errorf("it says %q", &b)
			}
			if stdout.Len() > 0 {
				t.Errorf("standard output has %q", stdout)
			}
		})
	}
}

// located wraps err as the frontend and BuildKit's solver do.
func located(err error, file string, line int32, text string) error {
	return errdefs.WithSource(err, &errdefs.Source{
		Info:   &pb.SourceInfo{Filename: file, Data: []byte(text)},
		Ranges: []*pb.Range{{Start: &pb.Position{Line: line}, End: &pb.Position{Line: line}}},
	})
}

func TestBuildError(t *testing.T) {
	mistake := &diag.Error{Range: diag.Range{File: "modship.yaml", Start: diag.Pos{Line: 1, Col: 1}, End: diag.Pos{Line: 1, Col: 5}}, Msg: `unknown key "mian"`}
	daemon := fmt.Errorf("failed to solve: %w", errors.New("exit code: 1"))
	for _, tc := range []struct {
		name             string
		daemon, frontend error
		code             int
		want             string
	}{
		{name: "a step fails", daemon: daemon, frontend: errors.New("exit code: 1"), code: ExitFailed, want: "error: failed to solve: exit code: 1\n"},
		{name: "a mistake in the configuration", daemon: located(daemon, "modship.yaml", 1, "mian: ./cmd"), frontend: located(mistake, "other", 1, ""), code: ExitUsage,
			want: "modship.yaml:1\n--------------------\n   1 | >>> mian: ./cmd\n--------------------\nerror: modship.yaml:1:1: unknown key \"mian\"\n"},
		{name: "two mistakes that only the frontend has located", daemon: daemon, code: ExitUsage,
			frontend: errors.Join(located(mistake, "modship.yaml", 1, "mian: ./cmd"), located(&diag.Error{Msg: "second"}, "go.mod", 1, "module x")),
			want: "modship.yaml:1\n--------------------\n   1 | >>> mian: ./cmd\n--------------------\ngo.mod:1\n--------------------\n   1 | >>> module x\n--------------------\n" +
				"error: modship.yaml:1:1: unknown key \"mian\"\nerror: second\n"},
		{name: "code that does not compile", daemon: daemon, frontend: &diag.Error{Range: diag.Range{File: "main.go"}, Msg: "undefined: x", Fails: true}, code: ExitFailed,
			want: "error: main.go: undefined: x\n"},
		{name: "an image that cannot be had, and a mistake", daemon: daemon, frontend: errors.Join(&diag.Error{Msg: "no image", Fails: true}, &diag.Error{Msg: "unknown key"}), code: ExitUsage,
			want: "error: no image\nerror: unknown key\n"},
		{name: "half a range", daemon: errdefs.WithSource(daemon, &errdefs.Source{Info: &pb.SourceInfo{Filename: "x", Data: []byte("y")}, Ranges: []*pb.Range{{Start: &pb.Position{Line: 1}}}}),
			code: ExitFailed, want: "error: failed to solve: exit code: 1\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b bytes.Buffer
			if code := Report(&b, buildError(t.Context(), tc.daemon, tc.frontend)); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if diff := cmp.Diff(tc.want, b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReportBounded: an error is shown in full unless nobody would read it.
func TestReportBounded(t *testing.T) {
	for _, err := range []error{errors.New(strings.Repeat("x", 1<<20)), &diag.Error{Msg: strings.Repeat("x", 1<<20)}} {
		var b bytes.Buffer
		if Report(&b, err); b.Len() > 80<<10 || !strings.Contains(b.String(), "bytes are left out") {
			t.Errorf("%d bytes are shown", b.Len())
		}
	}
}

func TestReportSilent(t *testing.T) {
	var b bytes.Buffer
	if code := Report(&b, nil); code != 0 || b.Len() > 0 {
		t.Errorf("no error: exit code %d, text %q", code, &b)
	}
	if code := Report(&b, &ExitError{Code: 7}); code != 7 || b.Len() > 0 {
		t.Errorf("a code alone: exit code %d, text %q", code, &b)
	}
	if code := Report(&b, errors.New("unknown command")); code != ExitUsage || b.String() != "error: unknown command\n" {
		t.Errorf("an error of cobra: exit code %d, text %q", code, &b)
	}
}

func TestRecovered(t *testing.T) {
	f := recovered(func(context.Context, gateway.Client) (*gateway.Result, error) {
		return nil, []error{}[len(os.Args)]
	})
	res, err := f(t.Context(), nil)
	if res != nil || !errors.Is(err, errgroup.ErrPanic) || !strings.Contains(err.Error(), "index out of range") || !strings.Contains(err.Error(), "build_test.go") {
		t.Errorf("result %v, error %v", res, err)
	}
}

func TestInterruptible(t *testing.T) {
	signals := make(chan os.Signal)
	exits := make(chan int, 1)
	var stderr bytes.Buffer
	ctx, stop := interruptible(t.Context(), signals, &stderr, func(code int) { exits <- code })
	defer stop()
	if err := ctx.Err(); err != nil {
		t.Fatal(err)
	}
	signals <- syscall.SIGTERM
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), errInterrupted) {
		t.Errorf("the cause is %v", context.Cause(ctx))
	}
	select {
	case code := <-exits:
		t.Fatalf("the first signal exits with %d", code)
	case <-time.After(10 * time.Millisecond):
	}
	signals <- os.Interrupt
	if code := <-exits; code != ExitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(stderr.String(), "interrupt again") {
		t.Errorf("it says %q", &stderr)
	}
}

func TestReportResult(t *testing.T) {
	descriptor := `{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:abc","size":3}`
	response := map[string]string{
		"containerimage.digest":     "sha256:abc",
		"containerimage.descriptor": base64.StdEncoding.EncodeToString([]byte(descriptor)),
		"image.name":                "docker.io/me/app:latest",
		"frontend.plain":            base64.StdEncoding.EncodeToString([]byte("12")), // base64 of JSON, but no document
		frontend.InlineMessage:      "note from the frontend\n",
	}
	s := &solved{response: response, warnings: []client.VertexWarning{{
		Short: []byte("old Go"), Detail: [][]byte{[]byte("update it")}, URL: "https://example.com/w",
		SourceInfo: &pb.SourceInfo{Filename: "go.mod"}, Range: []*pb.Range{{Start: &pb.Position{Line: 3}}},
	}}}
	push := []output{{ExportEntry: client.ExportEntry{Type: "image", Attrs: map[string]string{"name": "docker.io/me/app:latest", "push": "true"}}}}
	const warned = "warning: go.mod:3: old Go\n  update it\n  see https://example.com/w\n"
	const told = warned + "note from the frontend\npushed me/app:latest@sha256:abc\n"
	known := newStats()
	known.note(vertices(ended("[modules] download", 0, 1)))
	const counted = warned + "steps cached: 0 of 1\npackages compiled: 0\ntime: 1.0 s (modules 1.0 s)\nnote from the frontend\npushed me/app:latest@sha256:abc\n"
	for _, tc := range []struct {
		build          build
		stdout, stderr string
	}{
		{build: build{job: &job{mode: "plain"}}, stderr: told},
		{build: build{job: &job{mode: "plain", stats: known}}, stderr: counted},
		{build: build{job: &job{mode: "quiet", stats: known}, options: OutputOptions{Quiet: true}}, stdout: "me/app@sha256:abc\n", stderr: warned},
		{build: build{job: &job{mode: "plain"}, options: OutputOptions{Quiet: true}}, stdout: "me/app@sha256:abc\n", stderr: told},
		{build: build{job: &job{mode: "rawjson", stats: known}}},
	} {
		env, stdout, stderr := testEnv(t, nil)
		tc.build.outputs = push
		if err := tc.build.report(env, s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{tc.stdout, tc.stderr}, []string{stdout.String(), stderr.String()}); diff != "" {
			t.Errorf("%s: %s", tc.build.mode, diff)
		}
	}

	file := filepath.Join(t.TempDir(), "metadata.json")
	env, _, _ := testEnv(t, nil)
	j := build{job: &job{mode: "quiet"}, options: OutputOptions{MetadataFile: file}}
	if err := j.report(env, s); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"containerimage.digest":     "sha256:abc",
		"containerimage.descriptor": map[string]any{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:abc", "size": 3.},
		"image.name":                "docker.io/me/app:latest",
		"frontend.plain":            "MTI=",
		frontend.InlineMessage:      "note from the frontend\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	j.options.MetadataFile = filepath.Join(file, "x")
	if err := j.report(env, s); err == nil {
		t.Error("a metadata file that cannot be written is no error")
	}
}
