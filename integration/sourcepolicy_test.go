//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestSourcePolicy denies an image by the policy that a user of buildx sets, and no use that modship has for it comes past that.
func TestSourcePolicy(t *testing.T) {
	l := setUp(t)
	image, err := newImage(v1.Config{Env: []string{"PATH=/usr/local/go/bin"}}, imageFile{name: "opt/data", mode: 0o644, data: []byte("denied")})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("denied:1", image)
	if err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(t.TempDir(), "policy.json")
	text := `{"rules": [{"action": "DENY", "selector": {"identifier": "docker-image://` + l.registry + `/denied*", "match_type": "WILDCARD"}}]}`
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"env", "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=" + policy}
	for _, use := range []struct{ name, config, says string }{
		{"base", "image: {base: " + ref + "}\n", "base image " + ref + " is not usable"},
		{"builder", "builder: {image: " + ref + "}\n", "builder image " + ref + " is not usable"},
		{"cgo", "cgo: {enabled: on, base: " + ref + "}\n", "cgo is on; cgo: {enabled: off} builds without C"},
		{"zig", "cgo: {enabled: on, compiler: zig, libc: musl, zig: {image: " + ref + "}}\n", "cgo is on; cgo: {enabled: off} builds without C"},
	} {
		t.Run(use.name, func(t *testing.T) {
			dir := example(t, "hello")
			configure(t, dir, use.config)
			syntax.fail(t, build{dir: dir, with: env}).says(t, "denied by policy", use.says)
		})
	}
}
