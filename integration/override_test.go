//go:build linux

package integration

import (
	"testing"
)

const overrideConfig = `
metadata: {vendor: Derived Ltd, authors: Derived}
image:
  labels:
    org.opencontainers.image.vendor: Labelled Ltd
    org.opencontainers.image.title: null
    golang.org/module: null
    org.opencontainers.image.description: of the label
    com.example.team: core
  annotations:
    org.opencontainers.image.description: of the annotation
    org.opencontainers.image.url: https://example.com/annotated
    org.opencontainers.image.source: null
    com.example.tier: "1"
`

// overrides are what the levels say of a key; "" is for a key that is not there.
var overrides = []struct{ key, label, manifest, index string }{
	{"org.opencontainers.image.vendor", "Labelled Ltd", "Labelled Ltd", "Labelled Ltd"},
	{"org.opencontainers.image.title", "", "", ""},
	{"golang.org/module", "", "", ""},
	{"golang.org/version", "go1.26.11", "go1.26.11", "go1.26.11"},
	{"org.opencontainers.image.description", "of the label", "of the annotation", "of the annotation"},
	{"org.opencontainers.image.url", "https://example.com/annotated", "https://example.com/annotated", "https://example.com/annotated"},
	{"com.example.team", "command", "", ""},
	{"com.example.tier", "", "1", "1"},
	// --label wins everywhere. --annotation wins in the client; through BuildKit it loses where the frontend says something, and has its
	// way where that was removed.
	{"org.opencontainers.image.authors", "Command", "Command", "Command"},
	{"org.opencontainers.image.source", "", "https://example.com/annotation", ""},
	{"com.example.more", "", "manifest", "index"},
}

// TestOverrides replaces and removes keys, in the configuration and on the command line.
func TestOverrides(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		r := m.build(t, build{dir: newCheckout(t, overrideConfig), platforms: twoPlatforms, flags: []string{
			"--label", "com.example.team=command",
			"--label", "org.opencontainers.image.authors=Command",
			"--annotation", "org.opencontainers.image.authors=Annotated",
			"--annotation", "org.opencontainers.image.source=https://example.com/annotation",
			"--annotation", "com.example.more=manifest",
			"--annotation", "index:com.example.more=index",
		}})
		levels := levelsOf(t, m.name, r.open(t))
		if len(levels) != 1+2*3 {
			t.Errorf("%d levels: %q", len(levels), levels)
		}
		for _, l := range levels {
			for _, o := range overrides {
				want := map[levelKind]string{labelLevel: o.label, manifestLevel: o.manifest, indexLevel: o.index}
				if o.key == "org.opencontainers.image.authors" && m.name == client.name {
					want[manifestLevel] = "Annotated"
				}
				if value, ok := want[l.kind]; ok && l.values[o.key] != value {
					t.Errorf("%s is %q in %s, want %q", o.key, l.values[o.key], l, value)
				}
			}
		}
	})
}
