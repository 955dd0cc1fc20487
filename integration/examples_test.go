//go:build linux

package integration

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
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
	// Bake is the target of its bake file that builds it, where it is built so.
	Bake string `json:"bake"`
}

func readWant(t *testing.T, name string) want {
	t.Helper()
	var w want
	golden.Decode(t, readFile(t, filepath.Join("../examples", name, "want.json")), &w)
	return w
}

// TestExamples builds what users copy from.
func TestExamples(t *testing.T) {
	t.Parallel()
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
			if w.Bake != "" {
				w.checkImages(t, dir.Name(), bake(t, example(t, dir.Name()), w.Bake))
				return
			}
			eachMode(t, func(t *testing.T, m mode) {
				w.checkImages(t, dir.Name(), m.build(t, build{dir: example(t, dir.Name()), platforms: strings.Join(w.Platforms, ",")}))
			})
		})
	}
}

func (w want) checkImages(t *testing.T, name string, r result) {
	t.Helper()
	images := r.images(t)
	if diff := cmp.Diff(w.Platforms, slices.Sorted(maps.Keys(images))); diff != "" {
		t.Fatalf("platforms (-want +got):\n%s", diff)
	}
	for platform, img := range images {
		w.check(t, platform, img)
	}
	if !w.Cgo { // packages of a distribution move
		checkDigests(t, name, lastingDigests(t, r))
	}
}

// bake builds what the bake file of a folder says; target is the one whose image is looked at.
func bake(t *testing.T, dir, target string) result {
	t.Helper()
	l := setUp(t)
	r := result{archive: filepath.Join(t.TempDir(), "image.tar")}
	set := []string{"output=type=oci,dest=" + r.archive, "args.GOPROXY=" + l.goProxy}
	if bundle := systemBundle(); bundle != "" {
		set = append(set, "secrets=id=ca,src="+bundle)
	}
	args := []string{"bake", "--builder", builderName, "--progress", "plain", "--allow", "fs=*"}
	for _, value := range set {
		args = append(args, "--set", target+"."+value)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(l.tools, "buildx"), args...)
	cmd.Dir, cmd.Env = dir, l.daemon.env
	var code int
	if r.log, code = run(t, cmd); code != 0 {
		t.Fatalf("buildx bake: exit code %d\n%s", code, r.log)
	}
	return r
}

func (w want) check(t *testing.T, platform string, img v1.Image) {
	t.Helper()
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := file.Config
	got := want{
		Platforms: w.Platforms, Args: w.Args, Output: w.Output, Cgo: w.Cgo, Bake: w.Bake,
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
