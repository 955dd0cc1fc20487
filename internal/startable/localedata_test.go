package startable_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/startable"
)

// converts and localized are programs that say "started" if glibc finds what it opens for them.
const (
	converts = `
#include <iconv.h>
#include <stdio.h>
int main(void) { if (iconv_open("ISO-8859-15", "UTF-8") == (iconv_t)-1) return 1; puts("started"); return 0; }
`
	localized = `
#include <locale.h>
#include <stdio.h>
int main(void) { if (!setlocale(LC_ALL, "")) return 1; puts("started"); return 0; }
`
)

// missingData gives what is said of a program in an image on scratch that has more files, and the image.
func missingData(t *testing.T, f flavor, source string, more ...string) (*image, []string) {
	t.Helper()
	m := newImage(t, f, true)
	m.compile("/prog", source)
	program, err := os.ReadFile(m.path("/prog"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := startable.Closure(os.DirFS("/"), bytes.NewReader(program), more, f.target(t))
	if err != nil {
		t.Fatal(err)
	}
	d, err := startable.FindRunData(os.DirFS("/"), bytes.NewReader(program), files)
	if err != nil {
		t.Fatal(err)
	}
	root := &image{t: t, flavor: f, root: t.TempDir()}
	root.take("/", files)
	root.write("/prog", string(program), 0o755)
	return root, d.Missing
}

// TestLibcData: a program that converts or chooses a locale does not find what glibc opens for that in an image on scratch, and is said
// not to; with it, and with musl, which opens nothing, nothing is said.
func TestLibcData(t *testing.T) {
	needRoot(t)
	for name, c := range map[string]struct {
		source, says string
		env          []string
	}{
		"converters": {converts, "iconv_open", nil},
		"locales":    {localized, "setlocale", []string{"LC_ALL=de_DE.UTF-8"}},
		"C.UTF-8":    {localized, "not even C.UTF-8", []string{"LC_ALL=C.UTF-8"}},
		"neither":    {alone, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			m, missing := missingData(t, glibcAMD64, c.source)
			if c.says == "" && len(missing) > 0 || c.says != "" && (len(missing) != 1 || !strings.Contains(missing[0], c.says)) {
				t.Errorf("it is said: %q, want %q", missing, c.says)
			}
			if started, out := starts(t, m.root, c.env, "/prog"); started != (c.says == "") {
				t.Errorf("the program finds all: %v, which the test does not expect: %s", started, out)
			}
		})
	}
	if _, missing := missingData(t, muslAMD64, converts); len(missing) > 0 {
		t.Errorf("with musl it is said: %q", missing)
	}
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.IsDir()
}

// withLibcData follows the advice about what glibc opens.
func withLibcData(t *testing.T) []string {
	t.Helper()
	modules, err := filepath.Glob("/usr/lib/x86_64-linux-gnu/gconv/*")
	if err != nil || len(modules) == 0 {
		t.Fatalf("glibc's converters: %v", err)
	}
	modules = slices.DeleteFunc(modules, isFolder)
	_, said := missingData(t, glibcAMD64, converts)
	m, again := missingData(t, glibcAMD64, converts, modules...)
	if len(again) > 0 {
		t.Errorf("%q, and then %q", said, again)
	}
	if started, out := starts(t, m.root, nil, "/prog"); !started {
		t.Errorf("%q, and the converter is not found: %s", said, out)
	}
	names, err := filepath.Glob("/usr/lib/locale/C.utf8/LC_*")
	if err != nil || len(names) == 0 {
		t.Fatalf("the locale C.UTF-8: %v", err)
	}
	names = slices.DeleteFunc(names, isFolder)
	names = append(names, "/usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES")
	m, again = missingData(t, glibcAMD64, localized, names...)
	if len(again) > 0 {
		t.Errorf("with a locale it is said: %q", again)
	}
	if started, out := starts(t, m.root, []string{"LC_ALL=C.UTF-8"}, "/prog"); !started {
		t.Errorf("the locale is there and not found: %s", out)
	}
	m, of := missingData(t, glibcAMD64, localized)
	if started, out := starts(t, m.root, []string{"LC_ALL=C"}, "/prog"); !started {
		t.Errorf("%q, and the locale is not found: %s", of, out)
	}
	return append(said, of...)
}
