package vcs_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/vcs"
)

var remotes = map[string]string{
	"https://github.com/owner/repo":                  "https://github.com/owner/repo",
	"https://github.com/owner/repo.git":              "https://github.com/owner/repo",
	"https://github.com/owner/repo.git/":             "https://github.com/owner/repo",
	" https://GitHub.com/Owner/Repo\n":               "https://github.com/Owner/Repo",
	"HTTPS://github.com/owner/repo":                  "https://github.com/owner/repo",
	"https://user:canary@github.com/owner/repo.git":  "https://github.com/owner/repo",
	"https://canary@github.com/owner/repo.git":       "https://github.com/owner/repo",
	"https://github.com/owner/repo?token=canary#x":   "https://github.com/owner/repo",
	"https://git.example.com:443/repo":               "https://git.example.com/repo",
	"https://git.example.com:8443/repo.git":          "https://git.example.com:8443/repo",
	"https://git/repo":                               "https://git/repo",
	"https://git.sr.ht/~user/repo":                   "https://git.sr.ht/~user/repo",
	"https://example.com/a%20b/c":                    "",
	"https://dev.azure.com/org/project/_git/repo":    "https://dev.azure.com/org/project/_git/repo",
	"git@github.com:owner/repo.git":                  "https://github.com/owner/repo",
	"github.com:owner/repo":                          "https://github.com/owner/repo",
	"git@git.sr.ht:~user/repo":                       "https://git.sr.ht/~user/repo",
	"git@git.example.com:/srv/repo.git":              "https://git.example.com/srv/repo",
	"ssh://git@github.com/owner/repo.git":            "https://github.com/owner/repo",
	"ssh://git@git.example.com:2222/owner/repo.git":  "https://git.example.com/owner/repo",
	"ssh://git@ssh.github.com:443/owner/repo.git":    "https://github.com/owner/repo",
	"git+ssh://git@github.com/owner/repo.git":        "https://github.com/owner/repo",
	"git://git.example.com/repo.git":                 "https://git.example.com/repo",
	"git@ssh.dev.azure.com:v3/org/project/repo":      "",
	"git@work:owner/repo.git":                        "",
	"ssh://work/owner/repo.git":                      "",
	"ssh://git@git.example.com/~/repo":               "",
	"http://git.example.com/repo":                    "",
	"ftp://git.example.com/repo":                     "",
	"file:///srv/repo.git":                           "",
	"/srv/repo.git":                                  "",
	"../repo":                                        "",
	"./a:b":                                          "",
	`C:\src\repo`:                                    "",
	"C:/src/repo":                                    "",
	"https://github.com":                             "",
	"https://github.com/":                            "",
	"https://github.com/.git":                        "",
	"https://github.com/../x":                        "",
	"https:///owner/repo":                            "",
	"https://exa mple.com/x":                         "",
	"https://example.com:port/x":                     "",
	"git@github.com:":                                "",
	"user:canary@github.com:owner/repo":              "",
	"":                                               "",
	"ext::sh -c touch% /tmp/x":                       "",
	"codecommit::eu-west-1://repo":                   "",
	"https://xxxxx:xxxxx@git.example.com/a/repo.git": "https://git.example.com/a/repo",
}

func TestNormalizeRemote(t *testing.T) {
	for remote, want := range remotes {
		if got := vcs.NormalizeRemote(remote); got != want {
			t.Errorf("%q becomes %q, want %q", remote, got, want)
		}
	}
}

// FuzzNormalizeRemote: what comes out is "" or an https URL of a host and a path and nothing else, and stays as it is.
func FuzzNormalizeRemote(f *testing.F) {
	for remote := range remotes {
		f.Add(remote)
	}
	f.Fuzz(func(t *testing.T, remote string) {
		got := vcs.NormalizeRemote(remote)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", remote, got, err)
		}
		plain := url.URL{Scheme: "https", Host: u.Host, Path: u.Path}
		if u.Host == "" || len(u.Path) < 2 || plain.String() != got || strings.HasSuffix(got, ".git") || strings.Contains(u.Host, "@") {
			t.Errorf("%q becomes %q", remote, got)
		}
		if again := vcs.NormalizeRemote(got); again != got {
			t.Errorf("%q becomes %q, and that %q", remote, got, again)
		}
	})
}
