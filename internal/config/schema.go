package config

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON schema of the file, draft 2020-12, for editors. It says what a file may look like; [Parse] also
// refuses what a schema cannot say.
func Schema() []byte { return slices.Clone(schema) }
