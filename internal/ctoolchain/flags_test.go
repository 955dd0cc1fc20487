package ctoolchain_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/ctoolchain"
)

func TestNativeFlag(t *testing.T) {
	for flag, want := range map[string]bool{
		"-march=native": true, "-mcpu=native": true, "-mtune=native": true, "-mcpu=native+crypto": true, "-march=native+nosve": true, "-mabi=native": true, "-mcpu=native-avx": true,
		"-march=x86-64-v3": false, "-mcpu=cortex-a72": false, "-march=nativeish": false, "-DX=-march=native": false, "-mnative": false, "native": false, "-march=": false,
	} {
		if got := ctoolchain.NativeFlag(flag); got != want {
			t.Errorf("Native(%q) = %t", flag, got)
		}
	}
}

func TestNotableFlags(t *testing.T) {
	got := ctoolchain.NotableFlags([]string{
		"-O2", "-Wl,-rpath,/x", "-march=native", "-lfoo", "-Wl,-z,noexecstack", "-Wl,-rpath-link,/x", "-Wl,-z,execstack", "-march=native", "-specs=x",
	})
	if diff := cmp.Diff([]string{"-Wl,-rpath,/x", "-Wl,-z,execstack", "-march=native", "-specs=x"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLocateFlags(t *testing.T) {
	files := map[string]string{
		"a.go": "package p\n\n// #cgoCFLAGS: -march=native\n// say #cgo CFLAGS: -march=native\nimport \"C\"\n",
		"b.go": "package p\n\n/*\n#cgo linux,amd64 CFLAGS: -O3 -march=native\n\t#cgo LDFLAGS: \"-Wl,-rpath,${SRCDIR}/lib\"\n*/\nimport \"C\"\n",
	}
	got := ctoolchain.LocateFlags([]string{"-Wl,-rpath,/m/p/lib", "-march=native", "-mcpu=native"}, []string{"gone.go", "a.go", "b.go"}, "/m/p", func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, errors.New("gone")
	})
	want := []ctoolchain.Flag{
		{Flag: "-Wl,-rpath,/m/p/lib", Place: ctoolchain.Place{File: "b.go", Line: 5, Col: 16}},
		{Flag: "-march=native", Place: ctoolchain.Place{File: "b.go", Line: 4, Col: 30}},
		{Flag: "-mcpu=native"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
