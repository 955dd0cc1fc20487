// Package docgen makes the tables of the manual from the tables of the code, so that the two cannot differ.
//
// A page has a place for each table, between two comments that name it:
//
//	<!-- generated flags: go generate ./internal/docgen -->
//	<!-- end of flags -->
//
// [Fill] puts the table there. `go generate` rewrites the pages; the tests of this package fail while one is out of date, and
// check what else can be checked of a page: links, files, configuration blocks, flags.
package docgen

import (
	"fmt"
	"regexp"

	"github.com/modship-build/modship/internal/cli"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/defaults"
)

//go:generate go test . -run ^TestPagesAreGenerated$ -update

// Tables returns every generated table by its name.
func Tables() (map[string]string, error) {
	values, err := defaultValues(defaults.Table())
	if err != nil {
		return nil, err
	}
	keys, err := configTable(config.Schema(), values)
	if err != nil {
		return nil, fmt.Errorf("reading the schema of the configuration: %w", err)
	}
	build := cli.NewBuildCommand(cli.Env{})
	codes, err := exitCodeTable(build.Long)
	if err != nil {
		return nil, fmt.Errorf("reading the help of modship build: %w", err)
	}
	verify := cli.NewVerifyCommand(cli.Env{})
	verifyCodes, err := exitCodeTable(verify.Long)
	if err != nil {
		return nil, fmt.Errorf("reading the help of modship verify: %w", err)
	}
	return map[string]string{
		"compiler flags":     flagForms(ctoolchain.CompilerFlags()),
		"linker flags":       flagForms(ctoolchain.LinkerFlags()),
		"keys":               keys,
		"flags":              flagTable(build.Flags()),
		"exit codes":         codes,
		"verify flags":       flagTable(verify.Flags()),
		"verify exit codes":  verifyCodes,
		"build args":         buildArgTable(),
		"image keys":         imageKeyTable(),
		"recipe keys":        recipeTable(),
		"variables":          variableTable(),
		"run data":           runDataTable(),
		"other words":        otherWordTable(),
		"name fields":        nameFieldTable(),
		"minimum go":         minimumTable(),
		"faults":             faultTable(),
		"c functions":        cFunctionTable(),
		"embedded libraries": embeddedTable(),
		"c rules":            cRuleTable(),
		"rules":              ruleSections(),
		"build rules":        ruleTable(),
		"cloud rules":        cloudTable(),
	}, nil
}

// place is where a table stands; RE2 has no back references, so Fill compares the names.
var place = regexp.MustCompile(`(?s)<!-- generated ([a-z ]+): go generate \./internal/docgen -->\n(.*?)<!-- end of ([a-z ]+) -->`)

// Fill returns the page with every table that it has a place for.
func Fill(page string, tables map[string]string) (string, error) {
	var failed error
	filled := place.ReplaceAllStringFunc(page, func(old string) string {
		m := place.FindStringSubmatch(old)
		table, ok := tables[m[1]]
		if !ok || m[1] != m[3] {
			failed = fmt.Errorf("filling the place of table %q, which ends as %q: no such table", m[1], m[3])
			return old
		}
		return fmt.Sprintf("<!-- generated %s: go generate ./internal/docgen -->\n%s<!-- end of %s -->", m[1], table, m[1])
	})
	return filled, failed
}
