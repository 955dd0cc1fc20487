package frontend

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/defaults"
)

// imageEnv gives the environment of an image's configuration, KEY=VALUE each; none for scratch, which has no configuration.
func imageEnv(config []byte) ([]string, error) {
	if len(config) == 0 {
		return nil, nil
	}
	var image ocispecs.Image
	if err := json.Unmarshal(config, &image); err != nil {
		return nil, fmt.Errorf("decoding the configuration of the image: %w", err)
	}
	return image.Config.Env, nil
}

// searchPath gives the folders in which an image looks for programs, in their order.
func searchPath(env []string) []string {
	return strings.Split(cmp.Or(valueOf(env, "PATH"), defaults.Path), ":")
}

// valueOf gives a variable, or "" if it is not set.
func valueOf(env []string, name string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// goRoot takes GOROOT from an image's environment, else the first folder of PATH that is named go/bin and is not where `go
// install` puts programs. Without GOPATH that is a folder of the home directory, in which Go itself may also be.
func goRoot(env []string) string {
	if root := valueOf(env, "GOROOT"); path.IsAbs(root) {
		return path.Clean(root)
	}
	goPath, inHome := strings.Split(valueOf(env, "GOPATH"), ":"), path.Join(cmp.Or(valueOf(env, "HOME"), "/root"), "go")
	last := "/usr/local/go" // of the official images
	for _, dir := range searchPath(env) {
		root, bin := path.Split(path.Clean(dir))
		root = path.Clean(root)
		switch {
		case bin != "bin" || path.Base(root) != "go" || root == "/go" || slices.Contains(goPath, root):
		case root == inHome:
			last = root
		default:
			return root
		}
	}
	return last
}
