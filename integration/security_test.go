//go:build linux

package integration

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
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

// workspace has two modules. Which modules they need is found out by following what they require: go.work does not name them.
const workspace = `
-- Dockerfile --
# syntax=example.com/modship
main: ./app
-- go.work --
go 1.26

use (
	./app
	./lib
)
-- app/go.mod --
module example.com/app

go 1.26
-- app/main.go --
package main

import (
	"fmt"

	"example.com/lib"
)

func main() { fmt.Println("id", lib.ID()) }
-- lib/go.mod --
module example.com/lib

go 1.26

require github.com/google/uuid v1.6.0
-- lib/go.sum --
github.com/google/uuid v1.6.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
github.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
-- lib/lib.go --
// Package lib is imported from the other module.
package lib

import "github.com/google/uuid"

// ID is always the same.
func ID() string { return uuid.NewSHA1(uuid.NameSpaceDNS, []byte("example.com")).String() }
`

// TestWorkspaceModules builds with the requirement of the other module, then has it tampered with, and then another hash of it.
func TestWorkspaceModules(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, workspace)
		m.build(t, build{dir: dir}).runs(t, "id cfbff0d1-9375-5685-968c-48ce8b15ae17")

		const file = "/github.com/google/uuid/@v/v1.6.0.zip"
		server := httptest.NewServer(goProxy(t, map[string]http.HandlerFunc{file: tamperedZip(t, file)}))
		defer server.Close()
		saysMismatch(t, m.fail(t, build{
			dir: dir, push: "work-tampered:" + m.name,
			args: []string{"GOPROXY=" + server.URL, "BUILDKIT_CACHE_MOUNT_NS=work-tampered-" + m.name},
		}))

		sums := string(readFile(t, filepath.Join(dir, "lib/go.sum")))
		edit(t, dir, "lib/go.sum", strings.Replace(sums, "h1:NIva", "h1:AAAA", 1))
		saysMismatch(t, m.fail(t, build{dir: dir, push: "work-wrongsum:" + m.name}))
	})
}

func saysMismatch(t *testing.T, r result) {
	t.Helper()
	r.says(t, "github.com/google/uuid@v1.6.0", "checksum mismatch")
	if inRegistry(r.pushed) {
		t.Errorf("%s is in the registry", r.pushed)
	}
}
