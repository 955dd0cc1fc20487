package frontend

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// seedOf gives the configuration of the image of dependencies that usesWords is compiled with.
func seedOf(t *testing.T) ocispecs.Image {
	t.Helper()
	c := newSeededClient(t, "")
	var config ocispecs.Image
	if err := json.Unmarshal(mustBuild(t, c).Metadata[exptypes.ExporterImageConfigKey], &config); err != nil {
		t.Fatal(err)
	}
	return config
}

// newSeededClient is for a build of the compile cache alone, on a machine on which nothing is kept, of which deps compiles nothing.
func newSeededClient(t *testing.T, config string) *gatewaytest.Client {
	t.Helper()
	c := newWordsClient(t)
	c.Options["target"], c.Kept = "compile-cache", t.TempDir()
	c.Steps["deps"] = func(context.Context, *gatewaytest.Step) error { return nil }
	name := filepath.Join(c.Locals["context"], "modship.yaml")
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, append(text, config...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSeed: a machine without compiled packages starts from those of an image that fits, whoever names it. Without one it builds, and says
// once what the matter is.
func TestSeed(t *testing.T) {
	const ref, entry = "registry.example/app:seed", "ab/ab00000000000000000000000000000000000000000000000000000000000000-d"
	config := seedOf(t)
	dir := filepath.Join(t.TempDir(), "seed")
	for _, name := range []string{entry, "ab/readme", "trim.txt"} {
		if err := os.MkdirAll(filepath.Join(dir, "ab"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("a package\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fits := func(c *gatewaytest.Client, name string) {
		var roots []gatewaytest.Root
		for _, arch := range []string{"amd64", "arm64"} {
			config.Architecture = arch
			roots = append(roots, gatewaytest.Root{Dir: dir, Config: config})
		}
		c.AddImage(name, roots...)
	}
	for name, tc := range map[string]struct {
		config  string
		prepare func(c *gatewaytest.Client)
		taken   int
		warning string
	}{
		"configured": {config: "cache: {seed: " + ref + "}\n", prepare: func(c *gatewaytest.Client) { fits(c, ref) }, taken: 2},
		"given": {taken: 2, config: "cache: {seed: registry.example/other}\n", prepare: func(c *gatewaytest.Client) {
			fits(c, ref)
			c.Options["context:modship-seed"] = "docker-image://" + ref
		}},
		"isolated": {config: "cache: isolated\n", prepare: func(c *gatewaytest.Client) {
			fits(c, ref)
			c.Options["context:modship-seed"] = "docker-image://" + ref
		}},
		"kept": {config: "cache: {seed: " + ref + "}\n", prepare: func(c *gatewaytest.Client) {
			c.Steps["seed"] = func(_ context.Context, step *gatewaytest.Step) error {
				return os.WriteFile(filepath.Join(step.Folder("/said"), "seed.json"), []byte(`{"kept": 1}`), 0o644)
			}
		}},
		"refused": {config: "cache: {seed: " + ref + "}\n", prepare: func(c *gatewaytest.Client) {
			fits(c, ref)
			c.Options["context:modship-seed"] = NoSeed
		}},
		"missing": {config: "cache: {seed: " + ref + "}\n", warning: "the seed " + ref + " does not serve linux/amd64, linux/arm64: failed to resolve source metadata for registry.example/app:seed: registry.example/app:seed: not found"},
		"unfit": {config: "cache: {seed: " + ref + "}\n", prepare: func(c *gatewaytest.Client) {
			config.Architecture = "amd64"
			other := config
			other.Config.Labels = map[string]string{}
			for key := range config.Config.Labels {
				other.Config.Labels[key] = "other"
			}
			other.Architecture = "arm64"
			c.AddImage(ref, gatewaytest.Root{Dir: dir, Config: config}, gatewaytest.Root{Dir: dir, Config: other})
		}, taken: 1, warning: "does not serve linux/arm64: it was compiled with other Go"},
		"no seed": {config: "cache: {seed: " + ref + "}\n", prepare: func(c *gatewaytest.Client) {
			c.AddImage(ref, gatewaytest.Root{Dir: dir, Config: ocispecs.Image{Platform: ocispecs.Platform{OS: "linux"}}})
		}, warning: "it is no image of --target compile-cache"},
		"no image": {prepare: func(c *gatewaytest.Client) {
			c.Locals["modship-seed"] = dir
			c.Options["context:modship-seed"] = "local:modship-seed"
		}, warning: "it is no image"},
		"cut off": {config: "cache: {seed: " + ref + "}\n", prepare: func(c *gatewaytest.Client) {
			fits(c, ref)
			c.Running = func(name string) error {
				if strings.HasSuffix(name, "take compiled packages of the seed") {
					return os.ErrDeadlineExceeded
				}
				return nil
			}
		}, warning: "i/o timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newSeededClient(t, tc.config)
			c.Options["platform"] = "linux/amd64,linux/arm64"
			if tc.prepare != nil {
				tc.prepare(c)
			}
			mustBuild(t, c)
			var said []string
			for _, w := range c.Warnings() {
				said = append(said, w.Text)
			}
			if tc.warning == "" && len(said) > 0 || tc.warning != "" && (len(said) != 1 || !strings.Contains(said[0], tc.warning)) {
				t.Errorf("warnings are %q, want %q", said, tc.warning)
			}
			var taken, rest []string
			if err := filepath.WalkDir(c.Kept, func(name string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				if strings.HasSuffix(name, entry) {
					taken = append(taken, name)
				} else if strings.Contains(name, "deps") {
					rest = append(rest, name)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if len(taken) != tc.taken || len(rest) > 0 {
				t.Errorf("kept are %q and %q, want the entry for %d platforms", taken, rest, tc.taken)
			}
			if tc.config == "cache: isolated\n" && slices.ContainsFunc(c.Ran(), func(name string) bool { return strings.Contains(name, " seed] ") }) {
				t.Errorf("an isolated build looks for a seed: %q", c.Ran())
			}
		})
	}
}
