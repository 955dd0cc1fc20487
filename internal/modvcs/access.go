package modvcs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	githttp "github.com/go-git/go-git/v6/plumbing/transport/http"
	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/patience"
)

const (
	maxPage = 1 << 20 // bytes of a page with meta tags
	// maxSent is what a server may send in one answer, in bytes: a zip of a module has at most [modzip.MaxZipFile], and the history of a
	// repository is some times its files.
	maxSent = 8 * modzip.MaxZipFile
	// defaultStall leaves a server the time to look for what it sends. Servers of git say every few seconds that they are still there.
	defaultStall = 2 * time.Minute
)

// Credential is what a server is given to know who asks.
type Credential struct {
	// Header is the value of the header Authorization.
	Header string
	// From says where it was found, to be named in errors.
	From string
}

// Access is how servers are reached.
type Access struct {
	// Transport carries root certificates and proxies.
	Transport http.RoundTripper
	// Credential gives what there is for a host, with its port if the URL has one.
	Credential func(host string) (Credential, bool)
	// SSH reaches servers by ssh; nil means that there is no agent.
	SSH *SSH
	// Rewrites are prefixes of URLs and what takes their place, as url.BASE.insteadOf of git has them.
	Rewrites map[string]string
	// Sleep pauses between attempts and returns early with the context's error.
	Sleep patience.Sleep
	// Stall is how long a server may send nothing; 0 is two minutes.
	Stall time.Duration

	mu sync.Mutex
	// unanswered is how often in a row a host has given no answer, however often it was asked.
	unanswered map[string]int
}

// credential gives what there is for a host, or nothing.
func (a *Access) credential(host string) (Credential, bool) {
	if a.Credential == nil {
		return Credential{}, false
	}
	return a.Credential(host)
}

// rewrite puts another prefix in place of the longest that matches a URL.
func (a *Access) rewrite(address string) string {
	longest := ""
	for prefix := range a.Rewrites {
		if strings.HasPrefix(address, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	if longest == "" {
		return address
	}
	return a.Rewrites[longest] + address[len(longest):]
}

// scpLike splits user@host:path, the short form of an ssh URL.
func scpLike(address string) (host, path string, ok bool) {
	host, path, ok = strings.Cut(address, ":")
	return host, path, ok && !strings.Contains(host, "/") && !strings.HasPrefix(path, "//")
}

// parseURL reads the URL of a repository, which may be in the short form of ssh.
func parseURL(address string) (*url.URL, error) {
	if host, path, ok := scpLike(address); ok {
		user, host, found := strings.Cut(host, "@")
		if !found {
			user, host = "", user
		}
		u := &url.URL{Scheme: "ssh", Host: host, Path: "/" + strings.TrimPrefix(path, "/")}
		if user != "" {
			u.User = url.User(user)
		}
		return u, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address of the repository is not a URL")
	}
	if u.Scheme == "git+ssh" {
		u.Scheme = "ssh"
	}
	_, hasPassword := u.User.Password()
	switch {
	case u.Hostname() == "":
		return nil, fmt.Errorf("the address %s names no host", u.Redacted())
	case u.Scheme != "https" && u.Scheme != "ssh":
		return nil, fmt.Errorf("%s is neither an https nor an ssh URL", u.Redacted())
	case hasPassword || u.User != nil && u.Scheme == "https":
		return nil, fmt.Errorf("the URL of a repository on %s has a user name or a password in it", u.Host)
	}
	return u, nil
}

// get reads a page. What comes with an error of the server is given beside the error.
func (a *Access) get(ctx context.Context, address string) (body []byte, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("a module path that gives no URL")
	}
	err = a.retry(ctx, u, func() error {
		body, err = a.getOnce(ctx, address)
		return err
	})
	return body, err
}

func (a *Access) getOnce(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("a module path that gives no URL")
	}
	a.authorize(req)
	resp, err := a.httpClient(a.patient()).Do(req)
	if err != nil {
		return nil, a.explain(req.URL, "page", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, &accessError{url: req.URL, err: err}
	}
	if resp.StatusCode != http.StatusOK {
		return body, a.explain(resp.Request.URL, "page", &statusError{resp.StatusCode}) // of where redirects have led to
	}
	return body, nil
}

// authorize gives a host its own credentials, and no others.
func (a *Access) authorize(req *http.Request) {
	req.Header.Del("Authorization")
	if c, ok := a.credential(req.URL.Host); ok {
		req.Header.Set("Authorization", c.Header)
	}
}

// httpClient follows redirects to https alone.
func (a *Access) httpClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		switch {
		case len(via) >= patience.MaxRedirects:
			return fmt.Errorf("more than %d redirects", patience.MaxRedirects)
		case req.URL.Scheme != "https":
			return errRedirect
		}
		a.authorize(req)
		req.Header.Del("Referer")
		return nil
	}}
}

var errRedirect = errors.New("redirected to a URL that is not https")

// patient asks servers.
func (a *Access) patient() http.RoundTripper {
	return patience.Transport{RoundTripper: a.Transport, Limit: a.stall(), MaxBytes: maxSent}
}

func (a *Access) stall() time.Duration { return cmp.Or(a.Stall, defaultStall) }

// credentialFor gives what there is for the host of a request, which a redirect may have chosen: each host gets its own.
func (a *Access) credentialFor(_ context.Context, r *githttp.CredentialRequest) (*githttp.Credential, error) {
	c, ok := a.credential(r.TargetOrigin.Host)
	if !ok || r.TargetOrigin.Scheme != "https" {
		return nil, nil
	}
	return &githttp.Credential{Authorizer: func(r *http.Request) error {
		r.Header.Set("Authorization", c.Header)
		return nil
	}}, nil
}
