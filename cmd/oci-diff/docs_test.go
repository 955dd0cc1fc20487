package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

// TestMain makes the test binary the command oci-diff of what tests run.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"oci-diff": main}) }

// TestPage compares the page with the command: its flags, forms, causes, and what can be ignored.
func TestPage(t *testing.T) {
	raw, err := os.ReadFile("../../docs/oci-diff.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	cmd := newCommand()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(page, "`--"+f.Name+"`") {
			t.Errorf("the page lacks --%s", f.Name)
		}
	})
	for _, m := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(page, -1) {
		if cmd.Flags().Lookup(m[1]) == nil && m[1] != "version" { // that is cobra's
			t.Errorf("the page names --%s, which there is not", m[1])
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\| [^\n]+$").FindAllStringSubmatch(page[strings.Index(page, "## Why"):strings.Index(page, "## Flags")], -1)
	var causes []ocidiff.Cause
	for _, m := range rows {
		causes = append(causes, ocidiff.Cause(m[1]))
	}
	if want := ocidiff.Causes(); len(causes) != len(want) {
		t.Errorf("the page has the causes %q, the command %q", causes, want)
	}
	for i, c := range ocidiff.Causes() {
		if i < len(causes) && causes[i] != c {
			t.Errorf("cause %d is %s on the page and not %s", i, causes[i], c)
		}
	}
	for _, m := range regexp.MustCompile(`--ignore ([^ \n`+"`"+`]+)`).FindAllStringSubmatch(page, -1) {
		if _, err := ocidiff.ParseIgnore(strings.Split(m[1], ",")); err != nil {
			t.Error(err)
		}
	}
}

// TestExample runs the example on images that differ, do not, and are not there.
func TestExample(t *testing.T) {
	script, err := filepath.Abs("../../examples/oci-diff.sh")
	if err != nil {
		t.Fatal(err)
	}
	one := fixture{layer: imagetest.Tar(t, imagetest.File{Name: "etc/app.conf", Content: []byte("a\n")})}.reference(t)
	other := fixture{layer: imagetest.Tar(t, imagetest.File{Name: "etc/app.conf", Content: []byte("b\n")})}.reference(t)
	page := filepath.Join(t.TempDir(), "page.html")
	for _, test := range []struct {
		ref  string
		code int
	}{{one, 0}, {other, 1}, {"oci:/none", 3}} {
		out, err := exec.Command("sh", script, one, test.ref, page).CombinedOutput()
		text, _ := os.ReadFile(page)
		if code := exitCode(err); code != test.code || (code == 1) != strings.Contains(string(text), "&#43;b\n") {
			t.Errorf("%s: exit code %d, %s\n%s", test.ref, code, out, text)
		}
		os.Remove(page)
	}
}

func exitCode(err error) int {
	if failed, ok := err.(*exec.ExitError); ok {
		return failed.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
