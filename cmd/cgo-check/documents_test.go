package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/xeipuuv/gojsonschema"

	"github.com/modship-build/modship/internal/testing/cgoprogram"
)

// validSPDX holds a document against SPDX's own library, which reads it whole and looks for elements that are named and not there.
func validSPDX(t *testing.T, name string) {
	t.Helper()
	doc, err := spdxjson.Read(bytes.NewReader(content(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
}

// validCycloneDX holds a document against the schema of CycloneDX 1.6, which comes with the library that writes it.
func validCycloneDX(t *testing.T, name string) {
	t.Helper()
	dir := strings.TrimSpace(cgoprogram.Run(t, nil, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go"))
	schemas := gojsonschema.NewSchemaLoader()
	for _, other := range []string{"spdx.schema.json", "jsf-0.82.schemax.json"} {
		// The schema names them by addresses below its own.
		id := "http://cyclonedx.org/schema/" + strings.Replace(other, "schemax", "schema", 1)
		if err := schemas.AddSchema(id, gojsonschema.NewBytesLoader(content(t, filepath.Join(dir, "schema", other)))); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := schemas.Compile(gojsonschema.NewBytesLoader(content(t, filepath.Join(dir, "schema", "bom-1.6.schema.json"))))
	if err != nil {
		t.Fatal(err)
	}
	result, err := schema.Validate(gojsonschema.NewBytesLoader(content(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.Errors() {
		t.Error(e)
	}
}
