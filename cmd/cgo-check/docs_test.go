package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

// TestMain makes the test binary the command cgo-check of what tests run.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"cgo-check": main}) }

// TestPage compares the page with the command's flags and with the fields of its JSON.
func TestPage(t *testing.T) {
	page := string(content(t, "../../docs/cgo-check.md"))
	cmd := newCommand()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !regexp.MustCompile("(?m)^\\| (?:`-[a-z]`, )?`--" + f.Name + "[` ]").MatchString(page) {
			t.Errorf("the page lacks --%s", f.Name)
		}
	})
	for _, m := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(page, -1) {
		if cmd.Flags().Lookup(m[1]) == nil && m[1] != "version" { // that is cobra's
			t.Errorf("the page names --%s, which there is not", m[1])
		}
	}
	for _, field := range fields(reflect.TypeFor[cgocheck.Report](), nil) {
		if !strings.Contains(page, "`"+field+"`") {
			t.Errorf("the page lacks the field %s", field)
		}
	}
}

// fields are the names of all fields of a type as JSON.
func fields(typ reflect.Type, names []string) []string {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice:
		return fields(typ.Elem(), names)
	case reflect.Struct:
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" || !f.IsExported() {
				continue
			}
			if name != "" {
				names = append(names, name)
			}
			names = fields(f.Type, names)
		}
	}
	return names
}

// TestExample runs the example on an image without C and on one with it.
func TestExample(t *testing.T) {
	script, err := filepath.Abs("../../examples/cgo-check.sh")
	if err != nil {
		t.Fatal(err)
	}
	pure := content(t, cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.Pure}))
	static := content(t, cgoprogram.Build(t, cgoprogram.Program{
		Source: cgoprogram.C, CC: "gcc", Args: []string{"-ldflags=-linkmode=external -extldflags=-static"},
	}))
	layout := imagetest.NewLayout(t)
	for _, test := range []struct {
		program []byte
		code    int
	}{{pure, 0}, {static, 1}} {
		dir := t.TempDir()
		img := image("amd64", imagetest.File{Name: "app", Content: test.program})
		cmd := exec.Command("sh", script, layout.Reference(layout.Image(img)), dir)
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != test.code {
			t.Errorf("exit code %d, %v\n%s", got, err, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "linux-amd64.spdx.json")); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
