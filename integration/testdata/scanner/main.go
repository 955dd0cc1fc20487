// Command scanner is the smallest scanner that BuildKit runs for --sbom: it writes an SPDX document that lists the files of the
// image. See docs/attestations/sbom-protocol.md of moby/buildkit.
package main

import (
	"encoding/json"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := scan(os.Getenv("BUILDKIT_SCAN_SOURCE"), os.Getenv("BUILDKIT_SCAN_DESTINATION")); err != nil {
		log.Fatal(err)
	}
}

func scan(source, destination string) error {
	var files []string
	err := fs.WalkDir(os.DirFS(source), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, "/"+name)
		}
		return err
	})
	if err != nil {
		return err
	}
	statement, err := json.Marshal(map[string]any{
		"_type":         "https://in-toto.io/Statement/v0.1",
		"predicateType": "https://spdx.dev/Document",
		"predicate": map[string]any{
			"spdxVersion":       "SPDX-2.3",
			"dataLicense":       "CC0-1.0",
			"SPDXID":            "SPDXRef-DOCUMENT",
			"name":              "scanned",
			"documentNamespace": "https://example.com/scanned",
			"comment":           strings.Join(files, "\n"),
			"creationInfo":      map[string]any{"created": "2024-01-02T03:04:05Z", "creators": []string{"Tool: scanner"}},
		},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(destination, "sbom.spdx.json"), statement, 0o644)
}
