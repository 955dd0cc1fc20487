//go:build linux

// Package peer has the ways to make an image of a Go program that the benchmark compares. All of them build the same main
// package with the same Go, statically, without symbols and with trimmed paths, and push to the same registry. None makes a
// provenance attestation. The two of modship make their SBOM, as they do by default; ko is told not to make its own, and the others
// have none.
package peer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/subject"
)

// Peer is one way to make an image.
type Peer struct {
	Name string
	// BuildKit peers have a daemon of their own and can use a registry cache; the others have empty caches wherever these have
	// a registry cache.
	BuildKit bool
	// Pushes says whether an image comes of it.
	Pushes bool
	// Prepare writes the peer's own files into a fresh tree.
	Prepare func(Site) error
	// Commands are what a user types for one build.
	Commands func(Site, Order) []lab.Command
}

// Site is where a peer works on a subject: its tree, and the state that is its alone.
type Site struct {
	Lab     *lab.Lab
	Subject *subject.Prepared
	Tree    *subject.Tree
	// Goroot is the toolchain for peers that run go themselves, Go its version.
	Goroot, Go string
	// Dir is the directory of the peer's state, emptied before a cold build.
	Dir string
	// Daemon is nil for peers without BuildKit.
	Daemon *lab.Daemon
}

// Order is one build.
type Order struct {
	Platforms []string
	// Second builds the second main package in place of the first.
	Second bool
	// Image is the reference to push to. CacheTo and CacheFrom are those of a registry cache, or "".
	Image, CacheTo, CacheFrom string
}

// All are the peers in the order of their columns.
func All() []Peer {
	return []Peer{
		modshipSyntax(), modshipClient(), dockerfile("dockerfile-mounts", true), dockerfile("dockerfile-plain", false), ko(), goBuild(),
	}
}

// Names are the names of all peers.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return names
}

// Find returns the peers of the names, in the order of All.
func Find(names []string) ([]Peer, error) {
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("no peer is named %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	return slices.DeleteFunc(All(), func(p Peer) bool { return !slices.Contains(names, p.Name) }), nil
}

// main is the main package of an order.
func (s Site) main(o Order) string {
	if o.Second {
		return s.Subject.Second
	}
	return s.Subject.Main
}

// buildx is the part of a buildx command that all peers of it have in common.
func (s Site) buildx(o Order, more ...string) lab.Command {
	args := []string{
		filepath.Join(s.Lab.Tools, "buildx"), "build", "--builder", lab.Builder, "--progress", "plain", "--provenance=false",
		"--build-arg", "GOPROXY=" + s.Lab.Proxy,
	}
	return lab.Command{Args: append(append(append(args, common(o)...), more...), s.Tree.Dir), Env: s.Daemon.Env(), Dir: s.Lab.Home}
}

// common are the flags that buildx and modship share.
func common(o Order) []string {
	args := []string{"--platform", strings.Join(o.Platforms, ","), "--tag", o.Image, "--push"}
	if o.CacheTo != "" {
		args = append(args, "--cache-to", "type=registry,mode=max,compression=zstd,ref="+o.CacheTo)
	}
	if o.CacheFrom != "" {
		args = append(args, "--cache-from", "type=registry,ref="+o.CacheFrom)
	}
	return args
}
