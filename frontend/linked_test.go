package frontend

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/sbom"
)

func TestBrought(t *testing.T) {
	cxx := []ctoolchain.Use{{ImportPath: "example.com/c"}, {ImportPath: "example.com/cxx", CXX: true}}
	for name, c := range map[string]struct {
		cgo  plan.Cgo
		want []string
	}{
		"musl":  {plan.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Musl}, []string{"compiler-rt", "musl"}},
		"glibc": {plan.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Glibc, Uses: cxx[:1]}, []string{"compiler-rt", "libc_nonshared of glibc"}},
		"C++":   {plan.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Musl, Uses: cxx}, []string{"compiler-rt", "musl", "libc++", "libc++abi", "libunwind"}},
	} {
		want := []sbom.CPackage{{Name: "zig", Version: "0.14.1", Generic: true, Static: true, Files: c.want}}
		if diff := cmp.Diff(want, brought(&c.cgo, "0.14.1")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestBroughtByPackages: of compilers whose libraries are in packages, these tell.
func TestBroughtByPackages(t *testing.T) {
	for _, kind := range []ctoolchain.Kind{ctoolchain.GCC, ctoolchain.BuilderImage} {
		if got := brought(&plan.Cgo{Provider: kind, Libc: ctoolchain.Musl}, ""); len(got) > 0 {
			t.Errorf("%s brings %+v", kind, got)
		}
	}
}

// TestDataWarnings: a warning is not given where the image's environment sees to what it names.
func TestDataWarnings(t *testing.T) {
	const locale, converters = "set LC_ALL to C in image.env", "set GCONV_PATH in image.env"
	for env, want := range map[string]int{
		"{}, files: [{from: C.utf8, to: /usr/lib/locale/C.utf8}]": 2,
		"{}": 3, "{LC_ALL: C}": 2, "{LC_ALL: C.UTF-8}": 3, "{LC_ALL: de_DE.UTF-8}": 3, "{LANG: C}": 3, "{GCONV_PATH: /opt/gconv}": 2, "{SSL_CERT_FILE: /x}": 3,
		"{LC_ALL: POSIX, GCONV_PATH: /opt/gconv}": 1,
	} {
		file, err := config.Parse("modship.yaml", []byte("image: {env: "+env+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		settings, err := file.Target("", nil)
		if err != nil {
			t.Fatal(err)
		}
		in := plan.Input{Config: settings, At: func(string) diag.Range { return diag.Range{} }}
		if got := dataWarnings(in, []string{locale, converters, "libmagic looks for magic.mgc"}); len(got) != want {
			t.Errorf("%s: %v, want %d", env, got, want)
		}
	}
}

// TestOwners: a package is named for the files that the program has of it, and one that it has none of is not.
func TestOwners(t *testing.T) {
	sysroot := request.SysrootReport{Distro: "debian-12", Packages: []ctoolchain.Package{
		{Name: "libc6-dev", Version: "2.36", Arch: "arm64", Source: "glibc", Files: []string{"/usr/lib/crt1.o", "/usr/lib/libc.a", "/usr/lib/libm.a"}},
		{Name: "libxml2-dev", Version: "2.9", Arch: "arm64", Files: []string{"/usr/lib/libxml2.a"}},
	}}
	want := []sbom.CPackage{{
		Name: "libc6-dev", Version: "2.36", Arch: "arm64", Source: "glibc", Distro: "debian-12", Static: true,
		Files: []string{"/usr/lib/libc.a", "/usr/lib/crt1.o"},
	}}
	if diff := cmp.Diff(want, owners(sysroot, []string{"/usr/lib/libc.a", "/usr/lib/crt1.o", "/own/x.o"}, true)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := owners(request.SysrootReport{}, []string{"/usr/lib/libc.a"}, true); got != nil {
		t.Errorf("without packages: %v", got)
	}
}
