package modfetch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/patience"
)

// TestPatience has a build list of a thousand modules: a proxy that is down is not asked for all of them, one that lacks them
// all is.
func TestPatience(t *testing.T) {
	const modules = 1000
	var list []module.Version
	sums := GoSum{}
	for i := range modules {
		m := module.Version{Path: fmt.Sprintf("example.org/m%d", i), Version: "v1.0.0"}
		list = append(list, m)
		sums[m] = []string{"h1:x"}
	}
	for _, c := range []struct {
		status, fewest, most int
		lastLine             string
	}{
		{http.StatusServiceUnavailable, patience.Attempts * parallel, patience.Attempts * 2 * parallel, "modules were not tried, because the module proxy does not answer"},
		{http.StatusNotFound, modules, modules, "status 404 Not Found"},
		{http.StatusForbidden, modules, modules, "into the file of --secret id=netrc,src=FILE"},
		{http.StatusUnauthorized, 1, parallel, "modules were not tried, because the module proxy does not let us in"},
	} {
		var requests atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(c.status)
		}))
		f := &Fetcher{Settings: goenv.Settings{Proxy: server.URL},
			Client: Client{Sleep: func(context.Context, time.Duration) error { return nil }}}
		err := f.Modules(t.Context(), list, sums, t.TempDir())
		server.Close()
		if err == nil {
			t.Fatalf("status %d is no error", c.status)
		}
		lines := strings.Split(err.Error(), "\n")
		if last := lines[len(lines)-1]; !strings.HasSuffix(last, c.lastLine) {
			t.Errorf("status %d: the last of %d lines is %q", c.status, len(lines), last)
		}
		if c.status == http.StatusUnauthorized && len(lines) != 2 {
			t.Errorf("what is true of all modules is said %d times: %v", len(lines)-1, err)
		}
		if n := int(requests.Load()); n < c.fewest || n > c.most {
			t.Errorf("status %d: %d requests, want %d to %d", c.status, n, c.fewest, c.most)
		}
	}
}
