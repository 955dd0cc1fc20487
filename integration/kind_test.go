//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// kindTools has kind, which --load kind hands an archive to.
var kindTools = testbed.Module{Name: "kind"}

// TestLoadKind: kind gets an image of two platforms into a node, and what keeps it from there is said: before the build if kind or the cluster
// is not there, and else in kind's words. The node is what kind takes for one: a container of Docker with its labels, in which a
// containerd runs. There is no Kubernetes in it.
func TestLoadKind(t *testing.T) {
	needFull(t)
	k := kindDesk{startDocker(t), inline(t, twoPrograms), t.TempDir()}
	k.refused(t, "kind", 2, "--load: kind is not in PATH; install it, or write an archive for it: -o type=oci,dest=FILE")
	k.env = append(k.env, "PATH="+buildTools(t, kindTools)+":"+k.tools+":"+os.Getenv("PATH"), "TMPDIR="+k.temporary)
	k.refused(t, "kind", 2, `--load: kind has no cluster named "kind"`)
	k.startNode(t, "dev")
	k.refused(t, "kind", 2, `--load: kind has no cluster named "kind"; it has dev`)

	log, code := k.load(t, "kind:dev", "--platform", twoPlatforms, "--provenance", "mode=min")
	r := result{log: log}
	r.says(t, "loaded kind.example/api:1@sha256:", " into the cluster dev of kind")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	ctr := []string{"exec", "dev-control-plane", "ctr", "--namespace=k8s.io"}
	images := k.must(t, "docker", append(ctr, "images", "check", "name==kind.example/api:1")...)
	if !strings.Contains(images, " complete ") {
		t.Errorf("the node has\n%s", images)
	}
	digest, _, _ := strings.Cut(log[strings.Index(log, "loaded kind.example/api:1@sha256:"):], " into")
	if _, digest, _ = strings.Cut(digest, "@"); !strings.Contains(k.must(t, "docker", append(ctr, "images", "ls")...), digest) {
		t.Errorf("the node has no %s", digest)
	}
	ran := k.must(t, "docker", append(ctr, "run", "--rm", "--cgroup", "", "--platform", "linux/amd64", "kind.example/api:1", "once")...)
	if !strings.HasSuffix(ran, "hello from api\n") { // before it, ctr says what it thinks of the machine
		t.Errorf("in the node the program says %q", ran)
	}

	k.env = append(k.env, "KIND_CLUSTER_NAME=dev")
	k.must(t, "docker", "kill", "dev-control-plane")
	k.refused(t, "kind", 1, "running kind load image-archive: exit status 1: ERROR: ", " failed with error: exit status 1 Command Output: ", "is not running")
	if left, err := os.ReadDir(k.temporary); err != nil || len(left) > 0 {
		t.Errorf("%v, what is left of archives: %v", err, left)
	}
}

// kindDesk is a user of Docker, with a module, and the folder for what is temporary.
type kindDesk struct {
	*dockerDesk
	module, temporary string
}

// load builds with the daemon of the other tests.
func (k kindDesk) load(t *testing.T, load string, flags ...string) (log string, code int) {
	t.Helper()
	args := append([]string{"build", "--addr", lab.daemon.Addr, "--progress", "plain", "--target", "api", "-t", "kind.example/api:1", "--load", load}, flags...)
	return run(t, k.command(t, lab.modship, append(args, k.module)...))
}

func (k kindDesk) refused(t *testing.T, load string, want int, says ...string) {
	t.Helper()
	log, code := k.load(t, load)
	result{log: log}.says(t, says...)
	if steps := strings.Contains(log, "compile"); code != want || steps != (want == 1) {
		t.Errorf("--load %s: exit code %d, want %d\n%s", load, code, want, log)
	}
}

// startNode starts the only node of a cluster.
func (k kindDesk) startNode(t *testing.T, cluster string) {
	t.Helper()
	var files []imageFile
	for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr", "runc"} {
		files = append(files, imageFile{name: "usr/bin/" + name, mode: 0o755, data: readFile(t, filepath.Join(k.tools, name))})
	}
	config := builderEnv
	config.Entrypoint = []string{"containerd"}
	img, err := newImage(config, files...)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := lab.push("kind/node:test", img)
	if err != nil {
		t.Fatal(err)
	}
	name := cluster + "-control-plane"
	k.must(t, "docker", "run", "--detach", "--name", name, "--privileged", "--network=none", "--tmpfs", "/var", "--tmpfs", "/run", "--tmpfs", "/tmp",
		"--label", "io.x-k8s.kind.cluster="+cluster, "--label", "io.x-k8s.kind.role=control-plane", ref)
	k.undo(t, "docker", "rm", "--force", name)
	eventually(t, "containerd in the node answers", nil, func() bool {
		_, code := run(t, k.command(t, "docker", "exec", name, "ctr", "version"))
		return code == 0
	})
}
