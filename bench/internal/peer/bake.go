//go:build linux

package peer

import (
	"encoding/json"
	"path/filepath"

	"github.com/modship-build/modship/bench/internal/lab"
)

// bakeFile is the file of bake in a tree.
const bakeFile = "docker-bake.json"

// writeBake writes a file that has each program of the subject as a target, with the name that the Dockerfile and the configuration of
// modship have for it. What an order says is set by flags, so that the context is the same for every order.
func writeBake(s Site) error {
	if len(s.Subject.Programs) == 0 {
		return nil
	}
	type target struct {
		Context string `json:"context"`
		Target  string `json:"target"`
	}
	targets := map[string]target{}
	for _, name := range s.Subject.Built() {
		targets[name] = target{".", name}
	}
	text, err := json.MarshalIndent(map[string]any{"target": targets}, "", "  ")
	if err != nil {
		return err
	}
	return s.Tree.Write(bakeFile, string(text)+"\n")
}

// bake builds all targets of an order at once.
func (s Site) bake(o Order, attrs string) lab.Command {
	args := []string{
		filepath.Join(s.Lab.Tools, "buildx"), "bake", "--builder", lab.Builder, "--progress", "plain", "--provenance=false", "--file", bakeFile,
		"--set", "*.args.GOPROXY=" + s.Lab.Proxy, "--set", "*.output=type=registry" + attrs,
	}
	for _, platform := range o.Platforms {
		args = append(args, "--set", "*.platform="+platform)
	}
	for _, target := range o.Targets {
		args = append(args, "--set", target+".tags="+o.Of(o.Image, target))
		if o.CacheTo != "" {
			args = append(args, "--set", target+".cache-to="+cacheTo+o.Of(o.CacheTo, target))
		}
		if o.CacheFrom != "" {
			args = append(args, "--set", target+".cache-from="+cacheFrom+o.Of(o.CacheFrom, target))
		}
	}
	return lab.Command{Args: append(args, o.Targets...), Env: s.Daemon.Env(), Dir: s.Tree.Dir}
}
