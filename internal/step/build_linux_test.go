package step

import (
	"debug/buildinfo"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/testbed"
	"github.com/modship-build/modship/internal/vcs"
)

// dependency is a module without dependencies, which this module requires: it is in the module cache of the machine.
const dependency = "github.com/agext/levenshtein"

// app imports the dependency, the standard library, and itself.
const app = `
-- go.mod --
module example.com/app

go 1.26

require github.com/agext/levenshtein v1.2.3
-- go.sum --
github.com/agext/levenshtein v1.2.3 h1:YB2fHEn0UJagG8T1rrWknE3ZQzWM06O8AMAatNn7lmo=
github.com/agext/levenshtein v1.2.3/go.mod h1:JEDfjyjHDjOF/1e4FlBE/PkbqA9OfWu2ki2W0IB5558=
-- main.go --
package main

import (
	"example.com/app/words"
	"github.com/agext/levenshtein"
)

var (
	a = "unset"
	b = "unset"
	c = "unset"
)

func main() {
	print(levenshtein.Distance(words.One, words.Two, nil), "|", a, "|", b, "|", c)
}
-- words/words.go --
package words

const One, Two = "kitten", "sitting"
`

// chain are the outputs of the steps of one build.
type chain struct {
	container
	build                                        request.Build
	source, mods, zips, modcache, analyzed, said string
}

// start runs the steps that fetch and analyze. Nothing reaches a network: the zip is one of an earlier build.
func start(t *testing.T) chain {
	t.Helper()
	c := chain{
		container: container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}},
		build:     request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Flags: []string{"-trimpath", "-buildvcs=false"}},
		source:    lay(t, app), zips: t.TempDir(), modcache: t.TempDir(), analyzed: t.TempDir(), said: t.TempDir(),
	}
	c.mods = t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := copyFile(filepath.Join(c.source, name), filepath.Join(c.mods, name)); err != nil {
			t.Fatal(err)
		}
	}
	kept := filepath.Join(dependency, "@v")
	from := filepath.Join(goEnv(t, "GOMODCACHE"), "cache/download", kept)
	if _, err := os.Stat(filepath.Join(from, "v1.2.3.zip")); err != nil {
		testbed.Missing(t, "the zip of %s in the module cache; run go mod download", dependency)
	}
	for _, ext := range []string{".info", ".mod", ".zip"} {
		if err := copyFile(filepath.Join(from, "v1.2.3"+ext), filepath.Join(c.zips, kept, "v1.2.3"+ext)); err != nil {
			t.Fatal(err)
		}
	}
	req := modulesOf(t, c.mods, tableOf(t, c.mods, ""))
	req.Kept = true
	c.run("modules", req, out(c.zips, request.Zips), out(c.modcache, request.Out))
	c.run("analyze", analyzeOf(tableOf(t, c.mods, ""), c.build, dependency),
		append(fetched(c.modcache), out(c.zips, request.Zips), in(c.mods, request.Source), out(c.analyzed, request.Out), out(c.said, request.Said))...)
	return c
}

// dir is where step analyze puts what belongs to the platform.
func (c chain) dir() string { return request.AnalyzedDir(c.build.Target) }

// analyzeOf analyzes the imports of the app for the platform of b and for another one.
func analyzeOf(modules gomod.Table, b request.Build, imports ...string) request.Analyze {
	other := b
	other.Target = target.Target{OS: "linux", Arch: "riscv64"}
	return request.Analyze{Table: modules,
		Images: []request.Imports{{Build: other, Imports: imports}, {Build: b, Imports: imports}}}
}

func (c chain) files() mount {
	return in(filepath.Join(c.analyzed, c.dir(), "modcache"), request.ModCache)
}

// deps runs the two steps that compile what is not the module's own into a new cache.
func (c chain) deps(more ...mount) string {
	c.t.Helper()
	cache, _ := c.depsSay(more...)
	return cache
}

// depsSay is deps with what the steps say.
func (c chain) depsSay(more ...mount) (cache, said string) {
	c.t.Helper()
	cache = c.t.TempDir()
	for _, imports := range [][]string{{dependency}, {"errors"}} {
		mounts := append([]mount{in(c.mods, request.Source), c.files(), out(cache, request.GoCache)}, more...)
		said += c.run("deps", request.Deps{Build: c.build, Imports: imports}, mounts...)
	}
	return cache, said
}

// TestBuild takes a program through every step but the toolchain's.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the runtime three times")
	}
	c := start(t)
	t.Run("modules", func(t *testing.T) { checkModules(t, c) })
	t.Run("analyze", func(t *testing.T) { checkAnalyzed(t, c) })

	kept := t.TempDir()
	cold, said := c.depsSay()
	t.Run("what is left to compile", func(t *testing.T) { checkStale(t, c, cold, said) })
	t.Run("deps are deterministic", func(t *testing.T) { sameTree(t, cold, c.deps()) })
	t.Run("deps fill the kept cache", func(t *testing.T) { sameTree(t, cold, c.deps(out(kept, request.KeptCache))) })
	warm := c.deps(out(kept, request.KeptCache))
	t.Run("deps from the kept cache", func(t *testing.T) { subTree(t, cold, warm) })
	t.Run("kept indexes", func(t *testing.T) { checkIndexes(t, cold, kept) })
	t.Run("vendor", func(t *testing.T) { checkVendor(t, c, kept) })
	t.Run("poisoned outputs", func(t *testing.T) { checkPoisoned(t, c, kept, cold) })
	t.Run("sealed", func(t *testing.T) { checkSealed(t, cold) })

	req := request.Compile{Build: c.build, Main: "example.com/app", Path: "usr/local/bin/app", LDFlags: []string{"-X=main.a=a b", "-s", "-X", "main.b=it's", `-X=main.c="c"`}}
	t.Run("a sealed cache is taken", func(t *testing.T) { checkNothingCompiled(t, c, req, cold) })
	t.Run("a sealed cache made of kept entries is taken", func(t *testing.T) { checkNothingCompiled(t, c, req, warm) })
	t.Run("compile", func(t *testing.T) { checkCompile(t, c, req, cold) })
	t.Run("stamps compile nothing", func(t *testing.T) {
		stamped := req
		stamped.VCS = &commitFacts
		checkNothingCompiled(t, c, stamped, cold, modship(t))
	})
	t.Run("stamps", func(t *testing.T) { checkStamps(t, c, req, cold) })
	t.Run("several programs", func(t *testing.T) { checkPrograms(t, c, req, cold) })
}

// TestMistakes: what a step says reaches the user as it is, so it has to name the package at fault.
func TestMistakes(t *testing.T) {
	c := start(t)
	text, err := c.try("analyze", analyzeOf(tableOf(t, c.mods, ""), c.build, dependency, "example.org/none"),
		append(fetched(c.modcache), out(c.zips, request.Zips), in(c.mods, request.Source), out(t.TempDir(), request.Out))...)
	if err == nil || !strings.Contains(text, "analyze: ") || !strings.Contains(text, "example.org/none") {
		t.Errorf("a missing package: %v\n%s", err, text)
	}
	later := lay(t, strings.ReplaceAll(app, "v1.2.3", "v1.9.9"))
	text, err = c.try("modules", modulesOf(t, later, tableOf(t, later, "")),
		out(t.TempDir(), request.Zips), out(t.TempDir(), request.Out))
	if err == nil || !strings.Contains(text, dependency+"@v1.9.9") {
		t.Errorf("a missing module: %v\n%s", err, text)
	}
	text, err = c.try("modules", modulesOf(t, lay(t, strings.ReplaceAll(app, "YB2fHE", "AAAAAA")), tableOf(t, c.mods, "")),
		out(c.zips, request.Zips), out(t.TempDir(), request.Out))
	if err == nil || !strings.Contains(text, "checksum mismatch") {
		t.Errorf("a module with another checksum: %v\n%s", err, text)
	}
	if text, err := c.try("scan", request.Rootfs{UID: 1}, in(c.mods, request.Source)); err == nil || !strings.Contains(text, "decoding the step's request") {
		t.Errorf("the request of another step: %v\n%s", err, text)
	}
	if text, err := c.try("shell", request.Modules{}); err == nil || !strings.Contains(text, `unknown step "shell"`) {
		t.Errorf("an unknown step: %v\n%s", err, text)
	}
}

// checkPoisoned: a kept cache in which every output has been replaced by one of the same length gives the layer of a build without it.
func checkPoisoned(t *testing.T, c chain, kept, cold string) {
	poisoned := copied(t, kept)
	outputs := 0
	err := eachFile(poisoned, func(name string) error {
		content, err := os.ReadFile(name)
		if _, kind := entryName(name); err != nil || kind != "d" || len(content) == 0 {
			return err
		}
		outputs++
		content[len(content)/2] ^= 1
		return os.WriteFile(name, content, 0o644)
	})
	if err != nil || outputs == 0 {
		t.Fatalf("%d outputs, %v", outputs, err)
	}
	subTree(t, cold, c.deps(out(poisoned, request.KeptCache)))
}

// checkModules: the layer holds zips and what is known of them, and nothing that differs from run to run.
func checkModules(t *testing.T, c chain) {
	var names []string
	for name, text := range listing(t, filepath.Join(c.modcache, "cache")) {
		names = append(names, name)
		if fields := strings.Fields(text); fields[1] != "0" {
			t.Errorf("%s has the time %s", name, fields[1])
		}
	}
	slices.Sort(names)
	v := "download/github.com/agext/levenshtein/@v"
	want := []string{".", "download", "download/github.com", "download/github.com/agext", "download/github.com/agext/levenshtein", v,
		v + "/v1.2.3.info", v + "/v1.2.3.mod", v + "/v1.2.3.ziphash"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("module cache (-want +got):\n%s", diff)
	}
	// A build that is to trust nothing kept is given the zip.
	isolated := t.TempDir()
	c.run("modules", modulesOf(t, c.mods, tableOf(t, c.mods, "")), out(c.zips, request.Zips), out(isolated, request.Out))
	if !exists(filepath.Join(isolated, "cache", v, "v1.2.3.zip")) {
		t.Error("without a place where zips are kept, there is none")
	}
	analyzed := t.TempDir()
	c.run("analyze", analyzeOf(tableOf(t, c.mods, ""), c.build, dependency),
		append(fetched(isolated), in(c.mods, request.Source), out(analyzed, request.Out), out(t.TempDir(), request.Said))...)
	if diff := cmp.Diff(listing(t, filepath.Join(c.analyzed, c.dir())), listing(t, filepath.Join(analyzed, c.dir()))); diff != "" {
		t.Errorf("what is listed with kept zips and without differs (-kept +without):\n%s", diff)
	}
	if exists(filepath.Join(c.modcache, dependency+"@v1.2.3")) {
		t.Error("the module is unpacked")
	}
}

// checkAnalyzed: only what a build reads is kept, with the facts of the modules.
func checkAnalyzed(t *testing.T, c chain) {
	kept := slices.Sorted(maps.Keys(listing(t, filepath.Join(c.analyzed, c.dir(), "modcache", dependency+"@v1.2.3"))))
	if want := []string{".", "levenshtein.go", "params.go"}; !slices.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
	text, err := os.ReadFile(filepath.Join(c.said, c.dir(), request.AnalysisFile))
	if err != nil || !strings.Contains(string(text), `"version": "v1.2.3"`) {
		t.Errorf("%s, %v", text, err)
	}
	if !exists(filepath.Join(c.analyzed, c.dir(), "vendor")) {
		t.Error("there is no folder for vendor, which is mounted also when empty")
	}
	checkShared(t, c)
}

// checkShared: a file that two platforms need is one, and nothing else is given, such as what cmd/go leaves in its module cache, and
// nothing of another time.
func checkShared(t *testing.T, c chain) {
	t.Helper()
	entries, err := os.ReadDir(c.analyzed)
	if err != nil || len(entries) != 2 {
		t.Fatalf("want a folder for each of two platforms, got %v, %v", entries, err)
	}
	files := map[string][]os.FileInfo{} // by their name below the platform's folder
	for _, e := range entries {
		root := filepath.Join(c.analyzed, e.Name())
		err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if !info.ModTime().Equal(zeroTime) {
				t.Errorf("%s is of %v", name, info.ModTime())
			}
			if rel := strings.TrimPrefix(name, root); info.Mode().IsRegular() {
				files[rel] = append(files[rel], info)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) == 0 {
		t.Error("no files are kept")
	}
	for name, infos := range files {
		if facts := []string{".info", ".mod", ".ziphash"}; strings.HasPrefix(name, "/modcache/cache/") && !slices.Contains(facts, path.Ext(name)) {
			t.Errorf("%s is kept, want of cache/ only %v", name, facts)
		}
		if len(infos) != 2 || !os.SameFile(infos[0], infos[1]) {
			t.Errorf("%s is %d files, want one with two names", name, len(infos))
		}
	}
}

func sameTree(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(listing(t, want), listing(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// subTree: a layer made of kept entries lacks those that only compiling reads, and has no others.
func subTree(t *testing.T, whole, part string) {
	t.Helper()
	want, got := listing(t, whole), listing(t, part)
	for name, text := range got {
		if want[name] != text {
			t.Errorf("%s is %q, want %q", name, text, want[name])
		}
	}
	t.Logf("%d of %d entries", len(got), len(want))
}

// checkIndexes: cmd/go's index of a module has a key that does not change with the packages that are there, so none may come
// from another build.
func checkIndexes(t *testing.T, made, kept string) {
	if n := indexes(t, made); n == 0 {
		t.Error("the build made no index of a module: has cmd/go another format for it now?")
	}
	if n := indexes(t, kept); n > 0 {
		t.Errorf("%d indexes are kept for other builds", n)
	}
}

func indexes(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	if err := eachFile(dir, func(path string) error {
		index, err := isPackageIndex(path)
		if index {
			n++
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// checkVendor builds the same program with its dependency in vendor.
func checkVendor(t *testing.T, c chain, kept string) {
	b := c.build
	b.Vendor = true
	from := filepath.Join(c.analyzed, c.dir(), "modcache", dependency+"@v1.2.3")
	whole := t.TempDir() // what the graph gives to analyze and deps: the module files and all of vendor
	for _, err := range []error{
		copyTree(c.mods, whole), copyTree(from, filepath.Join(whole, "vendor", dependency)),
		os.WriteFile(filepath.Join(whole, "vendor/modules.txt"), []byte("# "+dependency+" v1.2.3\n## explicit\n"+dependency+"\n"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	analyzed, cache, image := t.TempDir(), t.TempDir(), t.TempDir()
	c.run("analyze", analyzeOf(tableOf(t, c.mods, ""), b, dependency),
		in(whole, request.Source), out(analyzed, request.Out))
	files := slices.Sorted(maps.Keys(listing(t, filepath.Join(analyzed, c.dir(), "vendor", dependency))))
	if want := []string{".", "levenshtein.go", "params.go"}; !slices.Equal(files, want) {
		t.Errorf("kept %v of vendor, want %v", files, want)
	}
	vendored := in(filepath.Join(analyzed, c.dir(), "vendor"), request.Vendor)
	c.run("deps", request.Deps{Build: b, Imports: []string{dependency}},
		in(whole, request.Source), vendored, out(cache, request.GoCache), out(kept, request.KeptCache))
	c.run("compile", request.Compile{Build: b, Main: "example.com/app", Path: "usr/local/bin/app"},
		in(c.source, request.Source), vendored, out(cache, request.GoCache), out(image, request.Out))
	if said, err := exec.Command(filepath.Join(image, "usr/local/bin/app")).CombinedOutput(); string(said) != "3|unset|unset|unset" {
		t.Errorf("the program says %q, %v", said, err)
	}
}

// checkSealed: cmd/go neither touches nor trims an entry with a time in the future, and says nothing of when it wrote it.
func checkSealed(t *testing.T, cache string) {
	if exists(filepath.Join(cache, "trim.txt")) {
		t.Error("trim.txt holds the time of the build")
	}
	actions := 0
	err := eachFile(cache, func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if !info.ModTime().Equal(sealedTime) || info.ModTime().Before(time.Now()) {
			t.Errorf("%s has the time %s", path, info.ModTime())
		}
		if !strings.HasSuffix(path, "-a") {
			return nil
		}
		actions++
		text, err := os.ReadFile(path)
		if err == nil && !strings.HasSuffix(string(text), strings.Repeat(" ", 20)+"0\n") {
			t.Errorf("%s says when it was written: %q", path, text)
		}
		return err
	})
	if err != nil || actions == 0 {
		t.Errorf("%d actions, %v", actions, err)
	}
}

// checkStale: before a step, the go command says that it will compile what then is compiled, and after it nothing of that.
func checkStale(t *testing.T, c chain, cold, said string) {
	stale := func(cache string, source mount, imports ...string) []string {
		before := listing(t, cache)
		said := c.run("stale", request.Deps{Build: c.build, Imports: imports}, source, c.files(), out(cache, request.GoCache))
		if diff := cmp.Diff(before, listing(t, cache)); diff != "" {
			t.Errorf("who asks changes the cache, which becomes a layer (-before +after):\n%s", diff)
		}
		return slices.Sorted(slices.Values(strings.Fields(said)))
	}
	var compiled []string
	for line := range strings.Lines(said) {
		if pkg, ok := request.CompiledPackage(strings.TrimSuffix(line, "\n")); ok {
			compiled = append(compiled, pkg)
		}
	}
	slices.Sort(compiled)
	if len(compiled) < 20 {
		t.Errorf("the steps compiled %v", compiled)
	}
	mods := in(c.mods, request.Source)
	if diff := cmp.Diff(compiled, stale(t.TempDir(), mods, dependency, "errors")); diff != "" {
		t.Errorf("what is compiled, and what was said before (-compiled +said):\n%s", diff)
	}
	if left := stale(copied(t, cold), mods, dependency, "errors"); len(left) > 0 {
		t.Errorf("%v are to be compiled again", left)
	}
	if got, want := stale(copied(t, cold), in(c.source, request.Source), "example.com/app"), []string{"example.com/app", "example.com/app/words"}; !slices.Equal(got, want) {
		t.Errorf("of the program %v are left, want %v", got, want)
	}
}

var compiled = regexp.MustCompile(`/compile .* -p (\S+) `)

// checkNothingCompiled: with the layer of dependencies, cmd/go compiles the module's own packages and nothing else.
func checkNothingCompiled(t *testing.T, c chain, req request.Compile, cache string, more ...mount) {
	mounts := append(more, in(c.source, request.Source), c.files(), out(copied(t, cache), request.GoCache))
	log := c.run("build -x", req, mounts...)
	var got []string
	for _, m := range compiled.FindAllStringSubmatch(log, -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if want := []string{"example.com/app/words", "main"}; !slices.Equal(got, want) {
		t.Errorf("compiled %v, want %v", got, want)
	}
}

// checkPrograms: programs that are linked together are what each is alone, with flags of its own.
func checkPrograms(t *testing.T, c chain, req request.Compile, cache string) {
	tool := request.Linked{Main: "example.com/app/cmd/tool", Path: "usr/local/bin/tool", LDFlags: []string{"-s", "-X=main.name=a=b c"}}
	source := lay(t, app+"-- cmd/tool/main.go --\npackage main\n\nimport \"example.com/app/words\"\n\nvar name, a = \"unset\", \"unset\"\n\nfunc main() { print(words.One, \"|\", name, \"|\", a) }\n")
	program := modship(t)
	compile := func(req request.Compile) (dir string, report request.ProgramReport) {
		dir = t.TempDir()
		said := t.TempDir()
		c.run("compile", req, program, in(source, request.Source), c.files(), out(copied(t, cache), request.GoCache), out(dir, request.Out), out(said, request.Said))
		if err := readJSON(filepath.Join(said, request.ProgramFile), &report); err != nil {
			t.Fatal(err)
		}
		return dir, report
	}
	both := req
	both.VCS, both.Beside = &commitFacts, []request.Linked{tool}
	together, report := compile(both)
	if got := slices.Sorted(maps.Keys(listing(t, together))); !slices.Equal(got, []string{".", "usr", "usr/local", "usr/local/bin", req.Path, tool.Path}) {
		t.Errorf("the output has %q", got)
	}
	if len(report.Beside) != 1 || report.Path != req.Path || report.Beside[0].Path != tool.Path || report.SHA256 == report.Beside[0].SHA256 {
		t.Errorf("it says %+v", report)
	}
	said, err := exec.Command(filepath.Join(together, tool.Path)).CombinedOutput()
	if want := "kitten|a=b c|unset"; err != nil || string(said) != want {
		t.Errorf("the second program says %q, want %q (%v)", said, want, err)
	}
	for _, p := range both.Programs() {
		alone := request.Compile{Build: req.Build, Main: p.Main, Path: p.Path, LDFlags: p.LDFlags, VCS: &commitFacts}
		if _, own := compile(alone); !slices.Contains(append([]binary.File{report.File}, report.Beside...), own.File) {
			t.Errorf("%s is another alone: %+v", p.Main, own)
		}
	}
}

// checkCompile: the program runs and has the values that its flags set, and a second compile gives the same bytes.
func checkCompile(t *testing.T, c chain, req request.Compile, cache string) {
	compile := func() string {
		dir := t.TempDir()
		c.run("compile", req, in(c.source, request.Source), c.files(), out(copied(t, cache), request.GoCache), out(dir, request.Out))
		return dir
	}
	first := compile()
	sameTree(t, first, compile())
	for name, text := range listing(t, first) {
		if fields := strings.Fields(text); fields[1] != "0" || !strings.HasSuffix(fields[0], "rwxr-xr-x") {
			t.Errorf("%s is %s", name, text)
		}
	}
	said, err := exec.Command(filepath.Join(first, "usr/local/bin/app")).CombinedOutput()
	if want := `3|a b|it's|"c"`; err != nil || string(said) != want {
		t.Errorf("the program says %q, want %q (%v)", said, want, err)
	}
}

// commitFacts are those of a commit with local changes.
var commitFacts = vcs.Facts{
	Revision: "0123456789abcdef0123456789abcdef01234567",
	Time:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	Version:  "v1.2.3+dirty",
	Modified: true,
}

// checkStamps: the build information has what go build in a checkout puts there, in its order, and nothing else changes.
func checkStamps(t *testing.T, c chain, req request.Compile, cache string) {
	program := modship(t)
	info := func(f *vcs.Facts) *debug.BuildInfo {
		dir := t.TempDir()
		req.VCS = f
		c.run("compile", req, program, in(c.source, request.Source), c.files(), out(copied(t, cache), request.GoCache), out(dir, request.Out))
		info, err := buildinfo.ReadFile(filepath.Join(dir, req.Path))
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	want := info(nil)
	want.Main.Version = "v1.2.3+dirty"
	want.Settings = append(want.Settings,
		debug.BuildSetting{Key: "vcs", Value: "git"},
		debug.BuildSetting{Key: "vcs.revision", Value: commitFacts.Revision},
		debug.BuildSetting{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
		debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	if diff := cmp.Diff(want, info(&commitFacts)); diff != "" {
		t.Errorf("build information (-want +got):\n%s", diff)
	}
}

// copied is what a cache mount starts from: a copy that may be written.
func copied(t *testing.T, cache string) string {
	t.Helper()
	dir := t.TempDir()
	if err := eachFile(cache, func(path string) error {
		rel, err := filepath.Rel(cache, path)
		if err != nil {
			return err
		}
		return copyPlain(path, filepath.Join(dir, rel))
	}); err != nil {
		t.Fatal(err)
	}
	if err := setTimes(dir, sealedTime); err != nil {
		t.Fatal(err)
	}
	return dir
}
