package config

import (
	"slices"
	"testing"
)

func targetOf(t *testing.T, text, target string, args map[string]string) *Config {
	t.Helper()
	f, err := Parse("modship.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Target(target, args)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func digestOf(t *testing.T, text, target string, args map[string]string) string {
	t.Helper()
	d, err := targetOf(t, text, target, args).Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

const digested = "args: {MODE: prod}\nbuild: {tags: [a]}\nimage: {env: {MODE: \"${MODE}\", A: \"1\"}, user: 1:2}\n"

// TestDigestSame: what changes no image changes no digest.
func TestDigestSame(t *testing.T) {
	want := digestOf(t, digested, "", nil)
	for name, text := range map[string]string{
		"a syntax line and comments": "# syntax=example.com/modship\n# more\n" + digested,
		"another order":              "image: {user: 1:2, env: {A: \"1\", MODE: \"${MODE}\"}}\nbuild: {tags: [a]}\nargs: {MODE: prod}\n",
		"the value of the argument":  "build: {tags: [a]}\nimage: {env: {MODE: prod, A: \"1\"}, user: 1:2}\n",
		"the way to modules":         digested + "modules: {proxy: https://proxy.example, private: [corp.example]}\n",
		"the cache":                  digested + "cache: isolated\n",
		"the seed":                   digested + "cache: {seed: registry.example/app:seed}\n",
		"platforms":                  digested + "platforms: [linux/arm64]\n",
		"attestations":               digested + "sbom: off\n",
		"another target":             digested + "targets: {other: {image: {user: 3:4}}}\n",
	} {
		if got := digestOf(t, text, "", nil); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := digestOf(t, digested, "", map[string]string{"MODE": "prod", "OTHER": "x"}); got != want {
		t.Errorf("the default of the argument, given: %s, want %s", got, want)
	}
}

func TestDigestOther(t *testing.T) {
	seen := map[string]string{digestOf(t, digested, "", nil): "itself", digestOf(t, "", "", nil): "empty"}
	for name, c := range map[string]struct {
		text, target string
		args         map[string]string
	}{
		"an argument":   {digested, "", map[string]string{"MODE": "test"}},
		"a target":      {digested + "targets: {other: {image: {user: 3:4}}}\n", "other", nil},
		"Go":            {digested + "go: \"1.26\"\n", "", nil},
		"an empty list": {digested + "  \nmetadata: {vendor: x}\n", "", nil},
		"null":          {"image: {labels: {a: null}}\n", "", nil},
		"a label":       {"image: {labels: {a: \"\"}}\n", "", nil},
	} {
		got := digestOf(t, c.text, c.target, c.args)
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[got] = name
	}
}

// TestDigestKept: the digest is in images that are there already. A new key must not change it where a file does not have it.
func TestDigestKept(t *testing.T) {
	const want = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
	if got := digestOf(t, "# nothing\n", "", nil); got != want {
		t.Errorf("the empty configuration has %s, want %s", got, want)
	}
}

func TestChanged(t *testing.T) {
	f, err := Parse("modship.yaml", []byte("args: {B: x, A: y, C: z}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Changed(map[string]string{"A": "other", "B": "", "C": "z", "D": "d"}); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("got %q", got)
	}
}
