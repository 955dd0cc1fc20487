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
	// Own peers are modship. Many can build several targets with one command.
	Own, Many bool
	// Travels says that the peer is about caches that go from machine to machine, and like another one where none does.
	Travels bool
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
	// Dir is the directory of the peer's state, emptied before a cold build. Kept is one that stays, as the storage of a CI does.
	Dir, Kept string
	// Daemon is nil for peers without BuildKit.
	Daemon *lab.Daemon
}

// Order is one build.
type Order struct {
	Platforms []string
	// Targets are the names of the main packages.
	Targets []string
	// Image is the reference to push to. CacheTo and CacheFrom are those of a registry cache, or "". Each of several targets has
	// references of its own, see [Order.Of].
	Image, CacheTo, CacheFrom string
	// SeedTo and SeedFrom are references of an image of compiled dependencies, or "". With SeedTo nothing else is built.
	SeedTo, SeedFrom string
	// Next is for the next release of modship, Gzip for layers that it compresses with gzip.
	Next, Gzip bool
}

// Of is the reference of one of the targets.
func (o Order) Of(reference, target string) string {
	if len(o.Targets) == 1 {
		return reference
	}
	repository, tag := splitTag(reference)
	return repository + "/" + target + ":" + tag
}

// All are the references of all targets, none of which there is if there is none.
func (o Order) All(reference string) []string {
	if reference == "" {
		return nil
	}
	var all []string
	for _, target := range o.Targets {
		all = append(all, o.Of(reference, target))
	}
	return all
}

// All are the peers in the order of their columns.
func All() []Peer {
	return []Peer{
		modshipSyntax(), modshipClient(), dockerfile("dockerfile-mounts", true), dockerfile("dockerfile-plain", false), dance(), ko(),
		goBuild(),
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

// mains are the main packages of an order.
func (s Site) mains(o Order) []string {
	var mains []string
	for _, target := range o.Targets {
		mains = append(mains, s.Subject.MainOf(target))
	}
	return mains
}

// buildx is a command of buildx that pushes to the registry. attrs are attributes of its exporter, each after a comma; more are flags
// that bake does not have.
func (s Site) buildx(o Order, attrs string, more ...string) lab.Command {
	if len(o.Targets) > 1 {
		return s.bake(o, attrs)
	}
	args := []string{
		filepath.Join(s.Lab.Tools, "buildx"), "build", "--builder", lab.Builder, "--progress", "plain", "--provenance=false",
		"--build-arg", "GOPROXY=" + s.Lab.Proxy, "--output", "type=registry" + attrs,
	}
	return lab.Command{Args: append(append(append(args, common(o)...), more...), s.Tree.Dir), Env: s.Daemon.Env(), Dir: s.Lab.Home}
}

// Flags of caches, without the reference.
const (
	cacheTo   = "type=registry,mode=max,compression=zstd,ref="
	cacheFrom = "type=registry,ref="
)

// common are the flags that buildx and modship share.
func common(o Order) []string {
	args := []string{"--platform", strings.Join(o.Platforms, ","), "--tag", o.Image}
	if o.CacheTo != "" {
		args = append(args, "--cache-to", cacheTo+o.CacheTo)
	}
	if o.CacheFrom != "" {
		args = append(args, "--cache-from", cacheFrom+o.CacheFrom)
	}
	return args
}
