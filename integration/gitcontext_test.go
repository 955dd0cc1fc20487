//go:build linux

package integration

import (
	"net/http/cgi"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGitContext builds from the URL of a repository: there is no checkout, and no client that knows of one.
func TestGitContext(t *testing.T) {
	origin := newCheckout(t, "")
	facts := headFacts(t, origin)
	facts.Source = "" // it is served over plain http, of which nobody else can make anything
	server := serveGit(t, origin)
	for _, c := range []struct {
		name, ref string
		config    string
	}{
		{name: "tag", ref: "#" + stampTag},
		{name: "branch", ref: "#main"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := syntax.build(t, build{dir: server + c.ref})
			want := facts
			if c.name == "branch" {
				want.Version = programFacts(t, r).Version
			}
			checkFacts(t, r, want)
		})
	}
}

// serveGit serves a repository as forges do, and gives its URL.
func serveGit(t *testing.T, repository string) string {
	t.Helper()
	bare := filepath.Join(t.TempDir(), "stamp.git")
	git(t, repository, "clone", "-q", "--bare", repository, bare)
	server := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(git(t, repository, "--exec-path"), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(bare), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1"},
	})
	t.Cleanup(server.Close)
	return server.URL + "/stamp.git"
}

// TestDisagreement has a client that tells of another repository than the one in the context.
func TestDisagreement(t *testing.T) {
	dir, other := newCheckout(t, ""), newCheckout(t, "")
	edit(t, other, "other.txt", "something else\n")
	commitAll(t, other, "second")
	git(t, other, "remote", "set-url", "origin", "git@code.example.com:elsewhere/stamp.git")

	r := syntax.build(t, build{dir: dir, with: []string{"env", "GIT_DIR=" + filepath.Join(other, ".git"), "GIT_WORK_TREE=" + dir}})
	checkFacts(t, r, headFacts(t, dir))
	r.says(t, "the client says "+git(t, other, "rev-parse", "HEAD"), "the client says https://code.example.com/elsewhere/stamp")
	if diff := cmp.Diff(false, strings.Contains(r.log, canary)); diff != "" {
		t.Errorf("the log has the remote's password in it:\n%s", r.log)
	}
}
