package modfetch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

// TestOrigin: what no proxy is to know of comes from where it is developed, which is asked last where the list of proxies ends there. It is
// held against go.sum like everything else, and what is wrong is said with its source.
func TestOrigin(t *testing.T) {
	w := newWorld(t, published)
	zip, mod := w.files["example.org/log/@v/v1.0.0.zip"].Data, w.files["example.org/log/@v/v1.0.0.mod"].Data
	origin := func(tampered bool) func(context.Context, module.Version, string, string) (Origin, error) {
		return func(_ context.Context, m module.Version, ext, to string) (Origin, error) {
			if m != logModule {
				return Origin{}, fs.ErrNotExist
			}
			data := map[string][]byte{".info": []byte(`{"Version":"v1.0.0"}`), ".mod": mod, ".zip": zip}[ext]
			if tampered && ext == ".mod" {
				data = append([]byte("// moved\n"), data...)
			}
			return Origin{Source: "tag v1.0.0 of https://example.org/log", Help: "it was moved"}, os.WriteFile(to, data, 0o644)
		}
	}
	list := []module.Version{logModule}
	f := w.fetcher()
	f.Settings.Private = []string{"example.org"}
	f.Origin = origin(false)
	if err := f.Modules(t.Context(), list, w.sums, t.TempDir()); err != nil || w.Hits(zipPath) > 0 {
		t.Errorf("private: %v; the proxy was asked %d times", err, w.Hits(zipPath))
	}
	f.Origin = origin(true)
	err := f.Modules(t.Context(), list, w.sums, t.TempDir())
	if e, ok := errors.AsType[*SumError](err); !ok || !strings.Contains(e.Error(), "from tag v1.0.0 of https://example.org/log") || !strings.HasSuffix(e.Error(), "; it was moved") {
		t.Errorf("tampered: %v", err)
	}
	f = w.fetcher()
	f.Settings.Proxy = "direct"
	f.Origin = origin(false)
	if err := f.Modules(t.Context(), list, w.sums, t.TempDir()); err != nil || w.Hits(zipPath) > 0 {
		t.Errorf("direct: %v; the proxy was asked %d times", err, w.Hits(zipPath))
	}
	f = w.fetcher()
	served := f.Settings.Proxy
	f.Settings.Proxy, f.Settings.Private = "off", []string{"example.org"}
	f.Origin = func(context.Context, module.Version, string, string) (Origin, error) {
		return Origin{Proxy: served + "/"}, nil
	}
	if err := f.Modules(t.Context(), list, w.sums, t.TempDir()); err != nil || w.Hits(zipPath) != 1 {
		t.Errorf("the proxy of a page: %v; it was asked %d times", err, w.Hits(zipPath))
	}
}
