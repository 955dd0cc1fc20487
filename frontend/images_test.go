package frontend

import (
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
)

func TestWithoutDigest(t *testing.T) {
	dgst := "@" + digest.FromString("x").String()
	for ref, want := range map[string]string{
		"debian":                          "debian",
		"docker.io/library/debian:12":     "docker.io/library/debian:12", // as it was typed
		"debian" + dgst:                   "debian",
		"debian:12" + dgst:                "debian:12",
		"localhost:5000/a/b" + dgst:       "localhost:5000/a/b",
		"ghcr.io/x/y:1.2-slim" + dgst:     "ghcr.io/x/y:1.2-slim",
		"docker.io/library/a:1" + dgst:    "a:1",
		"registry.example:443/a:1" + dgst: "registry.example:443/a:1",
	} {
		if got, err := withoutDigest(ref); err != nil || got != want {
			t.Errorf("%s: got %s (%v), want %s", ref, got, err, want)
		}
	}
	if got, err := withoutDigest("a b"); err == nil {
		t.Errorf("no reference: got %s", got)
	}
}

func TestWithDigest(t *testing.T) {
	dgst := digest.FromString("x")
	other := digest.FromString("y")
	for ref, want := range map[string]string{
		"debian":                                  "docker.io/library/debian@" + dgst.String(),
		"debian:12":                               "docker.io/library/debian@" + dgst.String(),
		"localhost:5000/a/b:c":                    "localhost:5000/a/b@" + dgst.String(),
		"ghcr.io/x/y:1@" + other.String():         "ghcr.io/x/y@" + dgst.String(),
		"docker.io/library/z@" + other.String():   "docker.io/library/z@" + dgst.String(),
		"registry.example:443/deep/er/name:t-a.g": "registry.example:443/deep/er/name@" + dgst.String(),
	} {
		got, err := withDigest(ref, dgst)
		if err != nil || got != want {
			t.Errorf("%s: got %s (%v), want %s", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "docker.io/Upper", "a b", strings.Repeat("a", 64)} {
		if got, err := withDigest(ref, dgst); err == nil {
			t.Errorf("%q: got %s", ref, got)
		}
	}
	if got, err := withDigest("debian", "sha256:short"); err == nil {
		t.Errorf("a broken digest: got %s", got)
	}
}

// TestIsFor: an image of one platform is no base for another, and an older variant of the same processor is.
func TestIsFor(t *testing.T) {
	for _, c := range []struct {
		config, want string
		ok           bool
	}{
		{`{"os":"linux","architecture":"arm64"}`, "linux/arm64", true},
		{`{"os":"linux","architecture":"arm64","variant":"v8"}`, "linux/arm64", true},
		{`{"os":"linux","architecture":"amd64"}`, "linux/amd64/v3", true},
		{`{"os":"linux","architecture":"amd64","variant":"v2"}`, "linux/amd64/v3", true},
		{`{"os":"linux","architecture":"arm"}`, "linux/arm/v5", true},
		{`{"os":"linux","architecture":"arm","variant":"v6"}`, "linux/arm/v7", true},
		{`{"os":"linux","architecture":"riscv64"}`, "linux/riscv64/rva22u64", true},
		{`{}`, "linux/amd64", true}, // of tools that write no platform
		{`{"os":"linux","architecture":"arm64"}`, "linux/amd64", false},
		{`{"os":"linux","architecture":"386"}`, "linux/amd64", false},
		{`{"os":"linux","architecture":"arm","variant":"v7"}`, "linux/arm64", false},
		{`{"os":"linux","architecture":"arm","variant":"v7"}`, "linux/arm/v6", false},
		{`{"os":"linux","architecture":"amd64","variant":"v3"}`, "linux/amd64", false},
		{`{"os":"windows","architecture":"amd64"}`, "linux/amd64", false},
		{`no JSON`, "linux/amd64", false},
	} {
		if err := isFor([]byte(c.config), platforms.MustParse(c.want)); (err == nil) != c.ok {
			t.Errorf("%s for %s: %v", c.config, c.want, err)
		}
	}
}
