//go:build linux

package integration

import (
	"strings"
	"testing"
)

// TestIgnoreFileOfWindows: line ends, a byte order mark and spaces at the ends of lines make no difference in .dockerignore.
func TestIgnoreFileOfWindows(t *testing.T) {
	t.Parallel()
	dir := inline(t, `
-- go.mod --
module example.com/ignoring

go 1.26
-- main.go --
package main

import "embed"

//go:embed web/*
var web embed.FS

func main() {
	entries, err := web.ReadDir("web")
	println(len(entries), err == nil)
}
-- web/index.html --
-- web/app.js --
-- web/app.js.map --
-- LICENSE --
`)
	const ignore = "*\n!go.mod\n!*.go\n!web\nweb/*.map\n"
	edit(t, dir, ".dockerignore", ignore)
	plain := client.build(t, build{dir: dir})
	plain.runs(t, "2 true")
	edit(t, dir, ".dockerignore", "\ufeff"+strings.ReplaceAll(ignore, "\n", "  \r\n"))
	if got, want := digestOf(t, client.build(t, build{dir: dir})), digestOf(t, plain); got != want {
		t.Errorf("the image is %s, want %s as before", got, want)
	}
}

// TestContextNotUsed: a named context that nothing asks for is named, in a build that succeeds and in one that fails for lack of it.
func TestContextNotUsed(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, "\n-- go.mod --\nmodule example.com/contexts\n\ngo 1.26\n-- main.go --\npackage main\n\nfunc main() { println(\"contexts\") }\n")
		b := build{dir: dir, flags: []string{"--build-context", "lib=" + t.TempDir()}}
		m.build(t, b).says(t, "the build context lib is not used")
		edit(t, dir, "go.mod", "module example.com/contexts\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ../lib\n")
		m.fail(t, b).says(t, "go.mod:7", "../lib is outside the context", "the build context lib is not used")
	})
}
