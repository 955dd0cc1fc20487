//go:build linux

package integration

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
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
