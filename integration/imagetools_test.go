//go:build linux

package integration

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// The commands that look at images are told apart from modship, so they are tested on images that others made, too.

// imageTools are the three commands, and what they are held against.
type imageTools struct {
	*laboratory
	dir string
}

func newImageTools(t *testing.T) imageTools {
	t.Helper()
	tools := imageTools{setUp(t), t.TempDir()}
	need(t, "skopeo", "skopeo")
	need(t, "umoci", "umoci")
	need(t, "readelf", "binutils")
	for _, name := range []string{"oci-diff", "cgo-check", "oci-lint-go"} {
		tools.run(t, 0, "go", "build", "-buildvcs=false", "-o", filepath.Join(tools.dir, name), "../cmd/"+name)
	}
	crane, err := engine.Tools(t.Context(), tools.cache, os.Stderr, "crane")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(crane, "crane"), filepath.Join(tools.dir, "crane")); err != nil {
		t.Fatal(err)
	}
	if _, err := testbed.BuildTool(t.Context(), "..", "regctl", tools.dir); err != nil {
		t.Fatal(err)
	}
	return tools
}

// run runs one of the tools, or another program, wants a code to exit with and gives what it prints on standard output.
func (i imageTools) run(t *testing.T, code int, name string, args ...string) string {
	t.Helper()
	if own := filepath.Join(i.dir, name); exists(own) {
		name = own
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "HOME="+i.dir, "GOCACHE="+goCache(t), "GOMODCACHE="+modCache(t))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("%s %q: exit code %d, %v\n%s%s", name, args, got, err, out, &stderr)
	}
	return string(out)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func goCache(t *testing.T) string  { return mustGoEnv(t, "GOCACHE") }
func modCache(t *testing.T) string { return mustGoEnv(t, "GOMODCACHE") }

func mustGoEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := goEnv(name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (i imageTools) regctl(t *testing.T, args ...string) string {
	t.Helper()
	return i.run(t, 0, "regctl", append([]string{"--host", "reg=" + i.registry + ",tls=disabled"}, args...)...)
}

// images are references by what made the images. All of them hold a program that a build of modship made.
func (i imageTools) images(t *testing.T) map[string]string {
	t.Helper()
	repository := i.registry + "/imagetools:"
	all := map[string]string{}
	all["modship"] = client.build(t, build{dir: example(t, "hello"), platforms: "linux/amd64,linux/arm64", push: "imagetools:modship"}).pushed

	// buildx builds a Dockerfile, with the frontend that is in BuildKit.
	dir := t.TempDir()
	i.run(t, 0, "go", "-C", "../examples/hello", "build", "-buildvcs=false", "-o", filepath.Join(dir, "app"))
	edit(t, dir, "Dockerfile", "FROM scratch\nCOPY app /app\nUSER root:root\nENTRYPOINT [\"/app\"]\n")
	all["buildx"] = repository + "buildx"
	if log, code := run(t, docker(t, "buildx", "build", "--builder", builderName, "--provenance", "mode=max", "--output",
		"type=image,push=true,oci-mediatypes=true,name="+all["buildx"], dir)); code != 0 {
		t.Fatal(log)
	}

	// crane adds a layer to the image for one platform, and changes its configuration.
	edit(t, dir, "note", "text\n")
	i.run(t, 0, "tar", "-C", dir, "-cf", filepath.Join(dir, "layer.tar"), "note")
	all["crane"] = repository + "crane"
	i.run(t, 0, "crane", "--platform", "linux/amd64", "append", "-b", all["modship"], "-f", filepath.Join(dir, "layer.tar"), "-t", all["crane"])
	i.run(t, 0, "crane", "mutate", all["crane"], "--user", "0:0", "--label", "org.opencontainers.image.version=v9.9.9", "-t", all["crane"])

	// umoci makes an image of nothing, and skopeo copies it.
	image := filepath.Join(dir, "layout") + ":1"
	i.run(t, 0, "umoci", "init", "--layout", filepath.Join(dir, "layout"))
	i.run(t, 0, "umoci", "new", "--image", image)
	i.run(t, 0, "umoci", "insert", "--image", image, filepath.Join(dir, "app"), "/app")
	i.run(t, 0, "umoci", "config", "--image", image, "--os", "linux", "--architecture", "amd64", "--config.user", "1001:1001", "--config.entrypoint", "/app")
	all["umoci"] = repository + "umoci"
	i.run(t, 0, "skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", "oci:"+image, "docker://"+all["umoci"])
	return all
}

// TestImageTools looks at images that modship, buildx, crane and umoci made with all commands, and holds what these say against crane,
// regctl, skopeo, readelf and the go command.
func TestImageTools(t *testing.T) {
	i := newImageTools(t)
	images := i.images(t)
	for name, ref := range images {
		t.Run(name, func(t *testing.T) {
			i.documents(t, ref)
			i.program(t, ref)
		})
	}
	for name, want := range map[string][]string{
		"modship": nil,
		"buildx":  {"user warn"},
		"crane":   {"user warn"},
		"umoci":   nil,
	} {
		i.finds(t, images[name], want)
	}
	i.differs(t, images)
	t.Run("cosign", func(t *testing.T) { i.cosign(t, images["modship"]) })
}

// documents compares digests and bytes of what a reference leads to with what others read.
func (i imageTools) documents(t *testing.T, ref string) {
	t.Helper()
	i.run(t, 0, "crane", "validate", "--remote", ref)
	raw := i.run(t, 0, "crane", "manifest", ref)
	digest := strings.TrimSpace(i.run(t, 0, "crane", "digest", ref))
	type view struct {
		Image    struct{ Digest, Platform string }
		Index    json.RawMessage
		Manifest json.RawMessage
		Labels   map[string]string
	}
	for text := json.NewDecoder(strings.NewReader(i.run(t, 0, "oci-lint-go", "view", ref))); text.More(); {
		var v view
		if err := text.Decode(&v); err != nil {
			t.Fatal(err)
		}
		at := i.registry + "/imagetools@" + v.Image.Digest
		same(t, "manifest of crane", i.run(t, 0, "crane", "manifest", at), string(v.Manifest))
		same(t, "manifest of regctl", i.regctl(t, "manifest", "get", "--format", "raw-body", at), string(v.Manifest))
		same(t, "manifest of skopeo", i.run(t, 0, "skopeo", "inspect", "--raw", "--tls-verify=false", "docker://"+at), string(v.Manifest))
		if string(v.Index) != "null" {
			same(t, "index of crane", raw, string(v.Index))
		} else if digest != v.Image.Digest {
			t.Errorf("digest %s, crane has %s", v.Image.Digest, digest)
		}
		var seen struct {
			Digest string
			Labels map[string]string
		}
		if err := json.Unmarshal([]byte(i.run(t, 0, "skopeo", "inspect", "--tls-verify=false", "docker://"+at)), &seen); err != nil {
			t.Fatal(err)
		}
		if seen.Digest != v.Image.Digest || len(seen.Labels)+len(v.Labels) > 0 && !cmp.Equal(seen.Labels, v.Labels) {
			t.Errorf("skopeo has %+v, and the view %s %v", seen, v.Image.Digest, v.Labels)
		}
	}
	if got := strings.TrimSpace(i.regctl(t, "manifest", "head", ref)); got != digest {
		t.Errorf("regctl has the digest %s, and crane %s", got, digest)
	}
}

// same compares JSON by what it means: a view indents it.
func same(t *testing.T, what, want, got string) {
	t.Helper()
	var a, b any
	if json.Unmarshal([]byte(want), &a) != nil || json.Unmarshal([]byte(got), &b) != nil || !cmp.Equal(a, b) {
		t.Errorf("%s: %s\n%s", what, want, got)
	}
}

// program compares what is said of the program for amd64 with the go command's view and readelf's of its file.
func (i imageTools) program(t *testing.T, ref string) {
	t.Helper()
	var report struct {
		Programs []struct {
			Path, Verdict string
			Go            struct {
				Version, Path string
				Settings      map[string]string
			}
			Link struct {
				Interpreter string
				Needed      []string
			}
			Stripped bool
		}
	}
	if err := json.Unmarshal([]byte(i.run(t, 0, "cgo-check", "--platform", "linux/amd64", "--image", ref, "-o", "json")), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Programs) != 1 {
		t.Fatalf("%+v", report)
	}
	p := report.Programs[0]
	dir := t.TempDir()
	archive := filepath.Join(dir, "files.tar")
	i.run(t, 0, "crane", "--platform", "linux/amd64", "export", ref, archive)
	if err := unpack(archive, dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, p.Path)
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if p.Go.Version != info.GoVersion || p.Go.Path != info.Path || !cmp.Equal(settings, p.Go.Settings) || p.Verdict != "none" {
		t.Errorf("go version -m has %s, and cgo-check %+v", info, p)
	}
	needed := strings.Count(i.run(t, 0, "readelf", "-dW", file), "(NEEDED)")
	interpreter := strings.Contains(i.run(t, 0, "readelf", "-lW", file), "INTERP")
	symbols := strings.Contains(i.run(t, 0, "readelf", "-SW", file), " .symtab ")
	if needed != len(p.Link.Needed) || interpreter != (p.Link.Interpreter != "") || symbols == p.Stripped {
		t.Errorf("readelf: %d libraries, interpreter %t, symbols %t; cgo-check: %+v", needed, interpreter, symbols, p)
	}
}

// finds wants findings of the linter, each as its rule and level.
func (i imageTools) finds(t *testing.T, ref string, want []string) {
	t.Helper()
	code := 1
	if want == nil {
		code = 0
	}
	var result struct {
		Findings []struct{ Rule, Level string }
	}
	if err := json.Unmarshal([]byte(i.run(t, code, "oci-lint-go", "scan", "-o", "json", "--image", ref)), &result); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range result.Findings {
		if f.Level != "info" {
			got = append(got, f.Rule+" "+f.Level)
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !cmp.Equal(want, got) {
		t.Errorf("%s: %q, want %q", ref, got, want)
	}
}

// differs compares images with what regctl and skopeo make of them, of which both say what they change.
func (i imageTools) differs(t *testing.T, images map[string]string) {
	t.Helper()
	mod := func(from string, flags ...string) string {
		to := i.registry + "/imagetools:changed"
		i.regctl(t, append([]string{"image", "mod", from, "--create", to}, flags...)...)
		return to
	}
	says := func(code int, want, a, b string, flags ...string) {
		t.Helper()
		got, _, _ := strings.Cut(i.run(t, code, "oci-diff", append(flags, a, b)...), "\n")
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	umoci, modship := images["umoci"], images["modship"]
	says(0, "identical", modship, modship)
	says(1, "different in media types only", umoci, mod(umoci, "--to-docker"))
	says(1, "different in metadata only", umoci, mod(umoci, "--label", "a=b"))
	says(1, "different in compression and media types", umoci, mod(umoci, "--layer-compress", "zstd"), "--ignore", "history,created,formatting")
	says(1, "different in file times only", umoci, mod(umoci, "--layer-time", "set=2021-02-03T04:05:06Z"), "--ignore", "history,created")
	copied := "oci:" + filepath.Join(t.TempDir(), "copy") + ":1"
	i.run(t, 0, "skopeo", "copy", "--all", "--insecure-policy", "--src-tls-verify=false", "docker://"+modship, copied)
	says(0, "identical", modship, copied)
}
