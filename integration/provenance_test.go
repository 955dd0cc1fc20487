//go:build linux

package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// provenance is what tests read of the SLSA provenance v1 that BuildKit makes.
type provenance struct {
	BuildDefinition struct {
		ResolvedDependencies []struct {
			URI    string            `json:"uri"`
			Digest map[string]string `json:"digest"`
		} `json:"resolvedDependencies"`
		InternalParameters struct {
			BuildConfig struct {
				LLBDefinition []struct {
					Op json.RawMessage `json:"op"`
				} `json:"llbDefinition"`
			} `json:"buildConfig"`
		} `json:"internalParameters"`
	} `json:"buildDefinition"`
}

// provenanceOf gives the provenance of an image. It must hold no secret.
func provenanceOf(t *testing.T, all []statement) provenance {
	t.Helper()
	var p provenance
	i := slices.IndexFunc(all, func(s statement) bool { return s.PredicateType == "https://slsa.dev/provenance/v1" })
	if i < 0 {
		t.Fatal("no SLSA provenance v1")
	}
	if hasCanary(all[i].raw) {
		t.Errorf("the provenance has a password in it:\n%s", all[i].raw)
	}
	if err := json.Unmarshal(all[i].Predicate, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// fetched looks for a material whose URI holds text, with any digest.
func (p provenance) fetched(t *testing.T, text string) {
	t.Helper()
	for _, d := range p.BuildDefinition.ResolvedDependencies {
		if strings.Contains(d.URI, text) && len(d.Digest["sha256"]) == 64 {
			return
		}
	}
	t.Errorf("no material %s in %+v", text, p.BuildDefinition.ResolvedDependencies)
}

// dependsOn looks for a material whose URI holds text, and which has the digest.
func (p provenance) dependsOn(t *testing.T, text, digest string) {
	t.Helper()
	for _, d := range p.BuildDefinition.ResolvedDependencies {
		for _, sum := range d.Digest {
			if strings.Contains(d.URI, text) && strings.HasSuffix(digest, sum) && sum != "" {
				return
			}
		}
	}
	t.Errorf("no material %s with digest %s in %+v", text, digest, p.BuildDefinition.ResolvedDependencies)
}

// runs looks for a step whose definition holds all the texts.
func (p provenance) runs(t *testing.T, texts ...string) {
	t.Helper()
	for _, step := range p.BuildDefinition.InternalParameters.BuildConfig.LLBDefinition {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(string(step.Op), text) }) {
			return
		}
	}
	t.Errorf("no step with %q among %d", texts, len(p.BuildDefinition.InternalParameters.BuildConfig.LLBDefinition))
}

// readProvenance looks for what BuildKit can know: the images that were sources of the build, and every step with its
// parameters. Toolchain and modules are fetched by steps, so they are there as what these were asked for.
func readProvenance(t *testing.T, r result, base, baseDigest, revision string) {
	frontend, err := imageDigest(lab.frontend)
	if err != nil {
		t.Fatal(err)
	}
	repository := func(ref string) string { // as a package URL spells it
		_, path, _ := strings.Cut(ref, "/")
		return path[:strings.LastIndex(path, ":")]
	}
	all := statements(t, r)
	if len(all) != 2 {
		t.Errorf("statements about %d images, want 2", len(all))
	}
	for _, of := range all {
		p := provenanceOf(t, of)
		p.dependsOn(t, repository(base), baseDigest)
		p.dependsOn(t, repository(lab.frontend), frontend)
		p.runs(t, `"step","toolchain"`, `\"version\":\"1.26.11\"`)
		p.runs(t, `"step","modules"`, "GOSUMDB=")
		p.runs(t, `"step","compile"`, revision)
	}
}
