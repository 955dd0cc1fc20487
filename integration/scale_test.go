//go:build linux

package integration

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/scale.md is about several daemons. What it has readers type is typed here, section by section, by a builder of two daemons of this
// machine in the place of theirs.

// farm is a builder of two nodes, one for each platform.
type farm struct {
	*laboratory
	page string
	dir  string // the context, with the files of the page in it
	env  []string
	// ours puts what is here in the place of what the page names.
	ours     *strings.Replacer
	requests *requestCounter
	proxy    string // GOPROXY of all builds, which counts requests
}

// newFarm starts the nodes, and makes of them the builder of the page's first section. More are pairs of what the page names and what is
// here.
func newFarm(t *testing.T, more ...string) *farm {
	t.Helper()
	f := &farm{laboratory: setUp(t), page: string(readFile(t, "../docs/scale.md")), dir: example(t, "web"), requests: &requestCounter{}}
	proxy := httptest.NewServer(f.requests.count("/", goProxy(t, nil)))
	t.Cleanup(proxy.Close)
	f.proxy = proxy.URL
	bin := t.TempDir()
	if err := os.Symlink(f.modship, filepath.Join(bin, "modship")); err != nil {
		t.Fatal(err)
	}
	f.env = append(docker(t, "buildx").Env, "BUILDX_CONFIG="+t.TempDir(), "PATH="+bin+":"+os.Getenv("PATH"))

	flags := append(f.machineFlags(build{args: f.args()}), "--progress", "plain", "--build-arg", f.args()[0])
	settings := []string{"--progress", "plain", "--allow", "'fs=*'", "--set", "'*.args." + f.args()[0] + "'"}
	if bundle := systemBundle(); bundle != "" {
		settings = append(settings, "--set", "'*.secrets=id=ca,src="+bundle+"'")
	}
	f.ours = strings.NewReplacer(append([]string{
		"localhost:5001", f.registry,
		"tcp://amd64.builders.example.com:1234", freshDaemon(t).Addr,
		"tcp://arm64.builders.example.com:1234", freshDaemon(t).Addr,
		"docker buildx build ", "docker buildx build " + strings.Join(flags, " ") + " ",
		"docker buildx bake ", "docker buildx bake " + strings.Join(settings, " ") + " ",
	}, more...)...)
	for _, block := range pageBlock.FindAllStringSubmatch(f.page, -1) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(block[2], "# "), "\n"); ok && block[1] == "hcl" {
			edit(t, f.dir, name, f.ours.Replace(block[2]))
		}
	}
	return f
}

func (f *farm) args() []string { return []string{"GOPROXY=" + f.proxy} }

var (
	pageBlock   = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	pageCommand = regexp.MustCompile(`(?m)^\$ (.*)$`)
)

// section runs the commands below a heading of the page, and gives what they printed.
func (f *farm) section(t *testing.T, heading string) (log string) {
	t.Helper()
	for _, command := range f.commands(t, heading) {
		log += f.shell(t, command)
	}
	return log
}

// onFresh runs the same with a builder of one daemon that has nothing.
func (f *farm) onFresh(t *testing.T, heading string) (log string) {
	t.Helper()
	f.shell(t, "docker buildx rm fresh 2>/dev/null; docker buildx create --name fresh --driver remote "+freshDaemon(t).Addr)
	for _, command := range f.commands(t, heading) {
		log += f.shell(t, strings.ReplaceAll(command, "--builder farm", "--builder fresh"))
	}
	return log
}

// commands are those below a heading of the page.
func (f *farm) commands(t *testing.T, heading string) (commands []string) {
	t.Helper()
	_, text, _ := strings.Cut(f.page, "\n## "+heading+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for _, block := range pageBlock.FindAllStringSubmatch(text, -1) {
		for _, command := range pageCommand.FindAllStringSubmatch(block[2], -1) {
			commands = append(commands, command[1])
		}
	}
	if commands == nil {
		t.Fatalf("the page has no section %q with commands", heading)
	}
	return commands
}

func (f *farm) shell(t *testing.T, command string) string {
	t.Helper()
	log, code := f.try(t, command)
	if code != 0 {
		t.Fatalf("%s: exit code %d\n%s", command, code, log)
	}
	return log
}

func (f *farm) try(t *testing.T, command string) (log string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", f.ours.Replace(command))
	cmd.Dir, cmd.Env = f.dir, f.env
	return run(t, cmd)
}

// pushed is what is in the registry.
func (f *farm) pushed(reference string) result {
	return result{pushed: f.registry + "/" + reference}
}

// likeOneDaemon wants an index to have the images that one daemon makes of the context for both platforms, with an attestation each.
func (f *farm) likeOneDaemon(t *testing.T, reference string, one map[string]string) {
	t.Helper()
	r := f.pushed(reference)
	if diff := cmp.Diff(one, digests(t, r)); diff != "" {
		t.Errorf("digests of the images (-one daemon +several):\n%s", diff)
	}
	index, err := r.index(t).IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var attested []string
	for _, d := range index.Manifests {
		if d.Annotations["vnd.docker.reference.type"] == "attestation-manifest" {
			attested = append(attested, d.Annotations["vnd.docker.reference.digest"])
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Values(one)), slices.Sorted(slices.Values(attested))); diff != "" {
		t.Errorf("images with attestations (-want +got):\n%s", diff)
	}
	for platform, img := range r.images(t) {
		if got := programOf(t, img).output(t, "-check"); !strings.HasSuffix(got, "is ready to listen on :8080\n") {
			t.Errorf("the program for %s printed %q", platform, got)
		}
	}
}

// forgetRequests starts to count anew.
func (f *farm) forgetRequests() {
	f.requests.mu.Lock()
	defer f.requests.mu.Unlock()
	f.requests.files = nil
}

// startsFromCache wants a log of bake to show no work but that of clients, and no module to have been asked for.
func (f *farm) startsFromCache(t *testing.T, log string) {
	t.Helper()
	for _, arch := range []string{"amd64", "arm64"} {
		r := result{log: strings.ReplaceAll(log, "[web-"+arch+" ", "[")}
		r.cached(t, "analyze", "linux/"+arch+" deps", "linux/"+arch+" compile")
		r.reused(t, "toolchain", "modules")
	}
	f.requests.wants(t)
}

// TestScale runs the commands of docs/scale.md, but for those of S3.
func TestScale(t *testing.T) {
	if !full() {
		t.Skip("it builds on seven fresh daemons, which takes minutes: set MODSHIP_TEST_FULL")
	}
	f := newFarm(t)
	oneDaemon := syntax.build(t, build{dir: f.dir, platforms: twoPlatforms, args: f.args(), push: "web:one"})
	one := digests(t, oneDaemon)

	t.Run("nodes", func(t *testing.T) {
		f.section(t, "A node for each platform")
		f.likeOneDaemon(t, "web:1", one)
		f.likeOneDaemon(t, "web:one", one)
		annotations := func(r result) map[string]string {
			index, err := r.index(t).IndexManifest()
			if err != nil {
				t.Fatal(err)
			}
			return index.Annotations
		}
		if got := annotations(f.pushed("web:1")); len(got) > 0 {
			t.Errorf("the index has the annotations %q: the page says that buildx leaves them out", got)
		}
		if len(annotations(oneDaemon)) == 0 {
			t.Error("the index of one daemon has no annotations")
		}
		log, code := f.try(t, "docker buildx build --builder farm --platform linux/amd64,linux/arm64 -o type=oci,dest=/dev/null .")
		if code == 0 || !strings.Contains(log, "oci for multi-node builds currently not supported") {
			t.Errorf("an archive of two nodes: exit code %d\n%s", code, log)
		}
	})
	t.Run("caches", func(t *testing.T) {
		f.section(t, "A cache for each platform")
		f.likeOneDaemon(t, "web:1", one)
		f.forgetRequests()
		log := f.onFresh(t, "A cache for each platform")
		f.startsFromCache(t, log)
		f.likeOneDaemon(t, "web:1", one)
	})
	t.Run("both platforms at once", func(t *testing.T) {
		r := client.build(t, build{dir: f.dir, daemon: freshDaemon(t), platforms: twoPlatforms, args: f.args(), push: "web:both",
			flags: []string{"--cache-from", f.cache("main-amd64"), "--cache-from", f.cache("main-arm64")}})
		r.cached(t, "deps")
		f.likeOneDaemon(t, "web:both", one)
	})
	t.Run("one cache", func(t *testing.T) {
		f.shell(t, "docker buildx build --builder farm --platform linux/amd64,linux/arm64 --cache-to "+f.cache("all")+",mode=max .")
		r := client.build(t, build{dir: f.dir, daemon: freshDaemon(t), platforms: twoPlatforms, args: f.args(), noImage: true,
			flags: []string{"--cache-from", f.cache("all")}})
		if amd64, arm64 := len(r.ran("linux/amd64 deps")), len(r.ran("linux/arm64 deps")); (amd64 == 0) == (arm64 == 0) {
			t.Errorf("%d steps compiled dependencies for amd64 and %d for arm64: the page says that the cache has one of them", amd64, arm64)
		}
	})
	t.Run("branches", func(t *testing.T) {
		main, err := imageDigest(f.registry + "/web/cache:main-arm64")
		if err != nil {
			t.Fatal(err)
		}
		edit(t, f.dir, "main.go", string(readFile(t, filepath.Join(f.dir, "main.go")))+"\n// A change.\n")
		f.section(t, "Branches and pull requests")
		for reference, want := range map[string]bool{"web/cache:feature-arm64": true, "web/cache:fork-arm64": false, "web:fork-arm64": true} {
			if got := inRegistry(f.registry + "/" + reference); got != want {
				t.Errorf("that %s is in the registry is %t, want %t", reference, got, want)
			}
		}
		if now, err := imageDigest(f.registry + "/web/cache:main-arm64"); err != nil || now != main {
			t.Errorf("the cache of main is %s, %v: another build wrote it", now, err)
		}
	})
	t.Run("kubernetes", func(t *testing.T) { f.kubernetes(t) })
}

func (f *farm) cache(name string) string {
	return fmt.Sprintf("type=registry,ref=%s/web/cache:%s,compression=zstd", f.registry, name)
}

// kubernetes has buildx read the commands for a cluster that is not there.
func (f *farm) kubernetes(t *testing.T) {
	edit(t, f.dir, "kubeconfig", `
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: none, context: {cluster: none, user: nobody}}]
users: [{name: nobody, user: {token: none}}]
current-context: none
`)
	f.env = append(f.env, "KUBECONFIG="+filepath.Join(f.dir, "kubeconfig"))
	f.section(t, "In Kubernetes")
	wrong := strings.NewReplacer("cluster", "other", "nodeselector=", "nodes=").Replace(f.commands(t, "In Kubernetes")[0])
	if log, code := f.try(t, wrong); code == 0 || !strings.Contains(log, "invalid driver option nodes") {
		t.Errorf("a driver option that there is not: exit code %d\n%s", code, log)
	}
}
