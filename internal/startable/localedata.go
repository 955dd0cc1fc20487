package startable

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
)

// Variables by which an image says that a program does without the data of glibc's locales, or where its converters are.
const (
	LocaleVariable    = "LC_ALL"
	ConverterVariable = "GCONV_PATH"
)

// LocaleDir is where glibc has its locales.
const LocaleDir = "/usr/lib/locale"

// libcData is what functions of glibc open. The data is large and seldom used, so it is named and does not come along.
var libcData = []struct {
	functions []string
	folder    string // of the data, as a part of its paths
	missing   string
}{
	{[]string{"iconv_open"}, "/gconv/", "the program converts between character sets (iconv_open), and the image has none but ASCII, UTF-8, UCS-2 and UCS-4: " +
		"name libc6 in cgo.packages.runtime, or set " + ConverterVariable + " in image.env to the folder that has more"},
	{[]string{"newlocale", "setlocale"}, LocaleDir + "/", "the program chooses a locale (%s), and the image has none but C, not even C.UTF-8: " +
		"name locales-all in cgo.packages.runtime, or set " + LocaleVariable + " to C in image.env"},
}

// libcMissing says what functions of glibc that the program itself calls will not find. What libraries call is not looked at: nearly
// every program of C++ has both through its library, and uses neither.
func libcMissing(program io.ReaderAt, files []File) ([]string, error) {
	has := func(is func(path string) bool) bool {
		return slices.ContainsFunc(files, func(f File) bool { return !f.Dir && is(f.Path) })
	}
	if !has(func(name string) bool { return path.Base(name) == "libc.so.6" }) {
		return nil, nil
	}
	imports, err := binary.Imports(program)
	if err != nil {
		return nil, fmt.Errorf("looking for what the program calls: %w", err)
	}
	var missing []string
	for _, d := range libcData {
		called := slices.IndexFunc(d.functions, func(name string) bool { return slices.Contains(imports, name) })
		if called < 0 || has(func(name string) bool { return strings.Contains(name, d.folder) }) {
			continue
		}
		missing = append(missing, strings.ReplaceAll(d.missing, "%s", d.functions[called]))
	}
	return missing, nil
}
