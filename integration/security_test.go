//go:build linux

package integration

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// TestTamperedModule has a module proxy that serves a module with one byte more than its author wrote.
func TestTamperedModule(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		const file = "/github.com/google/uuid/@v/v1.6.0.zip"
		server := httptest.NewServer(goProxy(t, map[string]http.HandlerFunc{file: tamperedZip(t, file)}))
		defer server.Close()
		r := m.fail(t, build{
			dir:  example(t, "web"),
			push: "tampered:" + m.name,
			// Without a namespace of its own the build finds the real zip of an earlier build, and takes that.
			args: []string{"GOPROXY=" + server.URL, "BUILDKIT_CACHE_MOUNT_NS=tampered-" + m.name},
		})
		saysMismatch(t, r)
	})
}

// TestWrongSum has a go.sum with another hash than the module's.
func TestWrongSum(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "web")
		sums := string(readFile(t, filepath.Join(dir, "go.sum")))
		wrong := regexp.MustCompile(`(uuid v1\.6\.0 h1:)....`).ReplaceAllString(sums, "${1}AAAA")
		if wrong == sums {
			t.Fatalf("no hash to change in\n%s", sums)
		}
		edit(t, dir, "go.sum", wrong)
		saysMismatch(t, m.fail(t, build{dir: dir, push: "wrongsum:" + m.name}))
	})
}

func saysMismatch(t *testing.T, r result) {
	t.Helper()
	r.says(t, "github.com/google/uuid@v1.6.0", "checksum mismatch")
	if inRegistry(r.pushed) {
		t.Errorf("%s is in the registry", r.pushed)
	}
}

const canary = "canary-7f3b2c90d1"

// TestCanary builds with a private module behind a password, and looks for the password in everything that is left.
func TestCanary(t *testing.T) {
	private := newPrivateModule(t, "corp.example/private/motto", "v1.0.0", `
-- go.mod --
module corp.example/private/motto

go 1.26
-- motto.go --
// Package motto is nobody else's.
package motto

const Text = "mum's the word"
`)
	eachMode(t, func(t *testing.T, m mode) {
		var asked, refused atomic.Int32
		proxy := goProxy(t, private.handlers)
		server, bundle := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); strings.HasPrefix(r.URL.Path, "/corp.example/") && (user != "builder" || password != canary) {
				refused.Add(1)
				w.Header().Set("WWW-Authenticate", `Basic realm="modules"`)
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			} else if password == canary {
				asked.Add(1)
			}
			proxy.ServeHTTP(w, r)
		}))
		dir := inline(t, `
-- go.mod --
module example.com/hello

go 1.26

require corp.example/private/motto v1.0.0
-- go.sum --
`+private.sums+`-- main.go --
package main

import (
	"fmt"

	"corp.example/private/motto"
)

func main() { fmt.Println(motto.Text) }
`)
		exported := t.TempDir()
		r := m.build(t, build{
			dir:  dir,
			args: []string{"GOPROXY=" + server.URL, "GOPRIVATE=corp.example", "GONOPROXY=none", "BUILDKIT_CACHE_MOUNT_NS=canary-" + m.name},
			flags: []string{
				"--secret", "id=netrc,src=" + netrcFor(t, server.URL), "--secret", "id=ca,src=" + bundle,
				"--cache-to", "type=local,mode=max,dest=" + exported,
				"--attest", "type=provenance,mode=max",
			},
		})
		r.runs(t, "mum's the word")
		if asked.Load() == 0 {
			t.Errorf("the password was not used (%d requests were refused): the test proves nothing", refused.Load())
		}
		image := t.TempDir()
		if err := unpack(r.archive, image); err != nil {
			t.Fatal(err)
		}
		for _, place := range []string{image, exported} {
			if n := searchCanary(t, place); n < 3 {
				t.Errorf("only %d files in %s: what was searched is not what was made", n, place)
			}
		}
		if hasCanary([]byte(r.log)) {
			t.Errorf("the log has the password in it:\n%s", r.log)
		}
	})
}

// TestCanaryProxy has a password in the address of an HTTP proxy, which BuildKit would write into provenance.
func TestCanaryProxy(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		r := m.fail(t, build{dir: example(t, "hello"), args: []string{"https_proxy=http://builder:" + canary + "@127.0.0.1:1"}})
		r.says(t, "https_proxy: the address has a user name or a password in it")
		if hasCanary([]byte(r.log)) {
			t.Errorf("the log has the password in it:\n%s", r.log)
		}
	})
}

// netrcFor writes the credentials of a server, for clients that look it up with its port and for those that do not.
func netrcFor(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var lines string
	for _, machine := range []string{u.Hostname(), u.Host} {
		lines += "machine " + machine + " login builder password " + canary + "\n"
	}
	edit(t, dir, "netrc", lines)
	return filepath.Join(dir, "netrc")
}

// searchCanary looks into every file below dir, and gives their number.
func searchCanary(t *testing.T, dir string) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		count++
		data := readFile(t, name)
		if hasCanary(data) {
			t.Errorf("%s has the password in it", name)
		}
		if plain, err := gunzip(data); err == nil && hasCanary(plain) {
			t.Errorf("%s has the password in it, compressed", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// hasCanary finds the password as it is, and as basic authentication writes it.
func hasCanary(data []byte) bool {
	header := base64.StdEncoding.EncodeToString([]byte("builder:" + canary))
	return bytes.Contains(data, []byte(canary)) || bytes.Contains(data, []byte(header))
}

func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
