//go:build linux

package integration

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	spdxjson "github.com/spdx/tools-golang/json"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
	"github.com/spdx/tools-golang/spdxlib"
)

const spdxPredicate = "https://spdx.dev/Document"

// statement is an in-toto statement as BuildKit stores it beside an image.
type statement struct {
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
	Subject       []struct {
		Name   string            `json:"name"`
		Digest map[string]string `json:"digest"`
	} `json:"subject"`

	raw []byte
}

// statements gives those of every image, by platform. Each must be about its image.
func statements(t *testing.T, r result) map[string][]statement {
	t.Helper()
	s := r.open(t)
	if s.index == nil {
		return nil
	}
	manifest, err := s.index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	platforms := map[string]string{} // by digest
	for id, digest := range digests(t, r) {
		platforms[digest] = id
	}
	found := map[string][]statement{}
	for _, d := range manifest.Manifests {
		if !isAttestation(d) {
			continue
		}
		of := d.Annotations["vnd.docker.reference.digest"]
		id, ok := platforms[of]
		if !ok {
			t.Errorf("an attestation is about %s, which is no image here", of)
		}
		img, err := s.index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range layerStatements(t, img) {
			for _, subject := range one.Subject {
				if got := "sha256:" + subject.Digest["sha256"]; got != of {
					t.Errorf("%s: a statement is about %s, want %s", id, got, of)
				}
			}
			found[id] = append(found[id], one)
		}
	}
	return found
}

func layerStatements(t *testing.T, img v1.Image) []statement {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var all []statement
	for _, l := range layers {
		stream, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(stream)
		if err != nil {
			t.Fatal(err)
		}
		one := statement{raw: data}
		if err := json.Unmarshal(data, &one); err != nil {
			t.Fatalf("decoding a statement: %v", err)
		}
		all = append(all, one)
	}
	return all
}

// sbomsOf gives the SPDX documents of an image, in the order in which they are stored.
func sbomsOf(t *testing.T, all []statement) []*spdx.Document {
	t.Helper()
	var found []*spdx.Document
	for _, s := range all {
		if s.PredicateType != spdxPredicate {
			continue
		}
		var doc spdx.Document
		if err := spdxjson.ReadInto(bytes.NewReader(s.Predicate), &doc); err != nil {
			t.Fatalf("reading the SPDX document: %v", err)
		}
		found = append(found, &doc)
	}
	return found
}

// readSPDX reads the document of every platform as other tools do. It is the same in every form of the image.
func readSPDX(t *testing.T, results map[string]result) {
	first := statements(t, results["pushed index"])
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, slices.Sorted(maps.Keys(first))); diff != "" {
		t.Fatalf("platforms with attestations (-want +got):\n%s", diff)
	}
	images := results["pushed index"].images(t)
	for id, all := range first {
		docs := sbomsOf(t, all)
		if len(docs) != 1 {
			t.Fatalf("%d SPDX documents for %s, want one", len(docs), id)
		}
		checkSPDX(t, id, docs[0], programOf(t, images[id]))
		for _, other := range []string{"pushed index with provenance", "OCI archive of an index"} {
			if got := spdxOf(statements(t, results[other])[id]); got != spdxOf(all) {
				t.Errorf("%s, %s: the document is another one:\n%s", other, id, cmp.Diff(spdxOf(all), got))
			}
		}
	}
	one := spdxOf(statements(t, results["pushed image with provenance"])["linux/amd64"])
	if diff := cmp.Diff(spdxOf(first["linux/amd64"]), one); diff != "" {
		t.Errorf("the document of the image alone (-index +alone):\n%s", diff)
	}
}

// spdxOf is the text of the only SPDX document.
func spdxOf(all []statement) string {
	for _, s := range all {
		if s.PredicateType == spdxPredicate {
			return string(s.Predicate)
		}
	}
	return ""
}

func checkSPDX(t *testing.T, id string, doc *spdx.Document, p program) {
	t.Helper()
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Errorf("%s: %v", id, err)
	}
	type part struct{ Version, License string }
	got := map[string]part{}
	for _, pkg := range doc.Packages {
		got[pkg.PackageName] = part{pkg.PackageVersion, pkg.PackageLicenseDeclared}
	}
	for name, want := range map[string]part{
		"example.com/stamp":            {stampTag, "MIT"},
		"github.com/agext/levenshtein": {"v1.2.3", "Apache-2.0"},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: package %s (-want +got):\n%s", id, name, diff)
		}
	}
	if doc.CreationInfo.Created != stampTime {
		t.Errorf("%s: created at %s, want the time of the commit", id, doc.CreationInfo.Created)
	}
	if len(doc.Files) != 1 {
		t.Fatalf("%s: %d files, want the program", id, len(doc.Files))
	}
	want := sha256Of(readFile(t, p.file))
	for _, sum := range doc.Files[0].Checksums {
		if sum.Algorithm == "SHA256" && sum.Value != want {
			t.Errorf("%s: the document is about a program with hash %s, the image has %s", id, sum.Value, want)
		}
	}
}
