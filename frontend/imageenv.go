package frontend

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
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
	for _, kv := range env {
		if list, ok := strings.CutPrefix(kv, "PATH="); ok {
			return strings.Split(list, ":")
		}
	}
	return []string{"/usr/local/bin", "/usr/bin", "/bin"}
}

// goRoot takes GOROOT from an image's environment, else the folder of PATH that the official Go images use.
func goRoot(env []string) string {
	const usual = "/usr/local/go"
	for _, kv := range env {
		if root, ok := strings.CutPrefix(kv, "GOROOT="); ok && path.IsAbs(root) {
			return path.Clean(root)
		}
	}
	for _, dir := range searchPath(env) {
		if root, ok := strings.CutSuffix(dir, "/go/bin"); ok && root != "" {
			return root + "/go"
		}
	}
	return usual
}
