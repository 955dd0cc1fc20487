package modfetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: a module that a proxy serves and that GOPRIVATE names is fetched once GONOPROXY is none.
func TestAdvice(t *testing.T) {
	w := newWorld(t, published)
	f := w.fetcher()
	f.Settings.Private = []string{"example.org/log"}
	wrong := f.Modules(t.Context(), w.list(), w.sums, t.TempDir())
	if wrong == nil {
		t.Fatal("it is fetched from the proxy")
	}
	for _, patterns := range []string{"none", "other.example"} {
		f.Settings.NoProxy = []string{patterns}
		if again := f.Modules(t.Context(), w.list(), w.sums, t.TempDir()); again != nil {
			t.Errorf("%v, and then %v", wrong, again)
		}
	}
	followed := []string{wrong.Error(), followPrivate(t)}
	// TestLogin and TestPlainHTTPHosts follow these.
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for _, s := range []sent{nothing, withheld, login} {
			resp := &http.Response{StatusCode: status, Request: &http.Request{URL: &url.URL{Host: "proxy.example"}}}
			followed = append(followed, loginHelp(resp, "proxy.example", s))
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}

// followPrivate: a module that proxies do not know comes from its repository once it is named as private. What no proxy can answer for another reason, and
// what is named, has no such advice.
func followPrivate(t *testing.T) (said string) {
	t.Helper()
	w := newWorld(t, published)
	zip, mod := w.files["example.org/log/@v/v1.0.0.zip"].Data, w.files["example.org/log/@v/v1.0.0.mod"].Data
	fetch := func(change func(f *Fetcher)) error {
		f := w.fetcher()
		f.Origin = func(_ context.Context, _ module.Version, ext, to string) (Origin, error) {
			return Origin{}, os.WriteFile(to, map[string][]byte{".info": []byte(`{"Version":"v1.0.0"}`), ".mod": mod, ".zip": zip}[ext], 0o644)
		}
		change(f)
		return f.Modules(t.Context(), []module.Version{logModule}, w.sums, t.TempDir())
	}
	unknownHost := func(context.Context, module.Version, string, string) (Origin, error) {
		return Origin{}, &net.DNSError{Err: "no such host", Name: "example.org", IsNotFound: true}
	}
	answers := func(status int) func(*Fetcher) {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }))
		t.Cleanup(server.Close)
		return func(f *Fetcher) { f.Settings.Proxy = server.URL }
	}
	const advice = `; if it is private, name it with --build-arg GOPRIVATE=example.org, or in the configuration with modules: {private: ["example.org"]}`
	for name, c := range map[string]struct {
		change func(*Fetcher)
		said   bool
	}{
		"not found":    {answers(http.StatusNotFound), true},
		"gone":         {answers(http.StatusGone), true},
		"bad request":  {answers(http.StatusBadRequest), true},
		"forbidden":    {answers(http.StatusForbidden), false},
		"no such host": {func(f *Fetcher) { f.Settings.Proxy, f.Origin = "direct", unknownHost }, true},
		"private":      {func(f *Fetcher) { f.Settings.Private, f.Origin = []string{"example.org"}, unknownHost }, false},
		"no host of proxies": {func(f *Fetcher) {
			f.Settings.Proxy = "https://proxy.invalid"
			f.Client.HTTP = &http.Client{Transport: unknown{}}
		}, false},
	} {
		wrong := fetch(c.change)
		if wrong == nil || strings.HasSuffix(wrong.Error(), advice) != c.said {
			t.Errorf("%s: %v", name, wrong)
			continue
		}
		if c.said {
			said = wrong.Error()
		}
	}
	if again := fetch(func(f *Fetcher) { answers(http.StatusNotFound)(f); f.Settings.Private = []string{"example.org"} }); again != nil {
		t.Errorf("%s, and then %v", said, again)
	}
	for path, pattern := range map[string]string{"github.com/corp/lib/v2": "github.com/corp,", "codeberg.org/corp/lib": "codeberg.org/corp,", "git.corp.example/a/b": "git.corp.example,", "gitlab.com": "gitlab.com,"} {
		if help := privateHelp(path); !strings.Contains(help, "GOPRIVATE="+pattern) {
			t.Errorf("of %s it says %s", path, help)
		}
	}
	return said
}

// unknown knows no host.
type unknown struct{}

func (unknown) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.DNSError{Err: "no such host", Name: "proxy.invalid", IsNotFound: true}
}
