package modfetch

import (
	"net/http"
	"net/url"
	"testing"

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
	followed := []string{wrong.Error()}
	// TestLogin and TestPlainHTTPHosts follow these.
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for _, s := range []sent{nothing, withheld, login} {
			resp := &http.Response{StatusCode: status, Request: &http.Request{URL: &url.URL{Host: "proxy.example"}}}
			followed = append(followed, loginHelp(resp, "proxy.example", s))
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
