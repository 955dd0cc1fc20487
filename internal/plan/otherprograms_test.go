package plan_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/golden"
)

// TestOtherPrograms: whatever compiles C, SWIG is never run for a package, and Fortran is compiled by the gfortran beside the compiler of C.
func TestOtherPrograms(t *testing.T) {
	const swig, fortran = "-- fast/fast.swig --\n", "-- fast/fast.f --\n"
	image := func(cc string) string {
		return yaml("builder: {image: registry.example/go}\ncgo: {libc: musl"+cc+"}") + built("linux/amd64")
	}
	for name, c := range map[string]struct {
		files, fc, mistake string
	}{
		"SWIG":                                {swig + request("linux/amd64"), "", "fast/fast.swig:1:1"},
		"SWIG of C++":                         {"-- fast/fast.swigcxx --\n" + request("linux/amd64"), "", "fast/fast.swigcxx:1:1"},
		"SWIG of a builder image":             {swig + image(""), "", "fast/fast.swig:1:1"},
		"SWIG with zig":                       {swig + yaml("cgo: {compiler: zig, libc: musl, zig: {image: registry.example/zig:1}}") + request("linux/amd64"), "", "fast/fast.swig:1:1"},
		"SWIG on another platform":            {"-- fast/fast_arm64.swig --\n" + request("linux/amd64", "linux/arm64"), "", "fast/fast_arm64.swig:1:1"},
		"SWIG for no platform":                {"-- fast/fast_arm64.swig --\n" + request("linux/amd64"), "x86_64-linux-gnu-gfortran", ""},
		"SWIG without C":                      {swig + "-- fast/fast.go --\npackage fast\n" + yaml("cgo: {enabled: off}") + request("linux/amd64"), "", ""},
		"Fortran":                             {fortran + request("linux/arm64"), "aarch64-linux-gnu-gfortran", ""},
		"Fortran of a builder image":          {fortran + image(""), "gfortran", ""},
		"Fortran beside a cross compiler":     {fortran + image(", cc: x86_64-w64-gcc"), "x86_64-w64-gfortran", ""},
		"Fortran beside another compiler":     {fortran + image(", cc: clang"), "gfortran", ""},
		"Fortran with a compiler without one": {fortran + yaml("cgo: {libc: musl}") + request("linux/amd64"), "", "fast/fast.f:1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := golden.Parse(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n-- main.go --\npackage main\n\nimport _ \"example.com/app/fast\"\n\nfunc main() {}\n"+
				"-- fast/fast.go --\npackage fast\n\nimport \"C\"\n").FS()
			maps.Copy(fsys, golden.Parse(t, c.files).FS())
			p, _, err := makePlan(t, fsys)
			switch {
			case c.mistake != "":
				if err == nil || !strings.HasPrefix(err.Error(), c.mistake) {
					t.Errorf("%v, want a mistake at %s", err, c.mistake)
				}
			case err != nil:
				t.Error(err)
			case p.Images[0].Cgo == nil:
				if c.fc != "" {
					t.Error("no C is compiled")
				}
			case p.Images[0].Cgo.Tools.FC != c.fc:
				t.Errorf("FC is %s, want %s", p.Images[0].Cgo.Tools.FC, c.fc)
			}
		})
	}
}
