package toolchain

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

func TestFetch(t *testing.T) {
	w := newWorld(t, goFiles)
	w.wantGood(w.fetcher())
	if n := w.Hits(zipPath); n != 1 {
		t.Errorf("the zip was fetched %d times", n)
	}
}

func TestFetchDoesNotDependOnTheUmask(t *testing.T) {
	w := newWorld(t, goFiles)
	for _, mask := range []int{0, 0o077} {
		old := syscall.Umask(mask)
		dest, err := w.fetch(w.fetcher())
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree(t, dest); got != wantTree {
			t.Errorf("umask %o:\n%s", mask, got)
		}
	}
}

func TestFetchIntoExistingDirectory(t *testing.T) {
	w := newWorld(t, goFiles)
	dest := t.TempDir()
	if _, _, err := Fetch(t.Context(), w.fetcher(), "1.26.8", "linux", "amd64", Options{}, dest); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dest); got != wantTree {
		t.Errorf("the tree is not as wanted:\n%s", got)
	}
	_, _, err := Fetch(t.Context(), w.fetcher(), goVersion, "linux", "amd64", Options{}, dest)
	if err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a second toolchain in the same place: %v", err)
	}
	if got := tree(t, dest); got != wantTree {
		t.Errorf("the refused fetch changed the tree:\n%s", got)
	}
}

func TestFailedFetchLeavesExistingDirectoryEmpty(t *testing.T) {
	w := newWorld(t, goFiles)
	w.Handle(zipPath, modproxytest.Serve(w.zip[:len(w.zip)-10]))
	dest := t.TempDir()
	if _, _, err := Fetch(t.Context(), w.fetcher(), goVersion, "linux", "amd64", Options{}, dest); err == nil {
		t.Fatal("a truncated zip is accepted")
	}
	if left, err := os.ReadDir(dest); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestTamperedZip(t *testing.T) {
	w := newWorld(t, goFiles)
	for _, name := range []string{"bin/go", "src/cmd/go/main.go"} { // also a file that is not kept
		files := map[string]string{}
		for k, v := range goFiles {
			files[k] = v
		}
		files[name] = "evil"
		evil := toolchainZip(t, files)
		w.Handle(zipPath, modproxytest.Serve(evil))
		err := w.wantFailure(w.fetcher())
		want := &modfetch.SumError{Module: toolchainModule, Ext: ".zip", Got: zipSum(t, evil), Want: w.sum, WantFrom: dbName, Source: w.URL + zipPath}
		got, _ := errors.AsType[*modfetch.SumError](err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for _, word := range []string{toolchainModule.String(), want.Got, want.Want} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("the error %q lacks %q", err, word)
			}
		}
	}
}

// TestTamperedZipDoesNotFallThrough: a proxy that lies is no proxy that fails.
func TestTamperedZipDoesNotFallThrough(t *testing.T) {
	good, evil := newWorld(t, goFiles), newWorld(t, map[string]string{"bin/go": "evil"})
	f := good.fetcher()
	f.Settings.Proxy = evil.URL + "|" + good.URL
	evil.Handle("/sumdb/"+dbName+"/supported", modproxytest.Fail(http.StatusNotFound))
	good.wantFailure(f, "checksum mismatch", evil.sum, good.sum)
	if n := good.Hits(zipPath); n != 0 {
		t.Errorf("the second proxy was asked %d times", n)
	}
}

// TestHostileZip: even a zip that the database vouches for cannot write outside of its destination.
func TestHostileZip(t *testing.T) {
	for name, want := range map[string]string{
		"../../evil": "malformed file path",
		"/etc/evil":  "malformed file path",
		"bin/GO":     "case-insensitive file name collision",
		"src/go.mod": "go.mod file not in module root directory",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, map[string]string{"bin/go": "program", name: "evil"})
			w.wantFailure(w.fetcher(), toolchainModule.String(), want)
		})
	}
}

// TestBombOfGo: a zip that says of one file that it has more than all of a Go may have is not inflated.
func TestBombOfGo(t *testing.T) {
	w := newWorld(t, goFiles)
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	header := &zip.FileHeader{Name: toolchainModule.String() + "/bin/go", Method: zip.Deflate, CompressedSize64: 2, UncompressedSize64: 600 << 20}
	file, err := z.CreateRaw(header)
	if err == nil {
		_, err = file.Write([]byte{3, 0})
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	w.Handle(zipPath, modproxytest.Serve(bomb.Bytes()))
	w.wantFailure(w.fetcher(), "more than the 524288000 bytes allowed")
}

func TestTruncatedZip(t *testing.T) {
	w := newWorld(t, goFiles)
	w.Handle(zipPath, modproxytest.Serve(w.zip[:len(w.zip)/2]))
	w.wantFailure(w.fetcher(), "fetching "+toolchainModule.String(), "unpacking "+w.URL+zipPath, "not a valid zip file")
}

func TestMissingVersion(t *testing.T) {
	w := newWorld(t, goFiles)
	dest := filepath.Join(t.TempDir(), "go")
	_, _, err := Fetch(t.Context(), w.fetcher(), "go1.26.9", "linux", "amd64", Options{}, dest)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v, want fs.ErrNotExist", err)
	}
	want := "fetching golang.org/toolchain@v0.0.1-go1.26.9.linux-amd64: asking the checksum database " + dbName + ": GET " + w.URL +
		"/sumdb/" + dbName + "/lookup/golang.org/toolchain@v0.0.1-go1.26.9.linux-amd64: status 404 Not Found: file does not exist" +
		"; there is no go1.26.9 for linux/amd64, or the proxy does not have it: check the key go of the configuration, and the go and toolchain lines of go.mod"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestZipThatOnlyTheProxyLacks: the database knows it, nobody serves it.
func TestZipThatOnlyTheProxyLacks(t *testing.T) {
	w := newWorld(t, goFiles)
	w.Handle(zipPath, http.NotFound)
	f := w.fetcher()
	f.Settings.Proxy += ",direct"
	w.wantFailure(f, toolchainModule.String(), "GET "+w.URL+zipPath+": status 404")
}

func TestCache(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Kept = t.TempDir()
	w.wantGood(f)
	name := filepath.Join(f.Kept, zipPath)
	if w.wantGood(f); w.Hits(zipPath) != 1 {
		t.Errorf("the second fetch: after %d downloads", w.Hits(zipPath))
	}
	for what, data := range map[string][]byte{
		"tampered":  toolchainZip(t, map[string]string{"bin/go": "evil"}),
		"truncated": w.zip[:100],
		"empty":     nil,
	} {
		before := w.Hits(zipPath)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if w.wantGood(f); w.Hits(zipPath) != before+1 {
			t.Errorf("%s: it was used", what)
		}
		if w.wantGood(f); w.Hits(zipPath) != before+1 {
			t.Errorf("%s: the cache was not repaired", what)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(name)); err != nil || len(entries) != 1 {
		t.Errorf("in the cache: %v, %v", entries, err)
	}
}

func TestTamperedZipStaysOutOfTheCache(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Kept = t.TempDir()
	w.Handle(zipPath, modproxytest.Serve(toolchainZip(t, map[string]string{"bin/go": "evil"})))
	w.wantFailure(f, "checksum mismatch")
	if entries, err := os.ReadDir(filepath.Dir(filepath.Join(f.Kept, zipPath))); err != nil && !os.IsNotExist(err) || len(entries) != 0 {
		t.Errorf("in the cache: %v, %v", entries, err)
	}
}

func TestCancelledDownload(t *testing.T) {
	w := newWorld(t, goFiles)
	ctx, cancel := context.WithCancel(t.Context())
	w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Length", "1000000")
		_, _ = rw.Write(w.zip[:10])
		_ = http.NewResponseController(rw).Flush()
		cancel()
		<-r.Context().Done()
	})
	dest := filepath.Join(t.TempDir(), "parent", "go")
	_, _, err := Fetch(ctx, w.fetcher(), goVersion, "linux", "amd64", Options{}, dest)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if w.Hits(zipPath) != 1 || len(w.pauses) > 0 {
		t.Errorf("%d downloads, pauses %v", w.Hits(zipPath), w.pauses)
	}
	if left, _ := os.ReadDir(filepath.Dir(dest)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestVersions(t *testing.T) {
	w := newWorld(t, goFiles)
	got, err := Versions(t.Context(), w.fetcher(), "linux", "amd64")
	if want := []string{"go1.26.7", "go1.26.8"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, err := Versions(t.Context(), w.fetcher(), "plan9", "amd64"); err != nil || len(got) > 0 {
		t.Errorf("another platform: got %q, %v", got, err)
	}
	w.Handle(listPath, modproxytest.Fail(http.StatusForbidden))
	_, err = Versions(t.Context(), w.fetcher(), "linux", "amd64")
	want := "listing versions of golang.org/toolchain: GET " + w.URL + listPath + ": status 403 Forbidden: out of order"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestUnusableSettings(t *testing.T) {
	w := newWorld(t, goFiles)
	for _, tt := range []struct {
		name string
		s    goenv.Settings
		want string
	}{
		{"no proxy", goenv.Settings{SumDB: w.key}, goenv.ErrNoProxy.Error()},
		{"direct", goenv.Settings{SumDB: w.key + " " + w.URL + "/sumdb/" + dbName, Proxy: "direct"}, "a module proxy is needed"},
		{"off", goenv.Settings{SumDB: w.key + " " + w.URL + "/sumdb/" + dbName, Proxy: "off"}, "forbidden by GOPROXY=off"},
		{"not from a proxy", goenv.Settings{SumDB: w.key, Proxy: w.URL, NoProxy: []string{"golang.org"}}, "only a module proxy serves"},
		{"password", goenv.Settings{SumDB: w.key, Proxy: "https://u:canary@a.example"}, "put credentials in the netrc secret"},
		{"plain http", goenv.Settings{SumDB: w.key, Proxy: "http://a.example"}, "is plain http"},
		{"directory", goenv.Settings{SumDB: w.key, Proxy: "file:///x"}, "which a build step cannot see"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			f := w.fetcher()
			f.Settings = tt.s
			if err := w.wantFailure(f, tt.want); strings.Contains(err.Error(), "canary") {
				t.Errorf("the password is in %q", err)
			}
			if _, err := Versions(t.Context(), f, "linux", "amd64"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Versions: %v", err)
			}
		})
	}
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
			w.wantGood(f)
			w.Handle(zipPath, modproxytest.Serve(toolchainZip(t, map[string]string{"bin/go": "evil"})))
			w.wantFailure(f, "checksum mismatch")
		})
	}
}

func TestDatabaseOff(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Settings.SumDB = "off"
	w.wantFailure(f, toolchainModule.String(), "GOSUMDB=off leaves a Go toolchain unverified")
	if n := w.Hits("/sumdb/" + dbName + "/supported"); n != 0 {
		t.Errorf("the database was asked %d times", n)
	}
}

// TestPins: hashes of the configuration stand for the database where that is off, and beside it where it is not. No proxy comes between.
func TestPins(t *testing.T) {
	const other = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	for name, c := range map[string]struct {
		db   string // "" for the one that there is
		pins func(sum string) []string
		zip  bool // another one is served
		want string
	}{
		"off, and the right one":            {"off", func(sum string) []string { return []string{sum} }, false, ""},
		"off, and one for another platform": {"off", func(sum string) []string { return []string{other, sum} }, false, ""},
		"off, and a wrong one":              {"off", func(string) []string { return []string{other} }, false, "checksum mismatch: downloaded "},
		"off, and another zip":              {"off", func(sum string) []string { return []string{sum} }, true, "but go.sum of the configuration has h1:"},
		"on, and the right one":             {"", func(sum string) []string { return []string{sum} }, false, ""},
		"on, and a wrong one":               {"", func(string) []string { return []string{other} }, false, ", and go.sum of the configuration has " + other},
		"on, and another zip":               {"", func(sum string) []string { return []string{sum} }, true, "checksum mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, goFiles)
			w.pins = c.pins(w.sum)
			f := w.fetcher()
			if c.db != "" {
				f.Settings.SumDB = c.db
			}
			if c.zip {
				w.Handle(zipPath, modproxytest.Serve(toolchainZip(t, map[string]string{"bin/go": "evil"})))
			}
			if c.want == "" {
				w.wantGood(f)
			} else {
				w.wantFailure(f, c.want)
			}
			if asked := w.Hits("/sumdb/"+dbName+"/supported") > 0; asked != (c.db == "") {
				t.Errorf("the database was asked: %v", asked)
			}
		})
	}
}

func TestNoDatabaseKnown(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.Settings.SumDB = ""
	w.wantFailure(f, "GOSUMDB is empty")
}

// TestFetchAllSystems keeps what the source has for other systems, and leaves out no less else.
func TestFetchAllSystems(t *testing.T) {
	w := newWorld(t, goFiles)
	w.allSystems = true
	dest, err := w.fetch(w.fetcher())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"src/fmt/print_windows.go": true, "src/fmt/print_darwin_arm64.s": true, "src/fmt/print.go": true, "src/fmt/print_test.go": false, "src/cmd/go/main.go": false} {
		if _, err := os.Stat(filepath.Join(dest, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
