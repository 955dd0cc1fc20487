package modvcs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/gittest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// fetchWith fetches the zip of a module with some secrets, and gives the error.
func fetchWith(t *testing.T, s *gittest.Server, secrets modvcs.Secrets, rewrites map[string]string, path, version string) error {
	t.Helper()
	o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client(), Credential: secrets.Credential, Rewrites: rewrites}, Dir: t.TempDir()}
	_, err := o.File(t.Context(), module.Version{Path: path, Version: version}, ".zip", filepath.Join(t.TempDir(), "zip"))
	return err
}

const builder = "Basic YnVpbGRlcjpzM2NyZXQ=" // builder:s3cret

func netrc(hosts ...string) func(string) (string, string, bool) {
	return func(host string) (string, string, bool) {
		for _, h := range hosts {
			if h == host {
				return "builder", "s3cret", true
			}
		}
		return "", "", false
	}
}

// TestCredentials: each form in which people have them opens a repository, also the page that says where it is, and without it there is
// an error that says which form to give.
func TestCredentials(t *testing.T) {
	s := gittest.New(t)
	s.Repo("git.corp.example", "x/tool").Commit("-- go.mod --\nmodule corp.example/tool\n", "v1.0.0")
	s.Repo("github.com", "corp/lib").Commit("-- go.mod --\nmodule github.com/corp/lib\n", "v1.0.0")
	s.Page("corp.example/tool", "corp.example/tool git https://git.corp.example/x/tool")
	s.Page("git.corp.example/x/tool", "git.corp.example/x/tool git https://git.corp.example/x/tool")
	for name, c := range map[string]struct {
		header  string
		secrets modvcs.Secrets
	}{
		"netrc":                              {builder, modvcs.Secrets{Netrc: netrc("github.com")}},
		"token of the host":                  {"Basic eC1hY2Nlc3MtdG9rZW46dDBrZW4=", modvcs.Secrets{Named: map[string]string{"GIT_AUTH_TOKEN.github.com": "t0ken\n"}}},
		"bearer header":                      {"Bearer t0ken", modvcs.Secrets{Named: map[string]string{"GIT_AUTH_HEADER.github.com": "Bearer t0ken"}}},
		"token without a host":               {"Basic eC1hY2Nlc3MtdG9rZW46dDBrZW4=", modvcs.Secrets{Named: map[string]string{"GIT_AUTH_TOKEN": "t0ken"}, DefaultHost: "github.com"}},
		"what the client finds":              {"Bearer c", modvcs.Secrets{Named: map[string]string{"GIT_CLIENT_HEADER.github.com": "Bearer c"}}},
		"netrc before what the client finds": {builder, modvcs.Secrets{Netrc: netrc("github.com"), Named: map[string]string{"GIT_CLIENT_HEADER.github.com": "Bearer c"}}},
		"header before token":                {"Bearer h", modvcs.Secrets{Named: map[string]string{"GIT_AUTH_TOKEN.github.com": "t", "GIT_AUTH_HEADER.github.com": "Bearer h"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s.Guard("github.com", gittest.Only(c.header))
			if err := fetchWith(t, s, c.secrets, nil, "github.com/corp/lib", "v1.0.0"); err != nil {
				t.Error(err)
			}
			c.secrets.DefaultHost = "other.example"
			c.secrets.Netrc = nil
			delete(c.secrets.Named, "GIT_AUTH_TOKEN.github.com")
			delete(c.secrets.Named, "GIT_AUTH_HEADER.github.com")
			delete(c.secrets.Named, "GIT_CLIENT_HEADER.github.com")
			err := fetchWith(t, s, c.secrets, nil, "github.com/corp/lib", "v1.0.0")
			if err == nil || !strings.Contains(err.Error(), "no credentials for it") {
				t.Errorf("without them: %v", err)
			}
		})
	}
	t.Run("host in capitals", func(t *testing.T) {
		for name, secrets := range map[string]modvcs.Secrets{
			"its own": {Named: map[string]string{"GIT_AUTH_HEADER.git.example": "Bearer x"}},
			"none":    {Named: map[string]string{"GIT_AUTH_HEADER": "Bearer x"}, DefaultHost: "git.example"},
			"client":  {Named: map[string]string{"GIT_CLIENT_HEADER.git.example": "Bearer x"}},
		} {
			if c, ok := secrets.Credential("Git.Example"); !ok || c.Header != "Bearer x" {
				t.Errorf("%s: %q, %t", name, c.Header, ok)
			}
		}
	})
	t.Run("page and repository", func(t *testing.T) {
		s.Guard("corp.example", gittest.Only(builder))
		s.Guard("git.corp.example", gittest.Only(builder))
		if err := fetchWith(t, s, modvcs.Secrets{Netrc: netrc("corp.example", "git.corp.example")}, nil, "corp.example/tool", "v1.0.0"); err != nil {
			t.Error(err)
		}
	})
}

// TestOwnMachine: of a server on the machine of the build it is said that this is not the user's, for pages and repositories; of ssh, [TestSSH] has it.
func TestOwnMachine(t *testing.T) {
	closed, err := testbed.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", closed)
	}
	refused := &fs.PathError{Op: "dial", Path: "127.0.0.1", Err: fs.ErrPermission}
	for name, c := range map[string]struct {
		path, base string
		transport  http.RoundTripper
		said       bool
	}{
		"https":        {"github.com/corp/lib", "https://127.0.0.1:3443/", &http.Transport{DialContext: dial}, true},
		"localhost":    {"github.com/corp/lib", "https://localhost:3443/", &http.Transport{DialContext: dial}, true},
		"a page":       {"127.0.0.1/lib", "", &http.Transport{DialContext: dial}, true},
		"the gateway":  {"github.com/corp/lib", "https://127.0.0.1:3443/", failing{refused}, true},
		"elsewhere":    {"github.com/corp/lib", "https://git.example/", &http.Transport{DialContext: dial}, false},
		"certificates": {"github.com/corp/lib", "https://127.0.0.1:3443/", failing{errors.New("x509: unknown authority")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := &modvcs.Origin{Access: modvcs.Access{Transport: c.transport, Rewrites: map[string]string{"https://github.com/": c.base}, Sleep: func(context.Context, time.Duration) error { return nil }}, Dir: t.TempDir()}
			_, err := o.File(t.Context(), module.Version{Path: c.path, Version: "v1.0.0"}, ".zip", filepath.Join(t.TempDir(), "zip"))
			if err == nil || strings.Contains(err.Error(), "is the build's own machine and not yours") != c.said {
				t.Errorf("it says %v", err)
			}
		})
	}
}

// failing answers no request.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// TestAdvice: what an error says to give opens the repository.
func TestAdvice(t *testing.T) {
	s := gittest.New(t)
	s.Repo("github.com", "corp/lib").Commit("-- go.mod --\nmodule github.com/corp/lib\n", "v1.0.0")
	s.Repo("new.example", "corp/lib").Commit("-- go.mod --\nmodule github.com/corp/lib\n", "v1.0.0")
	given := modvcs.Secrets{Netrc: netrc("github.com")}
	var followed []string
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		s.Guard("github.com", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Authorization") == builder {
				return false
			}
			w.WriteHeader(status)
			return true
		})
		wrong := fetchWith(t, s, modvcs.Secrets{}, nil, "github.com/corp/lib", "v1.0.0")
		if wrong == nil {
			t.Fatal("it was fetched without credentials")
		}
		if got := modvcs.Refused(fmt.Errorf("fetching: %w", errors.Join(wrong, wrong))); !slices.Equal(got, []string{"github.com"}) {
			t.Errorf("%v is that of %q", wrong, got)
		}
		if err := fetchWith(t, s, given, nil, "github.com/corp/lib", "v1.0.0"); err != nil {
			t.Errorf("%v, and then %v", wrong, err)
		}
		followed = append(followed, wrong.Error())
		s.Guard("github.com", func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			return true
		})
		err := fetchWith(t, s, given, nil, "github.com/corp/lib", "v1.0.0")
		if err == nil || !strings.Contains(err.Error(), "the secret netrc") || len(modvcs.Refused(err)) > 0 {
			t.Errorf("status %d for who has credentials: %v", status, err)
		}
	}
	s.Guard("github.com", redirect("https://new.example"))
	s.Guard("new.example", gittest.Only(builder))
	wrong := fetchWith(t, s, given, nil, "github.com/corp/lib", "v1.0.0")
	if wrong == nil {
		t.Fatal("the credentials went along")
	}
	if got := modvcs.Refused(wrong); !slices.Equal(got, []string{"new.example"}) {
		t.Errorf("%v is that of %q", wrong, got)
	}
	for _, c := range []struct {
		hosts    []string
		rewrites map[string]string
	}{
		{[]string{"github.com", "new.example"}, nil},
		{[]string{"new.example"}, map[string]string{"https://github.com/": "https://new.example/"}},
	} {
		if err := fetchWith(t, s, modvcs.Secrets{Netrc: netrc(c.hosts...)}, c.rewrites, "github.com/corp/lib", "v1.0.0"); err != nil {
			t.Errorf("%v, and then %v", wrong, err)
		}
	}
	s.Repo("page.example", "lib").Commit("-- go.mod --\nmodule page.example/lib\n", "v1.0.0")
	s.Page("page.example/lib", "page.example/lib git https://page.example/lib")
	s.Guard("page.example", gittest.Only(builder))
	ofPage := fetchWith(t, s, modvcs.Secrets{}, nil, "page.example/lib", "v1.0.0")
	if ofPage == nil {
		t.Fatal("the page was read without credentials")
	}
	if err := fetchWith(t, s, modvcs.Secrets{Netrc: netrc("page.example")}, nil, "page.example/lib", "v1.0.0"); err != nil {
		t.Errorf("%v, and then %v", ofPage, err)
	}
	diagtest.Advice(t, ".", append(followed, wrong.Error(), ofPage.Error()), map[string]string{
		"%s is developed in a repository of %s, and build steps speak git alone: use a module proxy, or vendor the module":                      "modfetch shows proxies",
		"%s has git change files when it makes an archive of them, which build steps do not: take the module from a module proxy, or vendor it": "TestConverted shows when it is said",
		"tag %s may have been moved since go.sum was written: require another version, or have the tag put back":                                "TestDownload fetches other versions",
		"the build has no keys for ssh; give --ssh default":                                                                                     "TestSSH",
		"the agent of --ssh default has no keys; add one with ssh-add, or give --ssh default=FILE":                                              "TestSSH",
		"the build knows no server of ssh; give --secret id=known_hosts,src=FILE with a line for ":                                              "TestSSH",
		"the key of the server, %s, is not known; if it is the right one, give --secret id=known_hosts,src=FILE with a line for %s":             "TestSSH",
	})
}

// redirect leads all requests to another server.
func redirect(to string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusMovedPermanently)
		return true
	}
}

// TestCredentialsStay: of two hosts, neither sees the credentials of the other, whether a page, a redirect or a rewrite leads from one to
// the other.
func TestCredentialsStay(t *testing.T) {
	s := gittest.New(t)
	s.Repo("a.example", "x").Commit("-- go.mod --\nmodule a.example/x\n", "v1.0.0")
	s.Repo("b.example", "x").Commit("-- go.mod --\nmodule b.example/x\n", "v1.0.0")
	s.Page("a.example/x", "a.example/x git https://a.example/x")
	s.Page("b.example/x", "b.example/x git https://b.example/x")
	s.Page("a.example/there", "a.example/there git https://b.example/x")
	const headerA, headerB = "Bearer of-a", "Bearer of-b"
	s.Guard("a.example", gittest.Only(headerA))
	s.Guard("b.example", gittest.Only(headerB))
	both := modvcs.Secrets{Named: map[string]string{"GIT_AUTH_HEADER.a.example": headerA, "GIT_AUTH_HEADER.b.example": headerB, "GIT_AUTH_TOKEN": "stray"}, Netrc: netrc("c.example")}
	for _, path := range []string{"a.example/x", "b.example/x"} {
		if err := fetchWith(t, s, both, nil, path, "v1.0.0"); err != nil {
			t.Error(err)
		}
	}
	_ = fetchWith(t, s, both, nil, "a.example/there", "v1.0.0")
	_ = fetchWith(t, s, both, map[string]string{"https://a.example/": "https://b.example/"}, "a.example/x", "v1.0.0")
	onlyA := modvcs.Secrets{Named: map[string]string{"GIT_AUTH_HEADER.a.example": headerA}}
	if err := fetchWith(t, s, onlyA, nil, "a.example/there", "v1.0.0"); err == nil {
		t.Error("b.example lets somebody in without credentials: the test proves nothing")
	}
	seen := map[string]bool{}
	for _, r := range s.Asked() {
		if want := map[string]string{"a.example": headerA, "b.example": headerB}[r.Host]; r.Authorization != "" && r.Authorization != want {
			t.Errorf("%s%s got %q", r.Host, r.Path, r.Authorization)
		}
		seen[r.Host+r.Authorization] = true
	}
	if !seen["a.example"+headerA] || !seen["b.example"+headerB] {
		t.Error("the credentials were not used: the test proves nothing")
	}
}
