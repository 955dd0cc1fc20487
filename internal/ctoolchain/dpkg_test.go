package ctoolchain

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/testbed"
)

const status = `Package: libsqlite3-0
Status: install ok installed
Architecture: arm64
Source: sqlite3
Version: 3.40.1-2+deb12u1
Description: shared library
 Version: of the text
 .

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: held
Status: hold ok installed
Source: held (1.0)
Architecture: all
Version: 2:1-1
`

func TestParsePackages(t *testing.T) {
	got, err := parsePackages(strings.NewReader(status))
	if err != nil {
		t.Fatal(err)
	}
	want := []Package{
		{Name: "held", Version: "2:1-1", Arch: "all"},
		{Name: "libsqlite3-0", Version: "3.40.1-2+deb12u1", Arch: "arm64", Source: "sqlite3"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPackageFiles(t *testing.T) {
	root := fstest.MapFS{
		"var/lib/dpkg/status":                       {Data: []byte(status)},
		"var/lib/dpkg/info/libsqlite3-0:arm64.list": {Data: []byte("/.\n/usr\n/usr/lib/aarch64-linux-gnu/libsqlite3.so.0\n")},
		"var/lib/dpkg/info/held.list":               {Data: []byte("/.\n")},
	}
	packages, err := ReadPackages(root)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, p := range packages {
		files, err := PackageFiles(root, p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, files)
	}
	if diff := cmp.Diff([][]string{{}, {"/usr", "/usr/lib/aarch64-linux-gnu/libsqlite3.so.0"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := PackageFiles(root, Package{Name: "held", Arch: "amd64"}); err != nil {
		t.Error(err)
	}
	if _, err := PackageFiles(root, Package{Name: "missing"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("files of a package that is not there: %v", err)
	}
}

func TestNoDatabase(t *testing.T) {
	if packages, err := ReadPackages(fstest.MapFS{}); err != nil || packages != nil {
		t.Errorf("%v, %v", packages, err)
	}
}

// TestSystem reads the database of a Debian machine, where the C library owns its own file.
func TestPackagesOfThisMachine(t *testing.T) {
	packages, err := ReadPackages(os.DirFS("/"))
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) == 0 {
		testbed.Missing(t, "a Debian machine")
	}
	for _, p := range packages {
		if p.Version == "" || p.Arch == "" {
			t.Errorf("%+v lacks a field", p)
		}
		if files, err := PackageFiles(os.DirFS("/"), p); err != nil {
			t.Errorf("%s: %v, %d files", p, err, len(files))
		}
	}
}

func FuzzParsePackages(f *testing.F) {
	f.Add(status)
	f.Add("Package: a\nStatus: install ok installed\n\n\n: x\n")
	f.Fuzz(func(t *testing.T, text string) {
		packages, err := parsePackages(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, p := range packages {
			if p.Name == "" || p.Source == p.Name || strings.ContainsAny(p.Name+p.Version+p.Arch, "\n") {
				t.Errorf("package %+v", p)
			}
		}
		// A second copy of the database only doubles what is found.
		again, err := parsePackages(strings.NewReader(text + "\n\n" + text))
		if err == nil && len(again) != 2*len(packages) {
			t.Errorf("%d packages, twice %d", len(packages), len(again))
		}
	})
}
