package modfetch

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// published are modules as a proxy has them: folders named path@version.
const published = `
-- example.org/log@v1.0.0/log.go --
package log
-- example.org/C@v1.0.0/c.go --
package c
-- example.org/win@v1.0.0/win.go --
package win
`

const (
	zipPath = "/example.org/log/@v/v1.0.0.zip"
	dbName  = "sum.corp.example"
)

var logModule = module.Version{Path: "example.org/log", Version: "v1.0.0"}

// world is a module proxy, with the lines of go.sum and the checksum database for what it serves.
type world struct {
	*modproxytest.Server
	t     *testing.T
	files fstest.MapFS
	sums  GoSum
	key   string // of the database
	// of logModule
	zip []byte
	sum string

	pauses []time.Duration
}

func newWorld(t *testing.T, published string) *world {
	t.Helper()
	w := &world{Server: modproxytest.NewServer(t), t: t, files: fstest.MapFS{}, sums: GoSum{}}
	archive := golden.Parse(t, published).FS()
	for name := range archive {
		at := strings.Index(name, "@")
		version, _, _ := strings.Cut(name[at+1:], "/")
		m := module.Version{Path: name[:at], Version: version}
		files, err := fs.Sub(archive, m.String())
		if err != nil {
			t.Fatal(err)
		}
		made := modproxytest.New(t, m, files)
		maps.Copy(w.files, made.Files)
		w.sums.Add([]byte(made.Sums))
	}
	w.zip, w.sum = w.files[zipPath[1:]].Data, w.sums[logModule][0]
	w.Handle("/", func(rw http.ResponseWriter, r *http.Request) { http.FileServerFS(w.files).ServeHTTP(rw, r) })
	db, key := modproxytest.SumDB(t, dbName, map[module.Version]string{logModule: w.sum})
	w.key = key
	w.HandleSumDB(dbName, db)
	return w
}

// fetcher asks this world only, and never really sleeps.
func (w *world) fetcher() *Fetcher {
	return &Fetcher{
		Settings: goenv.Settings{Proxy: w.URL, SumDB: w.key},
		Client: Client{HTTP: w.Client(), Sleep: func(ctx context.Context, d time.Duration) error {
			w.pauses = append(w.pauses, d)
			return ctx.Err()
		}},
	}
}

func (w *world) list() []module.Version {
	var list []module.Version
	for m := range w.sums {
		if !strings.HasSuffix(m.Version, "/go.mod") {
			list = append(list, m)
		}
	}
	module.Sort(list)
	return list
}

// fetch fetches logModule, as its checksum database vouches for it.
func (w *world) fetch(f *Fetcher) (content []byte, err error) {
	w.t.Helper()
	db, err := goenv.ParseSumDB(f.Settings.SumDB)
	if err != nil {
		w.t.Fatal(err)
	}
	to := filepath.Join(w.t.TempDir(), "zip")
	if err := f.Zip(w.t.Context(), logModule, f.SumDB(db), to, func(string) (string, error) { return hashZip(to) }); err != nil {
		return nil, err
	}
	return os.ReadFile(to)
}

func (w *world) wantGood(f *Fetcher) {
	w.t.Helper()
	if got, err := w.fetch(f); err != nil || !bytes.Equal(got, w.zip) {
		w.t.Fatalf("%d bytes, %v", len(got), err)
	}
}

// wantFailure fetches, and holds that the error has all the words.
func (w *world) wantFailure(f *Fetcher, words ...string) error {
	w.t.Helper()
	_, err := w.fetch(f)
	if err == nil {
		w.t.Fatal("no error")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.t.Errorf("the error %q lacks %q", err, word)
		}
	}
	return err
}

// tlsServer is an https server whose root only its own client knows, and which is silent about failed handshakes.
func tlsServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// inTurn answers the first requests with the first handlers, and all further ones with the last.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[0]
		if len(handlers) > 1 {
			handlers = handlers[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}
