package modfetch

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb"

	"github.com/modship-build/modship/internal/testing/modproxytest"
)

func TestWrongDatabaseKey(t *testing.T) {
	w := newWorld(t, published)
	_, otherKey := modproxytest.SumDB(t, dbName, nil)
	f := w.fetcher()
	f.Settings.SumDB = otherKey
	w.wantFailure(f, "asking the checksum database "+dbName, "note")
	if n := w.Hits(zipPath); n != 0 {
		t.Errorf("the zip was fetched %d times before it could be verified", n)
	}
}

// TestRewrittenRecord: a proxy changes the sum inside a signed answer to that of its own zip.
func TestRewrittenRecord(t *testing.T) {
	evil := newWorld(t, strings.Replace(published, "package log", "package evil", 1))
	good := newWorld(t, published)
	evil.Handle("/sumdb/"+dbName+"/", good.ServeHTTP)
	lookup := "/sumdb/" + dbName + "/lookup/" + logModule.String()
	evil.Handle(lookup, func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		good.ServeHTTP(rec, r)
		_, _ = rw.Write([]byte(strings.ReplaceAll(rec.Body.String(), good.sum, evil.sum)))
	})
	f := evil.fetcher()
	f.Settings.SumDB = good.key
	evil.wantFailure(f, "asking the checksum database "+dbName, "cannot authenticate record data")
}

// TestSecurityErrorIsKept: package sumdb tells how a database contradicts itself only through its client's methods.
func TestSecurityErrorIsKept(t *testing.T) {
	ops := &dbOps{ctx: t.Context()}
	ops.SecurityError("forked\n")
	if err := ops.cause(sumdb.ErrSecurity); !errors.Is(err, sumdb.ErrSecurity) || !strings.HasSuffix(err.Error(), ": forked") {
		t.Errorf("got %v", err)
	}
}

func TestRecordWithoutTheSum(t *testing.T) {
	w := newWorld(t, published)
	db, key := modproxytest.SumDB(t, dbName, map[module.Version]string{logModule: "h2:other"})
	w.Handle("/sumdb/"+dbName+"/", http.StripPrefix("/sumdb/"+dbName, db).ServeHTTP)
	f := w.fetcher()
	f.Settings.SumDB = key
	w.wantFailure(f, "the checksum database "+dbName+" has no h1: sum for "+logModule.String())
}

func TestWhereTheDatabaseIsReached(t *testing.T) {
	supported := "/sumdb/" + dbName + "/supported"
	t.Run("the second proxy supports it", func(t *testing.T) {
		first, second := newWorld(t, published), newWorld(t, published)
		first.Handle(supported, http.NotFound)
		f := second.fetcher()
		f.Settings.Proxy = first.URL + "," + second.URL
		second.wantGood(f)
		if n := first.Hits(zipPath); n != 1 {
			t.Errorf("the first proxy served the zip %d times", n)
		}
	})
	t.Run("a failing proxy ends the search after a comma", func(t *testing.T) {
		first, second := newWorld(t, published), newWorld(t, published)
		first.Handle(supported, modproxytest.Fail(http.StatusForbidden))
		f := second.fetcher()
		f.Settings.Proxy = first.URL + "," + second.URL
		second.wantFailure(f, "GET "+first.URL+supported+": status 403")
		f.Settings.Proxy = first.URL + "|" + second.URL
		second.wantGood(f)
	})
	t.Run("a URL in GOSUMDB passes by the proxies", func(t *testing.T) {
		w := newWorld(t, published)
		db, key := modproxytest.SumDB(t, dbName, map[module.Version]string{logModule: w.sum})
		w.Handle("/elsewhere/", http.StripPrefix("/elsewhere", db).ServeHTTP)
		f := w.fetcher()
		f.Settings.SumDB = key + " " + w.URL + "/elsewhere/"
		w.wantGood(f)
		if n := w.Hits(supported); n != 0 {
			t.Errorf("the proxy was asked %d times", n)
		}
	})
	t.Run("a database that supports no proxy is asked itself", func(t *testing.T) {
		w := newWorld(t, published)
		w.Handle(supported, modproxytest.Fail(http.StatusGone))
		var db http.Handler
		server := tlsServer(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { db.ServeHTTP(rw, r) }))
		f := w.fetcher()
		db, f.Settings.SumDB = modproxytest.SumDB(t, strings.TrimPrefix(server.URL, "https://"), map[module.Version]string{logModule: w.sum})
		w.wantFailure(f, "certificate") // its root is not known yet
		if len(w.pauses) > 0 {
			t.Errorf("an unknown certificate was tried again after %v", w.pauses)
		}
		f.Client.HTTP = server.Client()
		w.wantGood(f)
	})
}
