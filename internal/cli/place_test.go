package cli

import (
	"cmp"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/vcs"
)

const (
	libMod = "module example.com/lib\n\ngo 1.24\n"
	// needsLib is a go.mod of a module in services/a or beside that.
	needsLib = "module example.com/a\n\ngo 1.24\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../../lib\n"
	bare     = "module example.com/a\n\ngo 1.24\n"
)

// TestLocate: the context is what the module needs, and no more than the checkout, the workspace, or the folder in which the user works.
func TestLocate(t *testing.T) {
	for name, tc := range map[string]struct {
		files  map[string]string
		in     string // the working directory, "" for the root of all
		dir    string
		noWork bool
		given  string // --build-context
		// want has the context as shown, and ": " before the line that is printed.
		want, folder, main string
	}{
		"a module by itself":          {files: map[string]string{"repo/.git/HEAD": "", "repo/services/a/go.mod": bare}, dir: "repo/services/a", want: "repo/services/a"},
		"no module":                   {files: map[string]string{"repo/.git/HEAD": "", "repo/x": ""}, dir: "repo", want: "repo"},
		"no folder":                   {dir: "repo", want: "repo"},
		"nested modules and no other": {files: map[string]string{"repo/.git/HEAD": "", "repo/a/go.mod": bare}, dir: "repo", want: "repo"},
		"a replacement": {files: map[string]string{"repo/.git/HEAD": "", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod}, dir: "repo/services/a",
			want: "repo: building services/a, with repo as the context: services/a/go.mod:7 needs lib", folder: "services/a"},
		"from inside": {files: map[string]string{"repo/.git/HEAD": "", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod}, in: "repo/services/a", dir: ".",
			want: "../..: building services/a, with ../.. as the context: services/a/go.mod:7 needs lib", folder: "services/a"},
		"a worktree": {files: map[string]string{"repo/.git": "gitdir: /elsewhere\n", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod}, dir: "repo/services/a",
			want: "repo: building services/a, with repo as the context: services/a/go.mod:7 needs lib", folder: "services/a"},
		"a replacement for nothing": {files: map[string]string{"repo/.git/HEAD": "", "repo/services/a/go.mod": strings.Replace(needsLib, "require example.com/lib v0.0.0", "", 1)},
			dir: "repo/services/a", want: "repo/services/a"},
		"another folder is given": {files: map[string]string{"repo/.git/HEAD": "", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod}, dir: "repo/services/a",
			given: "example.com/lib=elsewhere", want: "repo/services/a"},
		"outside of the checkout": {files: map[string]string{"repo/services/a/.git/HEAD": "", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod}, dir: "repo/services/a",
			want: "repo/services/a"},
		"one inside, one outside": {files: map[string]string{"all/repo/.git/HEAD": "", "all/lib/go.mod": libMod, "all/repo/b/go.mod": libMod,
			"all/repo/a/go.mod": needsLib + "require example.com/b v0.0.0\nreplace example.com/b => ../b\n"}, dir: "all/repo/a",
			want: "all/repo: building a, with all/repo as the context: a/go.mod:9 needs b", folder: "a"},
		"no checkout": {files: map[string]string{"src/services/a/go.mod": needsLib, "src/lib/go.mod": libMod}, dir: "src/services/a",
			want: "src: building services/a, with src as the context: services/a/go.mod:7 needs lib", folder: "services/a"},
		"no checkout, from elsewhere": {files: map[string]string{"src/services/a/go.mod": needsLib, "src/lib/go.mod": libMod}, in: "src/services", dir: "a", want: "a"},
		"a workspace": {files: map[string]string{"repo/.git/HEAD": "", "repo/go.work": "go 1.24\nuse ./a\nuse ./lib\n", "repo/a/go.mod": bare, "repo/lib/go.mod": libMod}, dir: "repo/a",
			want: "repo: building a, with repo as the context: go.work there uses it", folder: "a"},
		"a workspace of checkouts": {files: map[string]string{"src/go.work": "go 1.24\nuse ./a\nuse ./lib\n", "src/a/.git/HEAD": "", "src/a/go.mod": bare, "src/lib/go.mod": libMod}, dir: "src/a",
			want: "src: building a, with src as the context: go.work there uses it", folder: "a"},
		"a workspace below the root": {files: map[string]string{"repo/.git/HEAD": "", "repo/go/go.work": "go 1.24\nuse ./a\nuse ./lib\n", "repo/go/a/go.mod": bare, "repo/go/lib/go.mod": libMod},
			dir: "repo/go/a", want: "repo/go: building a, with repo/go as the context: go.work there uses it", folder: "a"},
		"a workspace with more beside it": {files: map[string]string{"repo/.git/HEAD": "", "repo/go/go.work": "go 1.24\nuse ./a\nuse ../lib\n", "repo/go/a/go.mod": bare, "repo/lib/go.mod": libMod},
			dir: "repo/go/a", want: "repo: building go/a, with repo as the context: go/go.work there uses it", folder: "go/a"},
		"the workspace itself": {files: map[string]string{"repo/.git/HEAD": "", "repo/go.work": "go 1.24\nuse ./a\n", "repo/a/go.mod": bare}, dir: "repo", want: "repo"},
		"the workspace itself, with more beside it": {files: map[string]string{"repo/.git/HEAD": "", "repo/ws/go.work": "go 1.24\nuse ../lib\n", "repo/lib/go.mod": libMod},
			dir: "repo/ws", want: "repo: building ws, with repo as the context: ws/go.work:2 needs lib", folder: "ws"},
		"no workspace by wish": {noWork: true, files: map[string]string{"repo/.git/HEAD": "", "repo/go.work": "go 1.24\nuse ./a\n", "repo/a/go.mod": bare}, dir: "repo/a", want: "repo/a"},
		"a workspace of others": {files: map[string]string{"repo/.git/HEAD": "", "repo/go.work": "go 1.24\nuse ./lib\n", "repo/lib/go.mod": libMod, "repo/a/go.mod": bare},
			dir: "repo/a", want: "repo/a"},
		"a package": {files: map[string]string{"repo/.git/HEAD": "", "repo/go.mod": bare, "repo/cmd/app/main.go": ""}, dir: "repo/cmd/app",
			want: "repo: building ./cmd/app of the module in repo", main: "./cmd/app"},
		"a package, from inside": {files: map[string]string{"repo/.git/HEAD": "", "repo/go.mod": bare, "repo/cmd/app/main.go": ""}, in: "repo/cmd/app", dir: ".",
			want: "../..: building ./cmd/app of the module in ../..", main: "./cmd/app"},
		"a package of a module that needs more": {files: map[string]string{"repo/.git/HEAD": "", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod, "repo/services/a/cmd/app/main.go": ""},
			dir: "repo/services/a/cmd/app", want: "repo: building ./cmd/app of the module services/a, with repo as the context: services/a/go.mod:7 needs lib", folder: "services/a", main: "./cmd/app"},
		"no module in the checkout": {files: map[string]string{"go.mod": bare, "repo/.git/HEAD": "", "repo/cmd/app/main.go": ""}, dir: "repo/cmd/app", want: "repo/cmd/app"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range tc.files {
				writeFile(t, root, file, text)
			}
			t.Chdir(filepath.Join(root, tc.in))
			contexts := ContextOptions{tc.given}
			got := locate(tc.dir, tc.noWork, contexts.stand)
			said := got.context
			if got.words != "" {
				said += ": " + got.words
			}
			if said != tc.want || got.folder != tc.folder || got.main != tc.main || got.named != tc.dir {
				t.Errorf("got %+v, want %s", got, tc.want)
			}
			module, _ := filepath.Abs(got.module)
			if want, _ := filepath.Abs(filepath.Join(got.context, filepath.FromSlash(got.folder))); module != want {
				t.Errorf("the module is in %s, want %s", module, want)
			}
		})
	}
}

// TestLocateLink: what the user names may be a link, and the module is where it leads.
func TestLocateLink(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, root, "repo/.git/HEAD", "")
	writeFile(t, root, "repo/services/a/go.mod", needsLib)
	writeFile(t, root, "repo/lib/go.mod", libMod)
	if err := os.Symlink(filepath.Join(root, "repo/services/a"), filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	if got := shownContext("link"); got != "repo/services/a" {
		t.Errorf("advice counts from %q", got)
	}
	if got := shownContext(""); got != "" {
		t.Errorf("advice about a context elsewhere counts from %q", got)
	}
	if got := locate("link", false, noContexts); got.context != "repo" || got.folder != "services/a" {
		t.Errorf("got %+v", got)
	}
}

// TestLocateHome: what lies in the home of the user, and was downloaded perhaps, makes neither that the context nor a folder above.
func TestLocateHome(t *testing.T) {
	const lost = "module example.com/a\n\ngo 1.24\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../../nothing\n"
	for name, tc := range map[string]struct {
		files   map[string]string
		in, dir string
	}{
		"the configuration says so": {files: map[string]string{"home/load/a/go.mod": bare, "home/load/a/modship.yaml": "module: load/a\n"}, in: "home", dir: "load/a"},
		"and the home is a checkout": {files: map[string]string{"home/.git/HEAD": "", "home/load/a/go.mod": bare, "home/load/a/modship.yaml": "module: load/a\n"},
			in: "home/load/a", dir: "."},
		"a replacement":                  {files: map[string]string{"home/load/a/go.mod": needsLib, "home/lib/go.mod": libMod}, in: "home", dir: "load/a"},
		"one in a home that is checkout": {files: map[string]string{"home/.git/HEAD": "", "home/load/a/go.mod": needsLib, "home/lib/go.mod": libMod}, in: "home/load/a", dir: "."},
		"nothing is replaced":            {files: map[string]string{"home/src/.git/HEAD": "", "home/src/load/a/go.mod": lost}, in: "home/src/load/a", dir: "."},
		"a workspace":                    {files: map[string]string{"home/go.work": "go 1.24\nuse ./load/a\n", "home/load/a/go.mod": bare}, in: "home/load/a", dir: "."},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range tc.files {
				writeFile(t, root, file, text)
			}
			t.Setenv("HOME", filepath.Join(root, "home"))
			t.Chdir(filepath.Join(root, tc.in))
			p := locate(tc.dir, false, noContexts)
			if cfg := (&config.Config{Module: "load/a"}); strings.Contains(tc.files["home/load/a/modship.yaml"], cfg.Module) {
				p = p.configured(cfg)
			}
			if p.context != tc.dir || p.folder != "" {
				t.Errorf("got %+v", p)
			}
		})
	}
}

// TestPlaceRequest: what is found is what BuildKit is asked for, and a module that needs no more asks for what it always has.
func TestPlaceRequest(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"repo/.git/HEAD": "", "repo/services/a/go.mod": needsLib, "repo/lib/go.mod": libMod, "repo/services/a/modship.yaml": "# the module's\n",
		"repo/services/a/cmd/app/main.go": "", "repo/services/a/cmd/own/modship.yaml": "# its own\n", "repo/alone/go.mod": bare, "repo/modship.yaml": "# the repository's\n",
	} {
		writeFile(t, root, name, text)
	}
	t.Chdir(filepath.Join(root, "repo"))
	for _, c := range []struct {
		dir, file, config string
		folder, main      string
		words             bool
	}{
		{"services/a", "", "# the module's\n", "services/a", "", true},
		{"services/a/cmd/app", "", "# the module's\n", "services/a", "./cmd/app", true},
		{"services/a/cmd/own", "", "# its own\n", "services/a", "./cmd/own", true},
		{"services/a/cmd/own", "modship.yaml", "# the repository's\n", "services/a", "./cmd/own", true},
		{"alone", "", "", "", "", false},
	} {
		env, _, stderr := testEnv(t, nil)
		b, err := newBuild(t.Context(), env, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: c.dir, File: c.file}, Daemon: DaemonOptions{Progress: "plain"}}})
		if err != nil {
			t.Fatal(err)
		}
		attrs := b.opt.FrontendAttrs
		if attrs[frontend.OptionFolder] != c.folder || attrs[frontend.OptionMain] != c.main {
			t.Errorf("%s: %v", c.dir, attrs)
		}
		if got := read(t, b.opt.LocalMounts["dockerfile"], "modship.yaml"); c.config != "" && got != c.config {
			t.Errorf("%s: the configuration is %q", c.dir, got)
		}
		if sent := read(t, b.opt.LocalMounts["context"], path.Join(c.folder, "go.mod")); !strings.Contains(sent, "module example.com/a") {
			t.Errorf("%s: go.mod is %q", c.dir, sent)
		}
		if _, err := b.start(t.Context(), env); err == nil {
			t.Fatal("there is a BuildKit")
		}
		if said := strings.Contains(stderr.String(), "building "); said != c.words {
			t.Errorf("%s: %q", c.dir, stderr)
		}
	}
}

// TestLocateConfigured: one file serves `docker buildx build -f services/a/Dockerfile .` and `modship build ./services/a`.
func TestLocateConfigured(t *testing.T) {
	for name, tc := range map[string]struct {
		files                 map[string]string
		dir, context, module  string
		folder, main, printed string
	}{
		"a module by itself": {files: map[string]string{"services/a/go.mod": bare}, dir: "services/a", context: ".", printed: "building services/a, with . as the context: the configuration says so"},
		"one that needs more": {files: map[string]string{"services/a/go.mod": needsLib, "lib/go.mod": libMod}, dir: "services/a", context: ".",
			printed: "building services/a, with . as the context: the configuration says so"},
		"a package": {files: map[string]string{"services/a/go.mod": bare, "services/a/cmd/x/main.go": ""}, dir: "services/a/cmd/x", context: ".", main: "./cmd/x",
			printed: "building ./cmd/x of the module services/a, with . as the context: the configuration says so"},
		"a folder of that name below": {files: map[string]string{"services/a/go.mod": bare, "services/a/services/a/go.mod": bare}, dir: "services/a", context: "services/a"},
		"another folder":              {files: map[string]string{"services/a/go.mod": bare}, dir: "services/a", module: "services/b", context: "services/a"},
		"outside of the checkout":     {files: map[string]string{"services/a/go.mod": bare, "services/a/.git/HEAD": ""}, dir: "services/a", context: "services/a"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeFile(t, root, ".git/HEAD", "")
			for file, text := range tc.files {
				writeFile(t, root, file, text)
			}
			t.Chdir(root)
			writeFile(t, root, "services/a/modship.yaml", "args: {FOLDER: services}\nmodule: "+cmp.Or(tc.module, "${FOLDER}/a")+"\n")
			env, _, _ := testEnv(t, nil)
			b, err := newBuild(t.Context(), env, BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: tc.dir}}})
			if err != nil {
				t.Fatal(err)
			}
			attrs := b.opt.FrontendAttrs
			if attrs[frontend.OptionFolder] != tc.folder || attrs[frontend.OptionMain] != tc.main || b.words != tc.printed {
				t.Errorf("%v, %q", attrs, b.words)
			}
			if got := read(t, b.opt.LocalMounts["context"], filepath.ToSlash(filepath.Join(under(tc.context, "services/a"), "go.mod"))); got == "" {
				t.Error("the context is another")
			}
		})
	}
}

// TestWorkspaceOff: GOWORK=off of the flags goes before the environment.
func TestWorkspaceOff(t *testing.T) {
	for _, c := range []struct {
		args    []string
		implied string
		want    bool
	}{
		{nil, "", false}, {nil, "off", true}, {[]string{"GOWORK=off"}, "", true}, {[]string{"GOWORK=auto"}, "off", false}, {[]string{"GOWORK"}, "", true}, {[]string{"A=off"}, "", false},
	} {
		o := SourceOptions{BuildArgs: c.args}
		if got := o.workspaceOff(map[string]string{"GOWORK": c.implied}, lookup(map[string]string{"GOWORK": "off"})); got != c.want {
			t.Errorf("%v, %q: %t", c.args, c.implied, got)
		}
	}
}

// TestPosition: the commit is that of the module's checkout, also where a workspace above it is the context.
func TestPosition(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, root, "src/repo/services/a/go.mod", bare)
	for context, want := range map[string][]string{"src/repo": {".", ""}, "src/repo/services/a": {"services/a", ""}, "src": {".", "repo"}, ".": {".", "src/repo"}} {
		prefix, base, err := vcs.Position(filepath.Join(root, "src/repo"), filepath.Join(root, context))
		if diff := gocmp.Diff(want, []string{prefix, base}); err != nil || diff != "" {
			t.Errorf("%s: %v %s", context, err, diff)
		}
	}
}
