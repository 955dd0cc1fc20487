package gomod_test

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/golden"
)

// world is what a module proxy has: go.mod files.
type world map[module.Version]string

// goMods is the world as [gomod.Facts.BuildList] asks it.
func (w world) goMods(list []module.Version) ([][]byte, error) {
	texts := make([][]byte, len(list))
	for i, m := range list {
		text, ok := w[m]
		if !ok {
			return nil, fmt.Errorf("nobody has published %s", m)
		}
		texts[i] = []byte(text)
	}
	return texts, nil
}

// serve writes the world as a proxy that is a folder.
func (w world) serve(t *testing.T) string {
	t.Helper()
	files, lists := fstest.MapFS{}, map[string]string{}
	for m, text := range w {
		p, pathErr := module.EscapePath(m.Path)
		v, versionErr := module.EscapeVersion(m.Version)
		if err := errors.Join(pathErr, versionErr); err != nil {
			t.Fatal(err)
		}
		base := path.Join(p, "@v", v)
		files[base+".mod"] = &fstest.MapFile{Data: []byte(text)}
		files[base+".info"] = &fstest.MapFile{Data: fmt.Appendf(nil, `{"Version": %q, "Time": "2020-01-02T03:04:05Z"}`, m.Version)}
		lists[path.Join(p, "@v", "list")] += m.Version + "\n"
	}
	for name, text := range lists {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

// goList is the build list of cmd/go, a line for each module that is not an own one.
func goList(t *testing.T, w world, own fstest.MapFS) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, own); err != nil {
		t.Fatal(err)
	}
	const format = `{{if not .Main}}{{.Path}} {{with .Replace}}{{if .Version}}{{.Path}} {{.Version}}{{else}}{{.Dir}}{{end}}{{else}}{{.Path}} {{.Version}}{{end}}{{end}}`
	cmd := exec.Command("go", "list", "-m", "-f", format, "all")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=file://"+w.serve(t), "GOSUMDB=off", "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local",
		"GOMODCACHE="+t.TempDir(), "GOWORK=off", "GONOSUMDB=*", "GONOPROXY=none", "GOENV=off")
	if own["go.work"] != nil {
		cmd.Env = append(cmd.Env, "GOWORK="+filepath.Join(dir, "go.work"))
	} else {
		cmd.Env = append(cmd.Env, "GOFLAGS=-mod=mod -modcacherw")
	}
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, said.String())
	}
	text := strings.ReplaceAll(string(out), dir+"/", "")
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return line == "" })
	slices.Sort(lines)
	return strings.Join(lines, "\n"), nil
}

func choose(own fs.FS, goMods gomod.GoMods) ([]gomod.Module, error) {
	facts, err := gomod.Load(own)
	if err != nil {
		return nil, err
	}
	return facts.BuildList(goMods)
}

func buildList(w world, own fs.FS) (string, error) {
	list, err := choose(own, w.goMods)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, m := range list {
		lines = append(lines, m.Path+" "+cmp.Or(m.Dir, m.Download().Path+" "+m.Version))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n"), nil
}

// TestBuildListGolden chooses for each archive, and cmd/go for the same. A folder MODULE@VERSION holds the go.mod of a module that is
// published, the rest is the build context; the file want holds what was chosen, or the mistakes.
func TestBuildListGolden(t *testing.T) {
	golden.Each(t, "testdata/graph/*.txtar", func(t *testing.T, a *golden.Archive) {
		w, own := world{}, a.FS()
		for name, f := range own {
			if dir := path.Dir(name); strings.Contains(dir, "@") {
				p, v, _ := strings.Cut(dir, "@")
				w[module.Version{Path: p, Version: v}] = string(f.Data)
				delete(own, name)
			}
		}
		got, err := buildList(w, own)
		real, realErr := goList(t, w, own)
		if (err != nil) != (realErr != nil) {
			t.Errorf("got %v, but go list: %v", err, realErr)
		}
		if diff := gocmp.Diff(real, got); diff != "" {
			t.Errorf("(-go list -m all +got):\n%s", diff)
		}
		if err != nil {
			got = err.Error()
		}
		a.Want(t, got+"\n")
	})
}

// TestBuildListRandom compares what is chosen of worlds that nobody thought of with what cmd/go chooses.
func TestBuildListRandom(t *testing.T) {
	count := 60
	if testing.Short() {
		count = 6
	}
	for seed := range uint64(count) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := generator{rand.New(rand.NewPCG(seed, 1))}
			w, own := r.world(), r.context()
			got, err := buildList(w, own)
			want, realErr := goList(t, w, own)
			if (err != nil) != (realErr != nil) {
				t.Fatalf("got %v, but go list: %v\n%s", err, realErr, show(own))
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("(-go list -m all +got):\n%s\n%s\n%v", diff, show(own), w)
			}
		})
	}
}

func show(own fstest.MapFS) string {
	var b strings.Builder
	for name, f := range own {
		fmt.Fprintf(&b, "-- %s --\n%s", name, f.Data)
	}
	return b.String()
}

// generator makes worlds of a few modules that require each other at random.
type generator struct{ *rand.Rand }

func (r generator) pick(of ...string) string { return of[r.IntN(len(of))] }

func (r generator) module() module.Version {
	return module.Version{Path: "example.org/" + r.pick("a", "b", "c", "d", "e", "f", "g"), Version: r.pick("v1.0.0", "v1.1.0", "v1.2.0-rc.1", "v1.2.0")}
}

// requires are requirements of as many modules, each at one version.
func (r generator) requires(count int) string {
	var b strings.Builder
	seen := map[string]bool{}
	for range count {
		if m := r.module(); !seen[m.Path] {
			seen[m.Path] = true
			fmt.Fprintf(&b, "require %s %s\n", m.Path, m.Version)
		}
	}
	return b.String()
}

func (r generator) world() world {
	w := world{}
	for _, p := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		for _, v := range []string{"v1.0.0", "v1.1.0", "v1.2.0-rc.1", "v1.2.0"} {
			m := module.Version{Path: "example.org/" + p, Version: v}
			w[m] = "module " + m.Path + "\n" + r.pick("", "go 1.13\n", "go 1.16\n", "go 1.17\n", "go 1.21\n") + r.requires(r.IntN(4))
		}
	}
	return w
}

// context is a module from before Go 1.17, or a workspace.
func (r generator) context() fstest.MapFS {
	own := fstest.MapFS{}
	file := func(name, text string) { own[name] = &fstest.MapFile{Data: []byte(text)} }
	for _, dir := range []string{"x", "y"} {
		file(dir+"/go.mod", "module example.org/"+dir+"\n"+r.pick("", "go 1.16\n", "go 1.18\n")+r.requires(r.IntN(3)))
	}
	if r.IntN(3) == 0 {
		file("go.mod", "module example.com/main\n"+r.pick("", "go 1.11\n", "go 1.15\n", "go 1.16\n")+r.requires(1+r.IntN(4))+r.replaces(".")+r.excludes(own))
		return own
	}
	work := "go 1.21\n"
	for i := range 1 + r.IntN(3) {
		dir := fmt.Sprintf("m%d", i)
		work += "use ./" + dir + "\n"
		file(dir+"/go.mod", "module example.com/"+dir+"\n"+r.pick("", "go 1.16\n", "go 1.17\n", "go 1.21\n")+r.requires(r.IntN(4))+r.replaces(".."))
	}
	if r.IntN(3) == 0 {
		work += r.replaces(".")
	}
	file("go.work", work)
	return own
}

func (r generator) replaces(root string) string {
	if r.IntN(2) == 0 {
		return ""
	}
	m := r.module()
	old := r.pick(m.Path, m.Path+" "+m.Version)
	to := r.module()
	return fmt.Sprintf("replace %s => %s\n", old, r.pick(root+"/x", root+"/y", to.Path+" "+to.Version, m.Path+" v1.1.0"))
}

func (r generator) excludes(fstest.MapFS) string { return "" }

// TestGoModsFail keeps the reason, and what is wrong with local files beside it.
func TestGoModsFail(t *testing.T) {
	own := files(
		"go.work", "go 1.26\nuse ./a\n", "a/go.mod", "module a\ngo 1.26\nrequire example.org/x v1.0.0\nrequire example.org/z v1.0.0\nreplace example.org/z => ../z\n",
		"z/go.mod", "module example.org/z\nrequire nothing\n")
	_, err := choose(own, func([]module.Version) ([][]byte, error) { return nil, errBroken })
	if !errors.Is(err, errBroken) || len(diag.All(err)) != 1 || !strings.Contains(err.Error(), "z/go.mod:2:1: invalid z/go.mod") {
		t.Errorf("got %v", err)
	}
}

// TestLongUpgrades: a workspace of which each round raises one more of many requirements is loaded in time that is linear in its size. If
// every round looked at every requirement, this would take minutes.
func TestLongUpgrades(t *testing.T) {
	const count = 20_000
	name := func(i int) string { return fmt.Sprintf("example.org/c%d", i) }
	a := new(strings.Builder)
	a.WriteString("module example.com/a\ngo 1.21\n")
	w := world{}
	for i := range count {
		fmt.Fprintf(a, "require %s v1.0.0\n", name(i))
		w[module.Version{Path: name(i), Version: "v1.0.0"}] = "module " + name(i) + "\ngo 1.21\n"
		w[module.Version{Path: name(i), Version: "v1.1.0"}] = "module " + name(i) + "\ngo 1.21\nrequire " + name(min(i+1, count-1)) + " v1.1.0\n"
	}
	own := files("go.work", "go 1.21\nuse ./a\nuse ./b\n", "a/go.mod", a.String(), "b/go.mod", "module example.com/b\ngo 1.21\nrequire "+name(0)+" v1.1.0\n")
	start := time.Now()
	list, err := choose(own, w.goMods)
	if err != nil || len(list) != count || list[count-1].Version != "v1.1.0" {
		t.Fatalf("%d modules, %v", len(list), err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// FuzzBuildList: whatever own and foreign files say, choosing ends, is repeatable, and gives each path once and no own one.
func FuzzBuildList(f *testing.F) {
	for _, a := range golden.ReadAll(f, "testdata/graph/*.txtar") {
		var mod, work, foreign []byte
		for name, file := range a.FS() {
			switch {
			case name == "go.work":
				work = file.Data
			case strings.Contains(name, "@"):
				foreign = file.Data
			default:
				mod = file.Data
			}
		}
		f.Add(mod, work, foreign, []byte("module example.org/other\n\nrequire example.org/a v1.1.0\n"))
	}
	f.Fuzz(func(t *testing.T, mod, work, foreign, other []byte) {
		own := fstest.MapFS{"go.mod": &fstest.MapFile{Data: mod}, "a/go.mod": &fstest.MapFile{Data: mod}, "b/go.mod": &fstest.MapFile{Data: other}}
		if len(work) > 0 {
			own["go.work"] = &fstest.MapFile{Data: work}
		}
		goMods := func(list []module.Version) ([][]byte, error) {
			texts := make([][]byte, len(list))
			for i, m := range list {
				texts[i] = fmt.Appendf(nil, "module %s\n", m.Path)
				if len(m.Path)%2 == 0 {
					texts[i] = foreign
				}
			}
			return texts, nil
		}
		list, err := choose(own, goMods)
		again, errAgain := choose(own, goMods)
		if diff := gocmp.Diff(list, again); diff != "" || (err == nil) != (errAgain == nil) {
			t.Fatalf("choosing is not repeatable: %v, %v\n%s", err, errAgain, diff)
		}
		facts, loadErr := gomod.Load(own)
		for i, m := range list {
			if i > 0 && list[i-1].Path >= m.Path {
				t.Errorf("%s comes after %s", m.Path, list[i-1].Path)
			}
			if loadErr == nil && slices.ContainsFunc(facts.Modules, func(o gomod.Module) bool { return o.Own() && o.Path == m.Path }) {
				t.Errorf("%s is an own module", m.Path)
			}
		}
	})
}
