package toolchain

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/goenv"
	"golang.org/x/mod/sumdb"
)

func TestWrongDatabaseKey(t *testing.T) {
	w := newWorld(t, goFiles)
	_, otherKey := database(t, dbName, nil)
	f := w.fetcher()
	f.Settings.SumDB = otherKey
	w.wantFailure(f, toolchainModule.String(), "asking the checksum database "+dbName, "note")
	if n := w.hitsOf(zipPath); n != 0 {
		t.Errorf("the zip was fetched %d times before it could be verified", n)
	}
}

// TestRewrittenRecord: a proxy changes the sum inside a signed answer to that of its own zip.
func TestRewrittenRecord(t *testing.T) {
	evil := newWorld(t, map[string]string{"bin/go": "evil"})
	good := newWorld(t, goFiles)
	evil.handle("/sumdb/"+dbName+"/", good.ServeHTTP)
	lookup := "/sumdb/" + dbName + "/lookup/" + toolchainModule.String()
	evil.handle(lookup, func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		good.ServeHTTP(rec, r)
		_, _ = rw.Write([]byte(strings.ReplaceAll(rec.Body.String(), good.sum, evil.sum)))
	})
	f := evil.fetcher()
	f.Settings.SumDB = good.key
	evil.wantFailure(f, toolchainModule.String(), "asking the checksum database "+dbName, "cannot authenticate record data")
}

// TestSecurityErrorIsKept: package sumdb tells how a database contradicts itself only through its client's methods.
func TestSecurityErrorIsKept(t *testing.T) {
	w := newWorld(t, goFiles)
	ops := &dbOps{ctx: t.Context(), fetcher: w.fetcher()}
	ops.SecurityError("forked\n")
	if err := ops.cause(sumdb.ErrSecurity); !errors.Is(err, sumdb.ErrSecurity) || !strings.HasSuffix(err.Error(), ": forked") {
		t.Errorf("got %v", err)
	}
}

func TestRecordWithoutTheSum(t *testing.T) {
	w := newWorld(t, goFiles)
	db, key := database(t, dbName, map[string]string{toolchainModule.Version: "h2:other"})
	w.handle("/sumdb/"+dbName+"/", http.StripPrefix("/sumdb/"+dbName, db).ServeHTTP)
	f := w.fetcher()
	f.Settings.SumDB = key
	w.wantFailure(f, "the checksum database "+dbName+" has no h1: sum for "+toolchainModule.String())
}

func TestNoPatternExemptsToolchains(t *testing.T) {
	for name, change := range map[string]func(*goenv.Settings){
		"GONOSUMDB": func(s *goenv.Settings) { s.NoSumDB = []string{"golang.org/*"} },
		"GOPRIVATE": func(s *goenv.Settings) { s.Private, s.NoProxy = []string{"golang.org/toolchain"}, []string{"none"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, goFiles)
			f := w.fetcher()
			change(&f.Settings)
			if r := w.wantGood(f); r.VerifiedBy != dbName {
				t.Errorf("verified by %q", r.VerifiedBy)
			}
			w.handle(zipPath, serve(toolchainZip(t, map[string]string{"bin/go": "evil"})))
			w.wantFailure(f, "checksum mismatch")
		})
	}
}

func TestDatabaseOff(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Settings.SumDB = "off"
	w.wantFailure(f, toolchainModule.String(), "GOSUMDB=off leaves a Go toolchain unverified")

	f.Sum = w.sum
	if r := w.wantGood(f); r.VerifiedBy != "the caller" || r.Sum != w.sum {
		t.Errorf("result %+v", r)
	}
	f.Sum = "h1:AAAA"
	w.wantFailure(f, "checksum mismatch", w.sum, "the caller has h1:AAAA")
	f.Sum = "sha256:AAAA"
	w.wantFailure(f, "is not an h1 sum")
	if n := w.hitsOf("/sumdb/" + dbName + "/supported"); n != 0 {
		t.Errorf("the database was asked %d times", n)
	}
}

func TestSumOfTheCallerIsCheckedBesideTheDatabase(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Sum = w.sum
	w.wantGood(f)
	f.Sum = "h1:AAAA"
	w.wantFailure(f, "checksum mismatch", "h1:AAAA", dbName+" has "+w.sum)
}

func TestNoDatabaseKnown(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Settings.SumDB = ""
	w.wantFailure(f, "GOSUMDB is empty")
}

func TestWhereTheDatabaseIsReached(t *testing.T) {
	supported := "/sumdb/" + dbName + "/supported"
	t.Run("the second proxy supports it", func(t *testing.T) {
		first, second := newWorld(t, goFiles), newWorld(t, goFiles)
		first.handle(supported, http.NotFound)
		f := second.fetcher()
		f.Settings.Proxy = first.proxy.URL + "," + second.proxy.URL
		second.wantGood(f)
		if n := first.hitsOf(zipPath); n != 1 {
			t.Errorf("the first proxy served the zip %d times", n)
		}
	})
	t.Run("a failing proxy ends the search after a comma", func(t *testing.T) {
		first, second := newWorld(t, goFiles), newWorld(t, goFiles)
		first.handle(supported, fail(http.StatusForbidden))
		f := second.fetcher()
		f.Settings.Proxy = first.proxy.URL + "," + second.proxy.URL
		second.wantFailure(f, "GET "+first.proxy.URL+supported+": status 403")
		f.Settings.Proxy = first.proxy.URL + "|" + second.proxy.URL
		second.wantGood(f)
	})
	t.Run("a URL in GOSUMDB passes by the proxies", func(t *testing.T) {
		w := newWorld(t, goFiles)
		db, key := database(t, dbName, map[string]string{toolchainModule.Version: w.sum})
		w.handle("/elsewhere/", http.StripPrefix("/elsewhere", db).ServeHTTP)
		f := w.fetcher()
		f.Settings.SumDB = key + " " + w.proxy.URL + "/elsewhere/"
		w.wantGood(f)
		if n := w.hitsOf(supported); n != 0 {
			t.Errorf("the proxy was asked %d times", n)
		}
	})
	t.Run("a database that supports no proxy is asked itself", func(t *testing.T) {
		w := newWorld(t, goFiles)
		w.handle(supported, fail(http.StatusGone))
		var db http.Handler
		server := tlsServer(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { db.ServeHTTP(rw, r) }))
		f := w.fetcher()
		db, f.Settings.SumDB = database(t, strings.TrimPrefix(server.URL, "https://"), map[string]string{toolchainModule.Version: w.sum})
		w.wantFailure(f, "certificate") // its root is not known yet
		if len(w.pauses) > 0 {
			t.Errorf("an unknown certificate was tried again after %v", w.pauses)
		}
		f.Client = server.Client()
		w.wantGood(f)
	})
}
