//go:build linux

package integration

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
)

// requestCounter notes which files of the modules below a prefix are asked for.
type requestCounter struct {
	mu    sync.Mutex
	files []string
}

func (c *requestCounter) count(prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix) {
			c.mu.Lock()
			c.files = append(c.files, strings.TrimPrefix(r.URL.Path, prefix))
			c.mu.Unlock()
		}
		h.ServeHTTP(w, r)
	})
}

// wants compares what was asked for since the last call, in alphabetical order.
func (c *requestCounter) wants(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.files)
	if diff := cmp.Diff(want, c.files); diff != "" {
		t.Errorf("files that were asked for (-want +got):\n%s", diff)
	}
	c.files = nil
}

// workProgram is a main package that imports more packages than it uses.
func workProgram(says string, imports ...string) string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for _, path := range imports {
		fmt.Fprintf(&b, "\t_ %q\n", path)
	}
	fmt.Fprintf(&b, ")\n\nfunc main() { println(%q) }\n", says)
	return b.String()
}

// workModule is a module of one package.
func workModule(t *testing.T, name, version string, imports ...string) privateModule {
	t.Helper()
	var code strings.Builder
	for _, path := range imports {
		fmt.Fprintf(&code, "import _ %q\n", path)
	}
	path := "work.example/" + name
	return newPrivateModule(t, path, version,
		"\n-- go.mod --\nmodule "+path+"\n\ngo 1.26\n-- "+name+".go --\npackage "+name+"\n\n"+code.String()+
			fmt.Sprintf("\nconst Version = %q\n", version))
}

// filesOf are the files that a build fetches of a version, in alphabetical order.
func filesOf(name, version string) []string {
	base := name + "/@v/" + version
	return []string{base + ".info", base + ".mod", base + ".zip"}
}

// TestWork says which work of the last build a change leaves to be used again, on a machine that keeps compiled packages and
// the files of modules. The program needs the modules a, and b that imports c.
func TestWork(t *testing.T) {
	a, b := workModule(t, "a", "v1.0.0"), workModule(t, "b", "v1.0.0", "work.example/c")
	c, newer := workModule(t, "c", "v1.0.0"), workModule(t, "c", "v1.1.0")
	handlers := map[string]http.HandlerFunc{}
	for _, m := range []privateModule{a, b, c, newer} {
		maps.Copy(handlers, m.handlers)
	}
	var counter requestCounter
	proxy := httptest.NewServer(counter.count("/work.example/", goProxy(t, handlers)))
	defer proxy.Close()
	dir := inline(t, "\n-- one/main.go --\n"+workProgram("one", "work.example/a", "work.example/b")+
		"-- two/main.go --\n"+workProgram("two", "work.example/b"))
	requires := func(c string, sums ...string) {
		edit(t, dir, "go.mod", "module example.com/work\n\ngo 1.26\n\ntoolchain go1.26.11\n\n"+
			"require (\n\twork.example/a v1.0.0\n\twork.example/b v1.0.0\n\twork.example/c "+c+" // indirect\n)\n")
		edit(t, dir, "go.sum", strings.Join(sums, ""))
	}
	for _, step := range []struct {
		name     string
		change   func()
		fetched  []string
		compiled []string
		reused   []string
		standard bool // of the dependencies, only standard packages are compiled
		says     string
	}{
		{
			"first build", func() {
				requires("v1.0.0", a.sums, b.sums, c.sums)
				configure(t, dir, "main: ./one\n")
			},
			slices.Concat(filesOf("a", "v1.0.0"), filesOf("b", "v1.0.0"), filesOf("c", "v1.0.0")),
			[]string{"work.example/a", "work.example/b", "work.example/c"}, nil, false, "one",
		}, {
			"import of a standard package", func() {
				edit(t, dir, "one/main.go", workProgram("one and a list", "container/list", "work.example/a", "work.example/b"))
			},
			nil, nil, []string{"toolchain", "modules", "analyze"}, true, "one and a list",
		}, {
			"newer module", func() { requires("v1.1.0", a.sums, b.sums, newer.sums) },
			filesOf("c", "v1.1.0"),
			[]string{"work.example/b", "work.example/c"}, []string{"toolchain"}, false, "one and a list",
		}, {
			"second main package", func() { configure(t, dir, "main: ./two\n") },
			nil, nil, []string{"toolchain", "modules"}, false, "two",
		},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.change()
			r := client.build(t, build{
				dir: dir, platforms: twoPlatforms, args: []string{"GOPROXY=" + proxy.URL, "BUILDKIT_CACHE_MOUNT_NS=work"},
			})
			if diff := cmp.Diff(step.compiled, r.compiled("work.example/")); diff != "" {
				t.Errorf("packages that were compiled (-want +got):\n%s", diff)
			}
			counter.wants(t, step.fetched...)
			r.once(t, "toolchain", "scan")
			r.distinct(t, "modules", 3) // a, b and c are in parts of their own
			r.cached(t, step.reused...)
			if step.standard {
				r.compilesStandardOnly(t, 2)
			}
			if got := programOf(t, r.images(t)["linux/amd64"]).output(t); got != step.says+"\n" {
				t.Errorf("the program printed %q, want %q", got, step.says)
			}
			if t.Failed() {
				t.Logf("log:\n%s", r.log)
			}
		})
	}
}

// once fails the test for each of the stages that has not one step for all platforms.
func (r result) once(t *testing.T, stages ...string) {
	t.Helper()
	for _, stage := range stages {
		var names []string
		for _, v := range r.vertices() {
			if isStage(v.name, stage) {
				names = append(names, v.name)
			}
		}
		if len(names) != 1 {
			t.Errorf("%d steps of %s, want one: %q", len(names), stage, names)
		}
	}
}

// distinct fails the test if a stage has not that many steps, each for all platforms.
func (r result) distinct(t *testing.T, stage string, want int) {
	t.Helper()
	names := map[string]bool{}
	steps := 0
	for _, v := range r.vertices() {
		if isStage(v.name, stage) {
			names[v.name] = true
			steps++
		}
	}
	if steps != want || len(names) != want {
		t.Errorf("%d steps of %s with %d names, want %d", steps, stage, len(names), want)
	}
}

// compiled gives the packages below prefix that steps say they have compiled, in alphabetical order.
func (r result) compiled(prefix string) []string {
	var paths []string
	for line := range strings.Lines(r.log) {
		if pkg := compiledIn(line); pkg != "" && strings.HasPrefix(pkg, prefix) {
			paths = append(paths, pkg)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths) // each platform says it
}

// saidLine is what a step says in the plain progress of BuildKit: number of the step, seconds, words.
var saidLine = regexp.MustCompile(`^#[0-9]+ [0-9.]+ (.+)\n$`)

// compiledIn gives the package that a line of the log says is compiled, or "".
func compiledIn(line string) (importPath string) {
	if m := saidLine.FindStringSubmatch(line); m != nil {
		importPath, _ = request.CompiledPackage(m[1])
	}
	return importPath
}
