//go:build linux

package integration

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// cosign signs an image of modship and attests something of it, with a key of its own and no log. What cosign and the commands that look
// at images then say of it must agree: which artifacts refer to it, what each is about, and whether a copy is the image that was signed.
func (i imageTools) cosign(t *testing.T, ref string) {
	if !full() {
		t.Skip("cosign is compiled for many minutes: set MODSHIP_TEST_FULL")
	}
	if _, err := testbed.BuildTool(t.Context(), "..", "cosign", i.dir); err != nil {
		t.Fatal(err)
	}
	t.Setenv("COSIGN_PASSWORD", "")
	image := func(repository string) string {
		return i.registry + "/" + repository + "@" + strings.TrimSpace(i.run(t, 0, "crane", "digest", i.registry+"/"+repository))
	}
	i.run(t, 0, "crane", "copy", ref, i.registry+"/signed")
	i.run(t, 0, "crane", "copy", ref, i.registry+"/unsigned")
	signed := image("signed")
	dir := t.TempDir()
	key, public, predicate := filepath.Join(dir, "key.key"), filepath.Join(dir, "key.pub"), filepath.Join(dir, "predicate.json")
	edit(t, dir, "predicate.json", `{"built": "well"}`)
	i.run(t, 0, "cosign", "generate-key-pair", "--output-key-prefix", filepath.Join(dir, "key"))
	const kind = "https://example.com/predicate"
	noLog := []string{"--key", key, "--tlog-upload=false", "--use-signing-config=false", "--yes"}
	i.run(t, 0, "cosign", append(append([]string{"sign"}, noLog...), signed)...)
	i.run(t, 0, "cosign", append(append([]string{"attest", "--type", kind, "--predicate", predicate}, noLog...), signed)...)

	// What the tree of cosign has, oci-diff finds missing in the copy that nobody signed.
	var tree []string
	for _, m := range regexp.MustCompile(`via OCI referrer: \S+@(sha256:[0-9a-f]{64})`).FindAllStringSubmatch(i.run(t, 0, "cosign", "tree", signed), -1) {
		tree = append(tree, m[1])
	}
	slices.Sort(tree)
	var report struct {
		Comparisons []struct {
			Identical   bool
			Causes      []string
			Differences []struct {
				In   []string
				A, B string
			}
		}
	}
	if err := json.Unmarshal([]byte(i.run(t, 1, "oci-diff", "--referrers", "-o", "json", signed, image("unsigned"))), &report); err != nil {
		t.Fatal(err)
	}
	got := report.Comparisons[0]
	var referrers []string
	for _, d := range got.Differences {
		referrers = append(referrers, d.A)
		if d.B != "" || !strings.HasPrefix(d.In[0], "referrer application/vnd.dev.sigstore.bundle") {
			t.Errorf("oci-diff has %+v", d)
		}
	}
	slices.Sort(referrers)
	if len(tree) != 2 || !cmp.Equal(tree, referrers) || !got.Identical || !cmp.Equal(got.Causes, []string{"attestation"}) {
		t.Errorf("cosign has %q, oci-diff %+v", tree, got)
	}

	// The digest that was signed is the one of the reference, and that of the subject which each bundle names.
	_, digest, _ := strings.Cut(signed, "@")
	if out := i.run(t, 0, "cosign", "verify", "--key", public, "--insecure-ignore-tlog", signed); !strings.Contains(out, `"docker-manifest-digest":"`+digest+`"`) {
		t.Errorf("cosign verified %s", out)
	}
	i.run(t, 0, "cosign", "verify-attestation", "--type", kind, "--key", public, "--insecure-ignore-tlog", signed)
	for _, referrer := range tree {
		var manifest struct{ Subject struct{ Digest string } }
		if err := json.Unmarshal([]byte(i.run(t, 0, "crane", "manifest", i.registry+"/signed@"+referrer)), &manifest); err != nil || manifest.Subject.Digest != digest {
			t.Errorf("%s is about %+v, %v", referrer, manifest, err)
		}
	}

	// Signature and attestation are artifacts that differ in what they say, which oci-diff reads.
	out := i.run(t, 1, "oci-diff", i.registry+"/signed@"+tree[0], i.registry+"/signed@"+tree[1])
	if !strings.Contains(out, kind) || !strings.Contains(out, "/dsseEnvelope/payload") {
		t.Errorf("oci-diff has\n%s", out)
	}

	// An image that is another one for oci-diff is one that nobody signed for cosign.
	i.run(t, 0, "crane", "--platform", "linux/amd64", "mutate", ref, "--label", "a=b", "-t", i.registry+"/signed:changed")
	changed := image("signed:changed")
	i.run(t, 1, "oci-diff", "--metadata", signed, changed)
	verify := exec.CommandContext(t.Context(), filepath.Join(i.dir, "cosign"), "verify", "--key", public, "--insecure-ignore-tlog", changed)
	if out, err := verify.CombinedOutput(); err == nil || !strings.Contains(string(out), "no signatures found") {
		t.Errorf("cosign verified the changed image: %v\n%s", err, out)
	}
}
