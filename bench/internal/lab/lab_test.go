//go:build linux

package lab

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSteps(t *testing.T) {
	log := `#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s

#5 [linux/amd64 deps] compile third-party packages
#5 ...

#6 [linux/arm64 compile] go build x
#6 0.300 #7 DONE 9.9s
#6 DONE 1.5s

#5 [linux/amd64 deps] compile third-party packages
#5 DONE 12.1s

#7 [modules] download
#7 CACHED

#9 [toolchain] fetch
#9 sha256:20ea25 60.86MB / 60.86MB 0.1s done
#9 extracting sha256:20ea25 2.0s done
#9 DONE 2.1s

#10 [rootfs] merge layers
#10 extracting sha256:df3684 0.4s done
#10 DONE 0.4s

#10 [rootfs] merge layers
#10 merging done
#10 DONE 0.6s

#8 exporting cache to registry
#8 preparing build cache for export 0.1s done
#8 DONE 2.3s
`
	got := Steps(log)
	want := map[string]float64{
		"[internal] load build definition from Dockerfile": 0,
		"[linux/amd64 deps] compile third-party packages":  12.1,
		"[linux/arm64 compile] go build x":                 1.5,
		"exporting cache to registry":                      2.3,
		"pulled: [toolchain] fetch":                        2.1,
		"pulled: [rootfs] merge layers":                    0.4,
		"[rootfs] merge layers":                            0.6,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := CacheExport(got); got != 2.3 {
		t.Errorf("the export took %v", got)
	}
	if got := CacheExport(Steps("#1 [x] y\n#1 DONE 1.0s\n")); got != 0 {
		t.Errorf("an export that was not took %v", got)
	}
}

// TestCompiled: a package is a line of one word after the seconds, of the step whose number the line has.
func TestCompiled(t *testing.T) {
	log := `#5 [linux/amd64 deps] compile third-party packages
#5 0.301 golang.org/x/sync/errgroup
#5 ...

#6 [linux/arm64 compile] go build x
#6 0.300 # x
#6 0.301 x.go:1:2: warning: of two words
#6 0.302 x

#5 [linux/amd64 deps] compile third-party packages
#5 12.07 [57/212] gopkg.in/yaml.v3
#5 DONE 12.1s

#7 [linux/arm64 deps] compile third-party packages
#7 CACHED

#8 [modules] download and verify modules (part 3 of 16)
#8 1.201 [37/120] golang.org/x/net@v0.35.0
#8 1.407 modules: 120
`
	want := map[string][]string{
		"[linux/amd64 deps] compile third-party packages": {"golang.org/x/sync/errgroup", "gopkg.in/yaml.v3"},
		"[linux/arm64 compile] go build x":                {"x"},
	}
	if diff := cmp.Diff(want, Compiled(log)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUsage(t *testing.T) {
	data := t.TempDir()
	root := filepath.Join(data, "docker/registry/v2")
	put := func(name, content string) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	before, err := usage(data, "a/b")
	if err != nil || len(before) != 0 {
		t.Fatalf("a repository that is not there: %v, %v", before, err)
	}
	put("blobs/sha256/11/1122/data", "four")
	put("blobs/sha256/33/3344/data", "manifest")
	put("blobs/sha256/55/5566/data", "of another repository")
	put("repositories/a/b/_layers/sha256/1122/link", "sha256:1122")
	put("repositories/a/c/_layers/sha256/5566/link", "sha256:5566")
	one, err := usage(data, "a/b")
	if err != nil {
		t.Fatal(err)
	}
	put("repositories/a/b/_manifests/revisions/sha256/3344/link", "sha256:3344")
	two, err := usage(data, "a/b")
	if err != nil {
		t.Fatal(err)
	}
	if one.Total() != 4 || two.Total() != 12 || two.Since(one) != 8 {
		t.Errorf("got %v and %v", one, two)
	}
	if below, err := usage(data, "a"); err != nil || below.Total() != 12+int64(len("of another repository")) {
		t.Errorf("the repositories below are %v, %v", below, err)
	}
}

func TestCacheSize(t *testing.T) {
	digest := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	for _, manifest := range []string{
		`{"config": {"digest": "` + digest("a") + `", "size": 10}, "layers": [{"digest": "` + digest("b") + `", "size": 100}, {"digest": "` + digest("b") + `", "size": 100}]}`,
		`{"manifests": [{"digest": "` + digest("b") + `", "size": 100}, {"digest": "` + digest("a") + `", "size": 10}]}`,
	} {
		got, err := cacheSize([]byte(manifest))
		if want := int64(110 + len(manifest)); err != nil || got != want {
			t.Errorf("got %d, %v, want %d", got, err, want)
		}
	}
	first, second := `{"layers": [{"digest": "`+digest("a")+`", "size": 10}, {"digest": "`+digest("b")+`", "size": 100}]}`, `{"layers": [{"digest": "`+digest("b")+`", "size": 100}]}`
	if got, err := cacheSize([]byte(first), []byte(second)); err != nil || got != int64(110+len(first)+len(second)) {
		t.Errorf("two caches with one blob in common are %d, %v", got, err)
	}
	if _, err := cacheSize([]byte("<html>")); err == nil {
		t.Error("a page was taken for a manifest")
	}
}

func TestHighWater(t *testing.T) {
	if got := highWater("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t   5120 kB\nVmRSS:\t 1 kB\n"); got != 5<<20 {
		t.Errorf("got %d", got)
	}
	if got := highWater("Name:\tzombie\n"); got != 0 {
		t.Errorf("a process without memory has %d", got)
	}
	if got := peak("self"); got < 1<<20 {
		t.Errorf("this process has a peak of %d bytes", got)
	}
}

// TestExecute: times add up, output is kept, memory is seen.
func TestExecute(t *testing.T) {
	l := &Lab{Dir: t.TempDir()}
	say := func(text string) Command {
		return Command{Args: []string{"sh", "-c", "echo " + text + "; sleep 0.2"}, Env: os.Environ()}
	}
	run, err := l.Execute(t.Context(), []Command{say("one"), say("two")}, "")
	if err != nil {
		t.Fatal(err)
	}
	if run.Log != "one\ntwo\n" || run.Seconds < 0.4 || run.Memory.Client == 0 || run.Memory.Tree == 0 || run.Memory.Frontend != 0 {
		t.Errorf("got %+v", run)
	}
	run, err = l.Execute(t.Context(), []Command{{Args: []string{"sh", "-c", "echo no; exit 3"}}, say("more")}, "")
	if err == nil || run.Log != "no\n" {
		t.Errorf("a command that fails gives %v, %q", err, run.Log)
	}
}

// TestExecuteIsBounded: a build that takes too long is ended, with what it started.
func TestExecuteIsBounded(t *testing.T) {
	l := &Lab{Dir: t.TempDir()}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errors.New("too long"))
	defer cancel()
	started := time.Now()
	run, err := l.Execute(ctx, []Command{{Args: []string{"sh", "-c", "echo $$; sleep 60 & wait"}, Env: os.Environ()}}, "")
	if err == nil || !strings.Contains(err.Error(), "too long") || time.Since(started) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(started), err)
	}
	if _, err := os.Stat("/proc/" + strings.TrimSpace(run.Log)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the process %q is still there: %v", run.Log, err)
	}
}

// TestModuleProxy: each version is asked for once, lists once in a run, and a refusal is passed on.
func TestModuleProxy(t *testing.T) {
	asked := map[string]int{}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.EscapedPath()]++
		if strings.Contains(r.URL.Path, "secret") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		io.WriteString(w, "answer to "+r.URL.Path)
	}))
	defer upstream.Close()
	kept := t.TempDir()
	proxy := func() *httptest.Server {
		s := httptest.NewServer(&moduleProxy{upstream: upstream.URL, client: upstream.Client(), kept: kept, fresh: t.TempDir()})
		t.Cleanup(s.Close)
		return s
	}
	get := func(s *httptest.Server, path string) (int, string) {
		t.Helper()
		res, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	first, second := proxy(), proxy()
	for _, s := range []*httptest.Server{first, first, second} {
		for _, path := range []string{"/m/@v/v1.0.0.zip", "/m/@v/list", "/m/@v/v1.0.0", "/sumdb/sum.golang.org/tile/8/0/x001/000"} {
			if code, body := get(s, path); code != http.StatusOK || body != "answer to "+path {
				t.Errorf("%s: %d %q", path, code, body)
			}
		}
		if code, _ := get(s, "/secret/@v/list"); code != http.StatusForbidden {
			t.Errorf("a refusal became %d", code)
		}
	}
	want := map[string]int{
		"/m/@v/v1.0.0.zip": 1, "/m/@v/list": 2, "/m/@v/v1.0.0": 2, "/sumdb/sum.golang.org/tile/8/0/x001/000": 2, "/secret/@v/list": 3,
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestChooseGo(t *testing.T) {
	var versions []string
	for _, v := range []string{"1.25.1", "1.25.14", "1.26.1", "1.26.6", "1.26.11", "1.27rc1"} {
		for _, platform := range []string{runtime.GOOS + "-" + runtime.GOARCH, "plan9-386"} {
			versions = append(versions, "v0.0.1-go"+v+"."+platform)
		}
	}
	versions = append(versions, "v0.0.1-go1.25.99.plan9-386")
	for goMod, want := range map[string]string{
		"module x\n\ngo 1.25.0\n":                               "go1.25.14",
		"module x\n\ngo 1.25.0\n\ntoolchain go1.26.6\n":         "go1.26.6",
		"module x\n\ngo 1.26\n\ngodebug x509negativeserial=1\n": "go1.26.11",
	} {
		if got, err := chooseGo([]byte(goMod), versions); err != nil || got != want {
			t.Errorf("%q gives %s, %v, want %s", goMod, got, err, want)
		}
	}
}

func TestMachine(t *testing.T) {
	m, err := Machine()
	if err != nil || m.Cores < 1 || m.MemoryBytes < 1<<26 || m.Kernel == "" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestRemoveAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	locked := filepath.Join(dir, "a", "b")
	if err := errors.Join(os.MkdirAll(locked, 0o755), os.WriteFile(filepath.Join(locked, "f"), nil, 0o444), os.Chmod(locked, 0o555)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is not there is removed as well
		if err := RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there", dir)
	}
}

func TestThirdParty(t *testing.T) {
	log := strings.Join([]string{
		"#1 [api linux/amd64 deps] compile third-party packages", "#1 0.1 net/http", "#1 0.2 a.example/x", "#1 0.3 a.example/y",
		"#2 [job linux/amd64 deps] compile third-party packages", "#2 0.1 net/http", "#2 0.2 a.example/x", "#2 DONE 1.0s",
		"#3 [job linux/arm64 deps] compile third-party packages", "#3 0.1 a.example/x",
		"#4 [job linux/arm64 compile] go build b.example/app/cmd", "#4 0.1 b.example/app", "#4 0.2 b.example/app/cmd", "#4 0.3 b.example/apple", "",
	}, "\n")
	if compiled, unique := ThirdParty(log, "b.example/app"); compiled != 5 || unique != 4 {
		t.Errorf("%d compiled, %d of them unique, want 5 and 4", compiled, unique)
	}
	if compiled, unique := ThirdParty("", "b.example/app"); compiled != 0 || unique != 0 {
		t.Errorf("%d and %d of nothing", compiled, unique)
	}
}

// TestCompilers: what counts is below the client or below the daemon, and a compiler.
func TestCompilers(t *testing.T) {
	proc := t.TempDir()
	process := func(pid, parent, comm, pages, cmdline string) {
		dir := filepath.Join(proc, pid)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"comm": comm + "\n", "stat": pid + " (" + comm + ") S " + parent + " 0", "statm": "99999 " + pages + " 1", "cmdline": cmdline,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	process("10", "1", "ko", "1000", "ko\x00build\x00")
	process("11", "10", "compile", "3", "compile\x00")
	process("20", "1", "buildkitd", "1000", "buildkitd\x00--root\x00/state/a\x00")
	process("21", "20", "go", "1000", "go\x00build\x00")
	process("22", "21", "compile", "5", "compile\x00")
	process("23", "21", "link", "1000", "link\x00")
	process("30", "1", "buildkitd", "1000", "buildkitd\x00--root\x00/state/b\x00")
	process("31", "30", "compile", "7", "compile\x00")
	page := int64(os.Getpagesize())
	for _, c := range []struct {
		pid, root string
		want      Memory
	}{
		{"10", "/state/a", Memory{Compilers: 8 * page, Running: 2}},
		{"10", "", Memory{Compilers: 3 * page, Running: 1}},
		{"99", "/state/b", Memory{Compilers: 7 * page, Running: 1}},
		{"99", "", Memory{}},
	} {
		all := newCompilers(proc, c.pid, c.root)
		for range 2 * youngFor {
			if got := all.look(); got != c.want {
				t.Errorf("below %s and %q: %+v, want %+v", c.pid, c.root, got, c.want)
			}
		}
	}

	// One that becomes a compiler after the first look is one, one that ends is none any more.
	all := newCompilers(proc, "10", "")
	process("12", "10", "go", "1000", "go\x00")
	all.look()
	for _, change := range []error{
		os.WriteFile(filepath.Join(proc, "12", "comm"), []byte("compile\n"), 0o644), os.RemoveAll(filepath.Join(proc, "11")),
	} {
		if change != nil {
			t.Fatal(change)
		}
	}
	if got, want := all.look(), (Memory{Compilers: 1000 * page, Running: 1}); got != want {
		t.Errorf("after a while: %+v, want %+v", got, want)
	}
}

func TestKind(t *testing.T) {
	for description, want := range map[string]string{
		`cached mount /go/kept from exec /modship step deps with id "modship-deps-69f7"`: "kept mount deps",
		"mount /out from exec /modship step toolchain":                                   "layer of toolchain",
		"mount / from exec /modship-step step libraries-b":                               "layer of libraries-b",
		"local source for modship-step":                                                  "files sent: modship-step",
		"[linux/amd64 rootfs] merge layers":                                              "layer of rootfs",
		"[internal] select the inputs of the dependencies":                               "layer of internal",
		"pulled from localhost/debian":                                                   "other",
		"":                                                                               "other",
	} {
		if got := kind(description); got != want {
			t.Errorf("%q is %q, want %q", description, got, want)
		}
	}
}

// TestDiskUsage: a file counts once, whatever the number of its names.
func TestDiskUsage(t *testing.T) {
	dir := t.TempDir()
	before, err := diskUsage(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a")
	if err := errors.Join(os.WriteFile(file, make([]byte, 1<<20), 0o644), os.Link(file, filepath.Join(dir, "b"))); err != nil {
		t.Fatal(err)
	}
	after, err := diskUsage(dir)
	if err != nil || after-before < 1<<20 || after-before > 3<<19 {
		t.Errorf("a megabyte with two names takes %d bytes, %v", after-before, err)
	}
	if _, err := diskUsage(filepath.Join(dir, "gone")); err != nil {
		t.Error(err)
	}
}
