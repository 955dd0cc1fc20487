//go:build linux

package peer

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
)

// ko compiles with the go command of the machine and builds the image without BuildKit.
func ko() Peer {
	return Peer{
		Name: "ko", Pushes: true, Many: true,
		Prepare: func(s Site) error {
			config, err := koConfig(s)
			if err != nil {
				return err
			}
			return s.Tree.Write(".ko.yaml", config)
		},
		Commands: func(s Site, o Order) []lab.Command {
			repository, tag := splitTag(o.Image)
			naming := "--bare"
			if len(o.Targets) > 1 {
				naming = "--base-import-paths"
			}
			args := []string{
				filepath.Join(s.Lab.Tools, "ko"), "build", naming, "--sbom=none", "--tags", tag, "--platform", strings.Join(o.Platforms, ","),
			}
			return []lab.Command{{
				Args: append(args, s.mains(o)...),
				Env:  append(s.Lab.GoEnv(s.Goroot, s.Dir), "GOFLAGS=-modcacherw -buildvcs=false", "KO_DOCKER_REPO="+repository, "PWD="+s.Tree.Dir),
				Dir:  s.Tree.Dir,
			}}
		},
	}
}

// koConfig takes the symbols out of the program, which ko leaves in by default. JSON is YAML.
func koConfig(s Site) (string, error) {
	type build struct {
		ID      string   `json:"id"`
		Main    string   `json:"main"`
		LDFlags []string `json:"ldflags"`
	}
	var builds []build
	for _, target := range s.Subject.Targets() {
		builds = append(builds, build{target.Name, target.Main, []string{"-s", "-w"}})
	}
	text, err := json.Marshal(map[string]any{"defaultBaseImage": s.Lab.Base, "builds": builds})
	return string(text) + "\n", err
}

// splitTag splits a reference that has a tag.
func splitTag(image string) (repository, tag string) {
	i := strings.LastIndexByte(image, ':')
	return image[:i], image[i+1:]
}
