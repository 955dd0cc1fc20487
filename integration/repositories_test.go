//go:build linux

package integration

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/gittest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// repositories are private modules on hosts of which each wants something else: a password, a token, a header, a key of ssh, and what programs of
// the client's machine say.
type repositories struct {
	*gittest.Server
	ssh   *gittest.SSH
	known string // file of known hosts
	dir   string // a module that requires them
	proxy string // of all other modules
	// headers are what each host has to get.
	headers map[string]string
}

// newRepositories makes modules that hold a text, so that no build before has fetched them.
func newRepositories(t *testing.T, text string) *repositories {
	t.Helper()
	setUp(t)
	if os.Getuid() != 0 {
		testbed.Missing(t, "root, who logs in by ssh")
	}
	r := &repositories{Server: gittest.New(t)}
	var required, imports, prints strings.Builder
	var versions []module.Version
	for _, name := range []string{"password", "token", "header", "ssh", "hidden", "helper", "goauth"} {
		host := name + ".example"
		path := host + "/team/" + name + ".git"
		if name == "hidden" { // no path names its host
			path = "vanity.example/hidden"
			r.Page(path, path+" git https://hidden.example/team/hidden")
		}
		repo := r.Repo(host, "team/"+name)
		repo.Commit("-- go.mod --\nmodule " + path + "\n\ngo 1.26\n-- text.go --\npackage " + name + "\n\nconst Text = \"mum's the word, says " + name + "\"\n\n// " + text + "\n")
		m := module.Version{Path: path, Version: repo.Pseudo("v0.0.0-", repo.Git("rev-parse", "HEAD"))}
		if name == "password" {
			repo.Git("tag", "v1.0.0")
			repo.Push()
			m.Version = "v1.0.0"
		}
		versions = append(versions, m)
		required.WriteString("\t" + m.Path + " " + m.Version + "\n")
		imports.WriteString("\t\"" + m.Path + "\"\n")
		prints.WriteString("\tprintln(" + name + ".Text)\n")
	}
	r.dir = inline(t, "-- go.mod --\nmodule example.com/hello\n\ngo 1.26\n\nrequire (\n"+required.String()+")\n-- go.sum --\n"+r.Sums(versions...)+
		"-- main.go --\npackage main\n\nimport (\n"+imports.String()+")\n\nfunc main() {\n"+prints.String()+"}\n")
	configure(t, r.dir, "modules: {private: [\"*.example\"], rewrite: {\"https://ssh.example/\": \"ssh://root@ssh.example/\"}}\n")
	r.ssh = gittest.NewSSH(t, r.Dir("ssh.example"))
	r.known = r.ssh.KnownHosts("ssh.example")
	r.Tunnel("ssh.example:22", r.ssh.Addr)
	r.headers = map[string]string{
		"password.example": basicAuth("builder", canary), "token.example": basicAuth("x-access-token", canary+"-token"), "header.example": "Bearer " + canary + "-header", "ssh.example": "nobody",
		"hidden.example": "Bearer " + canary + "-hidden", "helper.example": basicAuth("me", canary+"-helper"),
		"goauth.example": "Bearer " + canary + "-goauth",
	}
	for host, header := range r.headers {
		r.Guard(host, gittest.Only(header))
	}
	proxy := httptest.NewServer(goProxy(t, nil))
	t.Cleanup(proxy.Close)
	r.proxy = proxy.URL
	return r
}

// basicAuth is the header of a login.
func basicAuth(user, password string) string {
	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

// build is a build with all secrets but those that are left out.
func (r *repositories) build(t *testing.T, m mode, without ...string) build {
	t.Helper()
	agent := r.ssh.Agent
	if m.name == syntax.name { // which has the key itself
		agent = r.ssh.Key
	}
	secrets := t.TempDir()
	b := build{dir: r.dir, args: []string{"GOPROXY=" + r.proxy, "HTTPS_PROXY=" + r.Proxy, "https_proxy=" + r.Proxy, "NO_PROXY=", "no_proxy=", "BUILDKIT_CACHE_MOUNT_NS=repositories-" + m.name + strings.Join(without, "-")},
		flags: []string{"--secret", "id=ca,src=" + r.CA, "--ssh", "default=" + agent}}
	for id, value := range map[string]string{
		"netrc": "machine password.example login builder password " + canary + "\n", "GIT_AUTH_TOKEN.token.example": canary + "-token", "GIT_AUTH_HEADER.header.example": "Bearer " + canary + "-header",
		"known_hosts": string(readFile(t, r.known)), "GIT_AUTH_HEADER.hidden.example": r.headers["hidden.example"], "GIT_AUTH_HEADER.helper.example": r.headers["helper.example"],
		"GIT_AUTH_HEADER.goauth.example": r.headers["goauth.example"],
	} {
		if (strings.HasSuffix(id, ".helper.example") || strings.HasSuffix(id, ".goauth.example")) && m.name == client.name {
			continue // it asks git for it, or the command of GOAUTH
		}
		if !strings.Contains(strings.Join(without, " "), id) {
			edit(t, secrets, id, value)
			b.flags = append(b.flags, "--secret", "id="+id+",src="+secrets+"/"+id)
		}
	}
	helper := "[credential \"https://helper.example\"]\n\thelper = \"!f() { echo username=me; echo password=" + canary + "-helper; }; f\"\n"
	edit(t, secrets, "gitconfig", helper)
	auth := filepath.Join(secrets, "goauth")
	edit(t, secrets, "goauth", "#!/bin/sh\nprintf 'https://goauth.example\\n\\nAuthorization: "+r.headers["goauth.example"]+"\\n\\n'\n")
	if err := os.Chmod(auth, 0o755); err != nil {
		t.Fatal(err)
	}
	b.with = []string{"env", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(secrets, "gitconfig"), "GOAUTH=" + auth}
	return b
}

// TestRepositories builds a repository behind a token with modules from others, for each of which something else is to be shown, and looks for what
// was shown in everything that is left. No host sees what is for another.
func TestRepositories(t *testing.T) {
	t.Parallel()
	r := newRepositories(t, "whole")
	initCheckout(t, r.dir)
	var served atomic.Int32
	admit := gittest.Only(strings.Replace(basicAuth("x-access-token", canary+"-context"), "Basic", "basic", 1)) // as BuildKit spells it
	context := serveGit(t, r.dir, func(w http.ResponseWriter, req *http.Request) bool {
		refused := admit(w, req)
		if !refused {
			served.Add(1)
		}
		return refused
	})
	token := t.TempDir()
	edit(t, token, "token", canary+"-context")
	d := freshDaemon(t)
	eachMode(t, func(t *testing.T, m mode) {
		served.Store(0)
		b := r.build(t, m)
		exported := t.TempDir()
		b.daemon, b.dir = d, context+"#main"
		b.flags = append(b.flags, "--secret", "id=GIT_AUTH_TOKEN,src="+filepath.Join(token, "token"))
		b.flags = append(b.flags, "--cache-to", "type=local,mode=max,dest="+exported, "--attest", "type=provenance,mode=max")
		built := m.build(t, b)
		built.runs(t, "mum's the word, says password\nmum's the word, says token\nmum's the word, says header\nmum's the word, says ssh\nmum's the word, says hidden\nmum's the word, says helper\nmum's the word, says goauth")
		if served.Load() == 0 {
			t.Error("the repository of the context was not fetched with the token: the test proves nothing")
		}
		image := t.TempDir()
		if err := unpack(built.archive, image); err != nil {
			t.Fatal(err)
		}
		for _, place := range []string{image, exported} {
			lacksCanary(t, place, 3)
			r.lacksKey(t, place)
		}
		if hasCanary([]byte(built.log)) {
			t.Errorf("the log has a secret in it:\n%s", built.log)
		}
	})
	seen := map[string]bool{}
	for _, asked := range r.Asked() {
		if asked.Authorization != "" && asked.Authorization != r.headers[asked.Host] {
			t.Errorf("%s%s got %q", asked.Host, asked.Path, asked.Authorization)
		}
		seen[asked.Authorization] = true
	}
	for host, header := range r.headers {
		if !seen[header] && header != "nobody" {
			t.Errorf("%s was not shown what it wants: the test proves nothing", host)
		}
	}
	if err := d.Stop(); err != nil { // its databases are whole now
		t.Fatal(err)
	}
	lacksCanary(t, d.root, 1000)
	r.lacksKey(t, d.root)
	if hasCanary(readFile(t, d.Log())) {
		t.Error("the daemon's log has a secret in it")
	}
}

// lacksKey searches a folder for the private key.
func (r *repositories) lacksKey(t *testing.T, dir string) {
	t.Helper()
	lines := strings.Split(string(readFile(t, r.ssh.Key)), "\n")
	_, found := search(t, dir, func(data []byte) bool { return bytes.Contains(data, []byte(lines[3])) })
	for _, name := range found {
		t.Errorf("%s has the key in it", name)
	}
}

// TestRepositoriesRefused: what is missing is said.
func TestRepositoriesRefused(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, m mode) {
		for without, says := range map[string][]string{
			"netrc":                          {"go.mod:6:2: fetching password.example/team/password.git@v1.0.0: ", "password.example asks who wants to know, and the build has no credentials for it", "GIT_AUTH_TOKEN.password.example"},
			"GIT_AUTH_HEADER.hidden.example": {"go.mod:10:2: fetching vanity.example/hidden@v0.0.0-", "hidden.example asks who wants to know, and the build has no credentials for it", "GIT_AUTH_TOKEN.hidden.example"},
			"known_hosts":                    {"go.mod:9:2: fetching ssh.example/team/ssh.git@v0.0.0-", "id=known_hosts,src=FILE with a line for ssh.example"},
		} {
			if m.name == syntax.name && without != "netrc" && !full() {
				continue // what the client says
			}
			r := newRepositories(t, m.name+" without "+without)
			m.fail(t, r.build(t, m, without)).says(t, says...)
		}
	})
}
