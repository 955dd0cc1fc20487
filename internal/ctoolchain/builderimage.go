package ctoolchain

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
)

// builderImage is a compiler, with libraries, that the user's builder image has.
func builderImage(libc Libc) Provider {
	return Provider{
		Kind: BuilderImage, Libc: libc, Origin: builderOrigin, Compiler: builderCompiler, Conflicts: builderConflicts,
		Help: Help{Missing: "install what has it in the builder image", Symbols: "to be installed in the builder image"},
	}
}

func builderConflicts(s Settings, builder bool) []Conflict {
	return broken([]rule{
		{builder && (s.Base != "" || len(s.Packages.Build) > 0 || len(s.Packages.Runtime) > 0), Conflict{"",
			"builder.image has the C compiler and libraries; cgo.base and cgo.packages are for another",
			"install packages in the builder image and remove the keys, or remove builder.image"}},
		{!builder && (s.CC != "" || s.CXX != ""), Conflict{"",
			"cgo.cc and cgo.cxx name compilers of builder.image, which is not set", "remove them, or set builder.image"}},
	})
}

func builderOrigin(_ Settings, builder string) Origin {
	return Origin{Image: builder, Key: "builder.image", Pinned: true}
}

// builderCompiler: cgo.cc names one compiler for all targets.
func builderCompiler(j Job) (Tools, Needs, error) {
	cc := j.Settings.CC
	if cc == "" && (j.Target.OS != j.Build.OS || j.Target.Arch != j.Build.Arch) {
		help := "name its cross compiler in cgo.cc, or remove builder.image"
		if !j.Alone {
			help = "build for one platform at a time, with its cross compiler in cgo.cc, or remove builder.image"
		}
		return Tools{}, Needs{}, &diag.Error{Msg: fmt.Sprintf("the builder image compiles C for %s, not for %s", j.Build, j.Target), Help: help}
	}
	fortran := "gfortran"
	if prefix, ok := strings.CutSuffix(cc, "-gcc"); ok {
		fortran = prefix + "-gfortran"
	}
	return Tools{CC: cmp.Or(cc, defaults.CC), CXX: cmp.Or(j.Settings.CXX, defaults.CXX), FC: fortran}, Needs{}, nil
}
