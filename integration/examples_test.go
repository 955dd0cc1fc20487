//go:build linux

package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship-build/modship/internal/testing/golden"
)

// want is examples/NAME/want.json: what an image of the example must be. Env, labels and files name those that must be
// there; all else is compared as a whole.
type want struct {
	Platforms  []string          `json:"platforms"`
	Entrypoint []string          `json:"entrypoint"`
	Cmd        []string          `json:"cmd"`
	User       string            `json:"user"`
	Workdir    string            `json:"workdir"`
	Env        map[string]string `json:"env"`
	Ports      []string          `json:"ports"`
	Labels     map[string]string `json:"labels"`
	// Files are octal modes by path.
	Files map[string]string `json:"files"`
	// Args are given to the program, which must print Output; ${platform} in it stands for the image's platform.
	Args   []string `json:"args"`
	Output string   `json:"output"`
	// Cgo says that a Debian base is needed.
	Cgo bool `json:"cgo"`
}

func readWant(t *testing.T, name string) want {
	t.Helper()
	var w want
	golden.Decode(t, readFile(t, filepath.Join("../examples", name, "want.json")), &w)
	return w
}

// TestExamples builds what users copy from.
func TestExamples(t *testing.T) {
	setUp(t)
	dirs, err := os.ReadDir("../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if !dir.IsDir() {
			continue
		}
		t.Run(dir.Name(), func(t *testing.T) {
			w := readWant(t, dir.Name())
			if w.Cgo {
				needDebian(t)
			}
			eachMode(t, func(t *testing.T, m mode) {
				r := m.build(t, build{dir: example(t, dir.Name()), platforms: strings.Join(w.Platforms, ",")})
				images := r.images(t)
				if diff := cmp.Diff(w.Platforms, slices.Sorted(maps.Keys(images))); diff != "" {
					t.Fatalf("platforms (-want +got):\n%s", diff)
				}
				for platform, img := range images {
					w.check(t, platform, img)
				}
				if !w.Cgo { // packages of a distribution move
					checkDigests(t, dir.Name(), lastingDigests(t, r))
				}
			})
		})
	}
}

func (w want) check(t *testing.T, platform string, img v1.Image) {
	t.Helper()
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := file.Config
	got := want{
		Platforms: w.Platforms, Args: w.Args, Output: w.Output, Cgo: w.Cgo,
		Entrypoint: config.Entrypoint,
		Cmd:        config.Cmd,
		User:       config.User,
		Workdir:    config.WorkingDir,
		Env:        among(w.Env, envMap(config.Env)),
		Ports:      slices.Sorted(maps.Keys(config.ExposedPorts)),
		Labels:     among(w.Labels, config.Labels),
		Files:      among(w.Files, modes(rootfsOf(t, img))),
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", platform, diff)
	}
	output, code := runInRoot(t, img, w.Args...)
	if code != 0 {
		t.Errorf("the program for %s exited with %d", platform, code)
	}
	if diff := cmp.Diff(strings.ReplaceAll(w.Output, "${platform}", platform), output); diff != "" {
		t.Errorf("output on %s (-want +got):\n%s", platform, diff)
	}
}

// among gives the entries of have whose keys are wanted.
func among(want, have map[string]string) map[string]string {
	if want == nil {
		return nil
	}
	found := map[string]string{}
	for key := range want {
		if value, ok := have[key]; ok {
			found[key] = value
		}
	}
	return found
}

func envMap(env []string) map[string]string {
	m := map[string]string{}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		m[name] = value
	}
	return m
}

func modes(files rootfs) map[string]string {
	m := map[string]string{}
	for name, f := range files {
		m["/"+name] = fmt.Sprintf("%04o", f.Mode&0o7777)
	}
	return m
}
