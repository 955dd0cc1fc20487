package frontend

import (
	"context"
	"slices"
	"strings"
	"testing"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
)

// TestOutputOfTarget: every output can be had of every target of the configuration, and none makes what only an image has.
func TestOutputOfTarget(t *testing.T) {
	for name, want := range map[string][]string{
		"worker/binaries": {"SHA256SUMS", "worker-linux-"},
		"worker/sbom":     {"worker-linux-"},
	} {
		c := newClient(t, `
-- go.mod --
module example.com/two

go 1.26

toolchain $GO
-- cmd/server/main.go --
package main

func main() { println("server") }
-- cmd/worker/main.go --
package main

func main() { println("worker") }
-- modship.yaml --
# syntax=modship
main: ./cmd/server
image: {files: [{from: no-such-file, to: /etc/}]}
targets:
  worker: {main: ./cmd/worker}
`)
		c.Options["target"] = name
		res := mustBuild(t, c)
		entries, err := res.Ref.ReadDir(context.Background(), gateway.ReadDirRequest{Path: "/"})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Path)
		}
		slices.Sort(names)
		if !slices.EqualFunc(names, want, strings.HasPrefix) {
			t.Errorf("--target %s gives %q, want %q", name, names, want)
		}
	}
}
