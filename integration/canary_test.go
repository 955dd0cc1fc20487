//go:build linux

package integration

import (
	"bytes"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/gittest"
)

const canary = "canary-7f3b2c90d1"

// TestCanary builds with a private module behind a password, and with one of a repository behind a token that names no host, and looks for both
// in everything that is left: what the client made, and what BuildKit keeps.
func TestCanary(t *testing.T) {
	t.Parallel()
	private := newPrivateModule(t, "corp.example/private/motto", "v1.0.0", `
-- go.mod --
module corp.example/private/motto

go 1.26
-- motto.go --
// Package motto is nobody else's.
package motto

const Text = "mum's the word"
`)
	repository := gittest.New(t)
	repository.Repo("bare.example", "team/bare").Commit("-- go.mod --\nmodule bare.example/team/bare.git\n\ngo 1.26\n-- bare.go --\npackage bare\n\nconst Text = \"of the repository\"\n", "v1.0.0")
	sums := repository.Sums(module.Version{Path: "bare.example/team/bare.git", Version: "v1.0.0"})
	token := basicAuth("x-access-token", canary+"-token")
	repository.Guard("bare.example", gittest.Only(token))
	d := freshDaemon(t)
	eachMode(t, func(t *testing.T, m mode) {
		var asked, refused atomic.Int32
		proxy := goProxy(t, private.handlers)
		server, bundle := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/corp.example/") && (user != "builder" || password != canary) {
				refused.Add(1)
				w.Header().Set("WWW-Authenticate", `Basic realm="modules"`)
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			} else if password == canary {
				asked.Add(1)
			}
			proxy.ServeHTTP(w, r)
		}))
		// What stands between certificates is no part of them, but of the secret.
		edit(t, filepath.Dir(bundle), filepath.Base(bundle), "# "+canary+"\n"+string(readFile(t, bundle))+string(readFile(t, repository.CA)))
		edit(t, filepath.Dir(bundle), "token", canary+"-token")
		shown := len(repository.Asked())
		dir := inline(t, `
-- go.mod --
module example.com/hello

go 1.26

require (
	bare.example/team/bare.git v1.0.0
	corp.example/private/motto v1.0.0
)
-- go.sum --
`+private.sums+sums+`-- main.go --
package main

import (
	"bare.example/team/bare.git"
	"corp.example/private/motto"
)

func main() { println(motto.Text, bare.Text) }
`)
		exported := t.TempDir()
		r := m.build(t, build{
			dir: dir, daemon: d,
			args: []string{"GOPROXY=" + server.URL, "GOPRIVATE=corp.example", "GONOPROXY=bare.example", "HTTPS_PROXY=" + repository.Proxy, "https_proxy=" + repository.Proxy, "NO_PROXY=", "no_proxy=", "BUILDKIT_CACHE_MOUNT_NS=canary-" + m.name},
			flags: []string{
				"--secret", "id=netrc,src=" + netrcFor(t, server.URL), "--secret", "id=ca,src=" + bundle, "--secret", "id=GIT_AUTH_TOKEN,src=" + filepath.Join(filepath.Dir(bundle), "token"),
				"--cache-to", "type=local,mode=max,dest=" + exported,
				"--attest", "type=provenance,mode=max",
			},
		})
		r.runs(t, "mum's the word of the repository")
		if asked.Load() == 0 {
			t.Errorf("the password was not used (%d requests were refused): the test proves nothing", refused.Load())
		}
		if !slices.ContainsFunc(repository.Asked()[shown:], func(r gittest.Request) bool { return r.Authorization == token }) {
			t.Error("the token was not used: the test proves nothing")
		}
		image := t.TempDir()
		if err := unpack(r.archive, image); err != nil {
			t.Fatal(err)
		}
		for _, place := range []string{image, exported} {
			lacksCanary(t, place, 3)
		}
		if hasCanary([]byte(r.log)) {
			t.Errorf("the log has the password in it:\n%s", r.log)
		}
	})
	if err := d.Stop(); err != nil { // its databases are whole now
		t.Fatal(err)
	}
	lacksCanary(t, d.root, 1000)
	if hasCanary(readFile(t, d.Log())) {
		t.Errorf("the daemon's log has the password in it")
	}
	if _, found := search(t, d.root, func(data []byte) bool { return bytes.Contains(data, []byte("mum's the word")) }); len(found) == 0 {
		t.Error("what the daemon keeps lacks the private module: the search proves nothing")
	}
}

// TestCanaryGit has credentials in every place of a checkout's configuration that clients of git write them to. Facts of the commit
// are known all the same.
func TestCanaryGit(t *testing.T) {
	t.Parallel()
	origin := newCheckout(t, "")
	library := newCheckout(t, "")
	git(t, origin, "submodule", "--quiet", "add", "file://"+library, "library")
	commitAll(t, origin, "library")
	for _, dir := range []string{origin, filepath.Join(origin, "library")} {
		for key, value := range map[string]string{
			"http.https://github.com/.extraheader":              "AUTHORIZATION: basic " + canary,
			"credential.helper":                                 "!echo password=" + canary,
			"url.https://" + canary + "@git.example/.insteadOf": "https://git.example/",
			"remote.origin.url":                                 stampRemote,
			"remote.origin.pushurl":                             stampRemote,
			"http.proxy":                                        "http://builder:" + canary + "@127.0.0.1:1",
		} {
			git(t, dir, "config", key, value)
		}
	}
	edit(t, origin, ".git/FETCH_HEAD", canary)
	d := freshDaemon(t)
	eachMode(t, func(t *testing.T, m mode) {
		exported := t.TempDir()
		r := m.build(t, build{dir: origin, daemon: d, flags: []string{
			"--cache-to", "type=local,mode=max,dest=" + exported, "--attest", "type=provenance,mode=max",
		}})
		facts := labelFacts(t, r)
		if facts.Revision != git(t, origin, "rev-parse", "HEAD") || facts.Source != stampSource || facts.Time == "" || facts.Version == "" {
			t.Errorf("the labels say %+v", facts)
		}
		lacksCanary(t, exported, 3)
		if hasCanary([]byte(r.log)) || hasCanary(readFile(t, r.archive)) {
			t.Error("the log or the image has the password in it")
		}
	})
	if err := d.Stop(); err != nil { // its databases are whole now
		t.Fatal(err)
	}
	lacksCanary(t, d.root, 1000)
}

// netrcFor writes the credentials of a server, for clients that look it up with its port and for those that do not.
func netrcFor(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var lines string
	for _, machine := range []string{u.Hostname(), u.Host} {
		lines += "machine " + machine + " login builder password " + canary + "\n"
	}
	edit(t, dir, "netrc", lines)
	return filepath.Join(dir, "netrc")
}

// lacksCanary searches a folder for the password. What was to be searched has more than a few files.
func lacksCanary(t *testing.T, dir string, atLeast int) {
	t.Helper()
	count, found := search(t, dir, hasCanary)
	for _, name := range found {
		t.Errorf("%s has the password in it", name)
	}
	if count < atLeast {
		t.Errorf("only %d files in %s: what was searched is not what was made", count, dir)
	}
}
