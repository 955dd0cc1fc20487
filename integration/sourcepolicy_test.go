//go:build linux

package integration

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// policyUses are all uses that a configuration has for an image. After a conversion the build comes as far as says, "" for all the way.
var policyUses = []struct{ name, config, denied, says string }{
	{"base", "image: {base: %s}\n", "base image %s is not usable", ""},
	{"builder", "builder: {image: %s}\n", "builder image %s is not usable", "go"},
	{"cgo", "cgo: {enabled: on, base: %s}\n", "%s is not usable to compile C", "apt"},
	{"zig", "cgo: {enabled: on, compiler: zig, libc: musl, zig: {image: %s}}\n", "%s is not usable to compile C", "zig"},
	{"source", "source: [{from: %s, path: opt, to: data}]\n", "%s is not usable", ""},
	{"files", "image: {files: [{context: %s, from: opt/data, to: /opt/data}]}\n", "%s is not usable", ""},
}

// TestSourcePolicy denies an image by the policy that who builds gives, and has another one taken in its place: no use that modship has for an
// image comes past that.
func TestSourcePolicy(t *testing.T) {
	l := setUp(t)
	image, err := newImage(v1.Config{Env: []string{"PATH=/usr/local/go/bin"}}, imageFile{name: "opt/data", mode: 0o644, data: []byte("converted")})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("policy:1", image)
	if err != nil {
		t.Fatal(err)
	}
	nowhere := l.registry + "/nowhere:1"
	dir := t.TempDir()
	deny := writePolicy(t, dir, "deny", `{"action": "DENY", "selector": {"identifier": "docker-image://`+l.registry+`/policy*", "match_type": "WILDCARD"}}`)
	convert := writePolicy(t, dir, "convert", `{"action": "CONVERT", "selector": {"identifier": "docker-image://`+l.registry+`/nowhere:*", "match_type": "WILDCARD"},
		"updates": {"identifier": "docker-image://`+l.registry+`/policy:${1}"}}`)
	eachMode(t, func(t *testing.T, m mode) {
		for _, use := range policyUses {
			t.Run(use.name, func(t *testing.T) {
				order := build{dir: example(t, "hello")}
				configure(t, order.dir, fmt.Sprintf(use.config, ref))
				m.fail(t, order.under(m, deny)).says(t, "denied by policy", fmt.Sprintf(use.denied, ref))

				configure(t, order.dir, fmt.Sprintf(use.config, nowhere))
				if use.says == "" {
					m.build(t, order.under(m, convert))
					return
				}
				r := m.fail(t, order.under(m, convert)) // the image has nothing in it that could be used
				r.says(t, use.says)
				if strings.Contains(r.log, "denied") || strings.Contains(r.log, nowhere+": not found") {
					t.Errorf("the image was not converted:\n%s", r.log)
				}
			})
		}
	})
}

// TestArchive lays an archive over the context by its address and its digest. A policy leads the address to a server of this machine.
func TestArchive(t *testing.T) {
	files := inline(t, madeBefore)
	archive := filepath.Join(t.TempDir(), "ui.tgz")
	packTar(t, archive, files, "dist", "notes.txt")
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(archive))))
	t.Cleanup(server.Close)
	const address = "https://files.example.com/ui.tgz"
	convert := writePolicy(t, t.TempDir(), "convert", `{"action": "CONVERT", "selector": {"identifier": "`+address+`", "match_type": "EXACT"}, "updates": {"identifier": "`+server.URL+`/ui.tgz"}}`)
	deny := writePolicy(t, t.TempDir(), "deny", `{"action": "DENY", "selector": {"identifier": "https://*", "match_type": "WILDCARD"}}`)
	sum := fmt.Sprintf("sha256:%x", sha256.Sum256(readFile(t, archive)))
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, embedsContext)
		edit(t, dir, "gen/gen.go", "package gen\n\nconst Name = \" of an archive\"\n")
		order := build{dir: dir}
		with := func(sum string) {
			configure(t, dir, "source: [{from: \""+address+"\", digest: \""+sum+"\", path: dist, to: web}]\n")
		}
		with(sum)
		m.build(t, order.under(m, convert)).runs(t, "the page\n of an archive")
		m.fail(t, order.under(m, deny)).says(t, "Dockerfile:2:17: ", "denied by policy")
		with("sha256:" + strings.Repeat("0", 64))
		m.fail(t, order.under(m, convert)).says(t, "Dockerfile:2:17: ", address, "digest")
	})
}

// under gives the build the policy of a file, as the client of the mode takes it.
func (b build) under(m mode, policy string) build {
	if m.name == client.name {
		b.flags = append([]string{"--source-policy-file", policy}, b.flags...)
	} else {
		b.with = []string{"env", "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=" + policy}
	}
	return b
}

func writePolicy(t *testing.T, dir, name, rule string) string {
	t.Helper()
	file := filepath.Join(dir, name+".json")
	if err := os.WriteFile(file, []byte(`{"version": 1, "rules": [`+rule+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
