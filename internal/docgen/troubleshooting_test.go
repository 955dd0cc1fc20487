//go:build linux

package docgen

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/toolchain"
)

// said makes the messages of docs/troubleshooting.md by what says them in a build. What stands before them there is who was asked, and
// in which file.
func said(t *testing.T) map[string][]string {
	tree := func(files ...string) fstest.MapFS {
		fsys := fstest.MapFS{}
		for i := 0; i < len(files); i += 2 {
			fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
		}
		return fsys
	}
	load := func(files ...string) string {
		_, err := gomod.Load(tree(files...))
		return fmt.Sprint(err)
	}
	scanned := func(files ...string) *scan.Result {
		r, err := scan.Scan(tree(append(files, "go.mod", "module example.com/app\n\ngo 1.26\n")...), scan.Request{
			Table:     gomod.Table{Modules: []gomod.Module{{Path: "example.com/app", Dir: "."}}, Complete: true},
			Targets:   []target.Target{{OS: "linux", Arch: "amd64"}},
			GoVersion: "1.26.8",
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	choose := func(files ...string) string {
		facts, err := gomod.Load(tree(append(files, "go.mod", "module example.com/app\n\ngo 1.26\n")...))
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.NewDraft(plan.Input{Config: &config.Config{}, At: func(string) diag.Range { return diag.Range{} }, Facts: facts, Scan: scanned(files...), ByName: true}, nil)
		return fmt.Sprint(err)
	}
	const program = "package main\n\nfunc main() {}\n"
	var libraries []string
	for i := range 10 {
		libraries = append(libraries, fmt.Sprintf("lib%d/lib.go", i), "package lib\n")
	}
	_, tooNew := toolchain.Choose([]string{"go1.26.8", "go1.27.4"}, "", "1.99", "")
	unusable := strings.Split(fmt.Sprint(toolchain.Usable(goenv.Settings{Proxy: "direct", SumDB: "off"}, false)), "\n")
	unprovided := scanned("main.go", "package main\n\nimport (\n\t\"os\"\n\n\t\"golang.org/x/text/language\"\n)\n\nfunc main() { _ = language.English; os.Exit(0) }\n")

	pointer := scanned("main.go", program, "default.pgo", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")

	return map[string][]string{
		"no runc found in PATH":                     {engine.ErrNoRunc.Error()},
		"it was built without libseccomp":           {"using /usr/local/bin/runc: " + engine.ErrNoSeccomp.Error()},
		"it is older than 1.1.12":                   {"using /usr/local/bin/runc: " + engine.ErrOldRunc.Error() + ": it is version 1.1.11"},
		"somebody builds with the private BuildKit": {engine.ErrInUse.Error()},
		"no go command found in PATH":               {"building buildkitd: " + engine.ErrNoGo.Error()},
		"no module proxy is known":                  {"[resolve] list the versions of Go: listing versions of golang.org/toolchain: " + goenv.ErrNoProxy.Error()},
		"the Go toolchain has to come from one": {
			strings.Replace(unusable[0], "GOPROXY: ", "GOPROXY of /usr/lib/golang/go.env: ", 1),
			strings.Replace(unusable[1], "GOSUMDB: ", "GOSUMDB of the environment: ", 1),
		},
		"the module proxy has no release of go1.99":                    {"go.mod:3:1: " + fmt.Sprint(tooNew)},
		"no required module provides package":                          {unprovided.Diagnostics[0].Err().Error()},
		"the module has 2 main packages":                               {choose("cmd/server/main.go", program, "cmd/worker/main.go", program)},
		"no main package: all directories with Go files are libraries": {choose(libraries...)},
		"replacement directory is outside the context":                 {load("go.mod", "module example.com/app\n\ngo 1.26\n\nrequire example.com/text v1.0.0\nreplace example.com/text => ../text\n")},
		"the go command does not build with such a line":               {load("go.mod", "module example.com/app\n\ngo 1.25.0\n\ntoolchain go1.25.0\n")},
		"conflicting replacements": {load("go.work", "go 1.26\n\nuse (\n\t./app\n\t./lib\n)\n", "text/go.mod", "module example.com/text\n", "text-fork/go.mod", "module example.com/text\n",
			"app/go.mod", "module example.com/app\n\ngo 1.26\n\nrequire example.com/text v1.0.0\n\nreplace example.com/text => ../text\n",
			"lib/go.mod", "module example.com/lib\n\ngo 1.26\n\nreplace example.com/text => ../text-fork\n")},
		"go.work says go 1.24.0, but app/go.mod asks for go 1.26": {load("go.work", "go 1.24.0\n\nuse ./app\n", "app/go.mod", "module example.com/app\n\ngo 1.26\n")},
		"neither go.mod nor go.work at its root":                  {load("main.go", program)},
		"the file is a pointer of Git LFS":                        {pointer.Diagnostics[0].Err().Error()},
	}
}

// elsewhere are the messages that need a daemon, a home or somebody else's program: the file of the test that meets them, or that says
// them, and words of it that are words of the page too.
var elsewhere = map[string]struct{ file, words string }{
	"asks who wants to know":                                       {"internal/modvcs/access_test.go", "no credentials for it"},
	"there is no cache directory for a private one":                {"internal/engine/private_linux.go", "no BuildKit found, and there is no cache directory for a private one"},
	"cannot be started by user …":                                  {"internal/engine/users_linux.go", "no BuildKit found, and a private one cannot be started by user "},
	"a private one cannot be kept there":                           {"internal/engine/private_linux.go", "no BuildKit found, and a private one cannot be kept there: "},
	"is the machine that builds":                                   {"internal/stepnet/gateway_test.go", "127.0.0.1 is the machine that builds"},
	"404 Not Found, 400 Bad Request, no such host":                 {"internal/modfetch/fetch.go", "if it is private, name it with --build-arg GOPRIVATE="},
	"401, 403, 407":                                                {"internal/modfetch/login_test.go", "the server asks for a user name and a password: put the line `machine "},
	"is plain http":                                                {"internal/goenv/settings_test.go", "is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names"},
	"connecting to BuildKit at …":                                  {"internal/engine/engine_test.go", "leave --addr and BUILDKIT_HOST empty"},
	"certificate signed by unknown authority":                      {"integration/messages_test.go", "certificate signed by unknown authority"},
	"undefined: …":                                                 {"integration/config_test.go", "undefined: runtime.GOOOS"},
	"relocation target … not defined, undefined reference to …":    {"integration/messages_test.go", "main.go:8:6: relocation target example.com/none.missing not defined"},
	"pattern …: no matching files found":                           {"frontend/embedhelp.go", " out of the build context; add the line "},
	"the symbolic link leads to …":                                 {"internal/links/links.go", "put a copy in its place, or build a folder that holds both"},
	"missing go.sum entry":                                         {"integration/messages_test.go", "missing go.sum entry for module providing package golang.org/x/text/language; run `go mod tidy`, and add the go.sum that it writes to the build context"},
	"the context has no \"confg/\"":                                {"frontend/contextfiles_test.go", "; the path counts from the root of the context; check it, and .dockerignore"},
	"a submodule of git that is not fetched":                       {"frontend/submodules_linux_test.go", "third_party/page, a submodule of git that is not fetched: run `git submodule update --init --recursive` in the checkout"},
	"there is no build context …":                                  {"frontend/sources_linux_test.go", "there is no build context \"web\"; give it with --build-context web=FOLDER"},
	"denied by policy":                                             {"integration/sourcepolicy_test.go", "denied by policy"},
	"failed to push":                                               {"integration/messages_test.go", "failed to do request: Head"},
	"keeps images in its classic store":                            {"internal/cli/deliver.go", "keeps images in its classic store, with which its BuildKit has no "},
	"there is no builder of buildx and no context of docker named": {"internal/engine/choose_linux_test.go", "there is no builder of buildx and no context of docker named"},
	"neither docker nor buildx is in PATH":                         {"internal/docker/dial.go", "neither docker nor buildx is in PATH, which connects to builders of buildx"},
}

// TestTroubleshooting: what the page says that a build says is what one says.
func TestTroubleshooting(t *testing.T) {
	text := find(t, "docs/troubleshooting.md").text
	made := said(t)
	for _, section := range strings.Split(text, "\n### ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		var quoted []string
		for _, m := range regexp.MustCompile(`(?m)^error: (.*)$`).FindAllStringSubmatch(body, -1) {
			quoted = append(quoted, m[1])
		}
		if other, ok := elsewhere[heading]; ok {
			content, err := os.ReadFile(filepath.Join(root, other.file))
			if err != nil || !strings.Contains(string(content), other.words) {
				t.Errorf("%s: %s does not know %q: %v", heading, other.file, other.words, err)
			}
			if !strings.Contains(body, other.words) {
				t.Errorf("%s: the page does not say %q", heading, other.words)
			}
			continue
		}
		for _, got := range made[heading] {
			if !quotes(quoted, got) {
				t.Errorf("%s: a build says\n%s\nand the page\n%s", heading, got, strings.Join(quoted, "\n"))
			}
		}
		if len(quoted) > 0 && len(made[heading]) == 0 {
			t.Errorf("%s: no test makes the message %q", heading, quoted)
		}
	}
}

// quotes tells whether one of the lines is text, with … for a part of it.
func quotes(lines []string, text string) bool {
	for _, line := range lines {
		parts := strings.Split(line, "…")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		if regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(text) {
			return true
		}
	}
	return false
}
