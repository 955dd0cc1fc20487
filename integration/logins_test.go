//go:build linux

package integration

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// canaryHash is that of [canary], as the registry reads it.
const canaryHash = "$2b$04$CnC/gSrC8jQnVhO3SdFFY.3bn1PR9x1iZ.ZG4NrARM/q/9t.nujVW"

// privateRegistry is one that wants the user ci with the password [canary].
func privateRegistry(t *testing.T) (addr string) {
	t.Helper()
	l := setUp(t)
	dir := t.TempDir()
	edit(t, dir, "htpasswd", "ci:"+canaryHash+"\n")
	addr, stop, err := testbed.StartRegistry(t.Context(), filepath.Join(l.tools, "registry"), filepath.Join(dir, "data"), os.Environ(),
		fmt.Sprintf("auth: {htpasswd: {realm: test, path: %q}}\n", filepath.Join(dir, "htpasswd")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return addr
}

// withDocker runs a client with a configuration of Docker.
func (l *laboratory) withDocker(t *testing.T, config string, args ...string) (stdout, log string, code int) {
	t.Helper()
	dir := t.TempDir()
	edit(t, dir, "config.json", config)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(slices.Clone(l.daemon.env), "DOCKER_CONFIG="+dir, "PATH="+dir+":"+os.Getenv("PATH"))
	var out strings.Builder
	var said testbed.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String()+said.String(), canary) {
		t.Error("the password is in what the client says")
	}
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

// TestPrivateRegistry pushes to a registry with a password, which Docker's configuration has, and reads a base image of it; what is handed to
// programs names the image that is there. The metadata are those of buildx for the same build.
func TestPrivateRegistry(t *testing.T) {
	l := setUp(t)
	addr := privateRegistry(t)
	config := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, addr, base64.StdEncoding.EncodeToString([]byte("ci:"+canary)))
	dir, files := example(t, "hello"), t.TempDir()
	image, refs := addr+"/me/app", filepath.Join(files, "refs")
	args := []string{"--platform", "linux/amd64,linux/arm64", "-t", image + ":1", "-t", image + ":latest", "--push", "--progress", "plain"}
	modship := []string{l.modship, "build", "--addr", l.daemon.Addr}
	stdout, log, code := l.withDocker(t, config, slices.Concat(modship, args, []string{"-q", "--image-ref-file", refs, "--metadata-file", filepath.Join(files, "ours"), dir})...)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	ours := readMetadata(t, filepath.Join(files, "ours"))
	want := fmt.Sprintf("%s@%s\n", image, ours["containerimage.digest"])
	if got := string(readFile(t, refs)); stdout != want || got != want {
		t.Errorf("standard output is %q, the file has %q, want %q", stdout, got, want)
	}
	if want := image + ":1," + image + ":latest"; ours["image.name"] != want {
		t.Errorf("the name is %v, want %v", ours["image.name"], want)
	}

	args = append(args, "--provenance=false", "--metadata-file", filepath.Join(files, "theirs"))
	if _, log, code := l.withDocker(t, config, slices.Concat([]string{filepath.Join(l.tools, "buildx"), "build", "--builder", builderName}, l.machineFlags(build{}), args, []string{dir})...); code != 0 {
		t.Fatalf("buildx: exit code %d\n%s", code, log)
	}
	theirs := readMetadata(t, filepath.Join(files, "theirs"))
	only := []string{"buildx.build.ref", "buildx.build.provenance/linux/amd64", "buildx.build.provenance/linux/arm64", "buildx.build.provenance"}
	maps.DeleteFunc(theirs, func(key string, _ any) bool { return slices.Contains(only, key) })
	if diff := cmp.Diff(slices.Sorted(maps.Keys(theirs)), slices.Sorted(maps.Keys(ours))); diff != "" {
		t.Errorf("keys of the metadata (-buildx +modship):\n%s", diff)
	}

	edit(t, dir, "modship.yaml", "image: {base: "+image+":1}\n")
	based := []string{"-f", filepath.Join(dir, "modship.yaml"), "--platform", "linux/amd64", "--progress", "plain", "-o", "type=oci,dest=" + filepath.Join(files, "based.tar"), dir}
	if _, log, code := l.withDocker(t, config, slices.Concat(modship, based)...); code != 0 {
		t.Fatalf("with a private base: exit code %d\n%s", code, log)
	}

	missing := fmt.Sprintf(`{"credHelpers": {%q: "missing", %q: "missing"}}`, addr, l.registry)
	_, log, code = l.withDocker(t, missing, slices.Concat(modship, args[:2], []string{"-t", image + ":2", "--push", dir})...)
	if code != 1 || !strings.Contains(log, "there is no password for "+addr) || !strings.Contains(log, "docker-credential-missing") {
		t.Errorf("without the helper: exit code %d\n%s", code, log)
	}
	_, log, code = l.withDocker(t, missing, slices.Concat(modship, []string{"-t", l.registry + "/logins/app:1", "--push", example(t, "hello")})...)
	if code != 0 || strings.Contains(log, "error:") {
		t.Errorf("a public registry: exit code %d\n%s", code, log)
	}
}

func readMetadata(t *testing.T, file string) map[string]any {
	t.Helper()
	var values map[string]any
	if err := json.Unmarshal(readFile(t, file), &values); err != nil {
		t.Fatal(err)
	}
	return values
}
