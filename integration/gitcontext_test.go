//go:build linux

package integration

import (
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestGitContext builds from the URL of a repository: there is no checkout, and no client that knows of one. BuildKit fetches
// one commit, without the tags before it, and a tag only by its name; go build says the same in such a clone.
func TestGitContext(t *testing.T) {
	t.Parallel()
	origin := newCheckout(t, "")
	tagged := headFacts(t, origin)
	edit(t, origin, "README.md", "# Stamp, the next\n")
	commitAll(t, origin, "second")
	server := serveGit(t, origin)
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, origin, "clone", "-q", "--depth", "1", "--no-tags", server, clone)
	branch := headFacts(t, clone)
	if branch.Revision == tagged.Revision || branch.Version == tagged.Version {
		t.Fatalf("%+v is no other commit than %+v", branch, tagged)
	}
	for _, c := range []struct {
		ref  string
		want commitFacts
	}{
		{"main", branch}, // before the tag, which the daemon does not know yet
		{stampTag, tagged},
	} {
		t.Run(c.ref, func(t *testing.T) {
			r := syntax.build(t, build{dir: server + "#" + c.ref, flags: []string{"--provenance", "mode=max"}})
			c.want.Source = "" // it is served over plain http
			checkFacts(t, r, c.want)
			provenanceOf(t, statements(t, r)["linux/amd64"]).dependsOn(t, server, c.want.Revision)
		})
	}
}

// TestGitContextFolder builds a module in a folder of a repository from its URL. BuildKit gives the frontend the folder alone.
func TestGitContextFolder(t *testing.T) {
	t.Parallel()
	origin := newCheckout(t, "")
	folder := filepath.Join(origin, "svc/api")
	copyDir(t, inline(t, stampFiles), folder)
	edit(t, folder, "go.mod", strings.Replace(string(readFile(t, filepath.Join(folder, "go.mod"))), "example.com/stamp", "example.com/stamp/svc/api", 1))
	configure(t, folder, "")
	commitAll(t, origin, "service")
	const tag = "svc/api/v0.3.0"
	git(t, origin, "tag", tag)
	server := serveGit(t, origin)
	want := headFacts(t, folder)
	want.Source = "" // it is served over plain http
	if want.Version != "v0.3.0" {
		t.Fatalf("go says %+v", want)
	}
	for _, url := range []string{server + "#" + tag + ":svc/api", server + "#refs/tags/" + tag + ":svc/api", server + "?tag=" + tag + "&subdir=svc/api"} {
		t.Run(strings.TrimPrefix(url, server), func(t *testing.T) {
			checkFacts(t, syntax.build(t, build{dir: url}), want)
		})
	}
	t.Run("another tag", func(t *testing.T) {
		git(t, origin, "tag", "v1.3.0")
		r := syntax.build(t, build{dir: serveGit(t, origin) + "#v1.3.0:svc/api"})
		if got := labelFacts(t, r); got.Revision != want.Revision || strings.HasPrefix(got.Version, "v1.3.0") || strings.HasSuffix(got.Version, "+dirty") {
			t.Errorf("got %+v", got)
		}
	})
}

// TestSubmodules builds from the URL of a repository with a submodule, which BuildKit fetches too, and from a clone. What it has is embedded and
// compiled, and part of the commit; without it the build says how it is fetched.
func TestSubmodules(t *testing.T) {
	t.Parallel()
	library := t.TempDir()
	edit(t, library, "words/words.go", "package words\n\nconst Word = \"of the submodule\"\n")
	edit(t, library, "page.txt", "the page of the submodule\n")
	git(t, library, "init", "-q", "-b", "main")
	commitAll(t, library, "words")
	origin := newCheckout(t, "")
	git(t, origin, "submodule", "--quiet", "add", serveGit(t, library), "third_party/lib")
	edit(t, origin, "embed.go", "package main\n\nimport (\n\t_ \"embed\"\n\n\t\"example.com/stamp/third_party/lib/words\"\n)\n\n//go:embed third_party/lib/page.txt\nvar page string\n\nfunc init() { page += words.Word }\n")
	commitAll(t, origin, "submodule")
	git(t, origin, "tag", "v1.4.0")
	server := serveGit(t, origin)
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, origin, "clone", "-q", "--recurse-submodules", server, clone)
	git(t, clone, "remote", "set-url", "origin", stampRemote)
	want := headFacts(t, clone)
	if want.Version != "v1.4.0" || want.Modified != "false" {
		t.Fatalf("go says %+v", want)
	}
	t.Run("URL", func(t *testing.T) {
		want := want
		want.Source = "" // it is served over plain http
		checkFacts(t, syntax.build(t, build{dir: server + "#v1.4.0"}), want)
	})
	t.Run("URL without submodules", func(t *testing.T) {
		syntax.fail(t, build{dir: server + "?tag=v1.4.0&submodules=false"}).says(t, "embed.go:6:2: ",
			"third_party/lib, a submodule of git that is not fetched: take submodules=false out of the URL of the context")
	})
	eachMode(t, func(t *testing.T, m mode) {
		checkFacts(t, m.build(t, build{dir: clone}), want)
		without := filepath.Join(t.TempDir(), "clone")
		git(t, origin, "clone", "-q", server, without)
		m.fail(t, build{dir: without}).says(t, "embed.go:6:2: ", "third_party/lib, a submodule of git that is not fetched: run `git submodule update --init --recursive`")
	})
	eachMode(t, func(t *testing.T, m mode) {
		edit(t, clone, "third_party/lib/page.txt", "edited for "+m.name)
		if got := programFacts(t, m.build(t, build{dir: clone})); got.Modified != "true" {
			t.Errorf("after an edit in the submodule the program says %+v", got)
		}
	})
}

// serveGit serves a repository as forges do, behind guards (see [gittest.Only]), and gives its URL.
func serveGit(t *testing.T, repository string, guards ...func(http.ResponseWriter, *http.Request) bool) string {
	t.Helper()
	bare := filepath.Join(t.TempDir(), "stamp.git")
	git(t, repository, "clone", "-q", "--bare", repository, bare)
	backend := &cgi.Handler{
		Path: filepath.Join(git(t, repository, "--exec-path"), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(bare), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, answers := range guards {
			if answers(w, r) {
				return
			}
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/stamp.git"
}

// TestDisagreement has a client that tells of another repository than the one in the context.
func TestDisagreement(t *testing.T) {
	dir, other := newCheckout(t, ""), newCheckout(t, "")
	edit(t, other, "other.txt", "something else\n")
	commitAll(t, other, "second")
	git(t, other, "remote", "set-url", "origin", "git@code.example.com:elsewhere/stamp.git")

	// buildx asks a git that always looks into the other one.
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nexec %s -C %s \"$@\"\n", real, other)
	if err := writeFile(filepath.Join(bin, "git"), strings.NewReader(script), 0o755); err != nil {
		t.Fatal(err)
	}
	r := syntax.build(t, build{dir: dir, with: []string{"env", "PATH=" + bin + ":" + os.Getenv("PATH")}})
	want := headFacts(t, dir)
	want.Source = "https://code.example.com/elsewhere/stamp" // the configuration of the context's own is not looked at
	checkFacts(t, r, want)
	r.says(t, "the client says "+git(t, other, "rev-parse", "HEAD"))
	if hasCanary([]byte(r.log)) {
		t.Errorf("the log has the remote's password in it:\n%s", r.log)
	}
}
