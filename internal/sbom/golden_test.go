package sbom_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/sbom"
)

var update = flag.Bool("update", false, "rewrite the wanted documents in testdata")

// TestGolden makes the document of input.json in each archive of testdata.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no archives in testdata", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { golden(t, path) })
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var in sbom.Input
	decoder := json.NewDecoder(bytes.NewReader(archive.Files[0].Data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		t.Fatal(err)
	}
	got, err := sbom.SPDX(in)
	if err != nil {
		t.Fatal(err)
	}
	read(t, got)
	if *update {
		archive.Files = append(archive.Files[:1], txtar.File{Name: "want", Data: got})
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if len(archive.Files) != 2 {
		t.Fatal("run with -update")
	}
	if diff := cmp.Diff(string(archive.Files[1].Data), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
