package startable

import (
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

func TestDebianPackage(t *testing.T) {
	for library, want := range map[string]string{
		"libsqlite3.so.0": "libsqlite3-0",
		"libcurl.so.4":    "libcurl4",
		"libgcc_s.so.1":   "libgcc-s1",
		"libstdc++.so.6":  "libstdc++6",
		"libz.so.1":       "zlib1g",
		"libcrypto.so.3":  "libssl3",
		"libssl.so.3":     "libssl3",
		"libm.so.6":       "libc6",
		"libGLX.so.0":     "libglx0",
		"libpcre2-8.so.0": "libpcre2-8-0",
		"libapt-pkg.so.6": "libapt-pkg6",
		"libbfd-2.40.so":  "libbfd-2.40",
		"plugin":          "",
		"libxml2.so.2":    "libxml2",
	} {
		if got := debianPackage(library); got != want {
			t.Errorf("debianPackage(%q) = %q, want %q", library, got, want)
		}
	}
}

func TestPackageHelp(t *testing.T) {
	by := &object{dyn: &binary.Dynamic{Runpath: "/work/lib/linux_amd64"}}
	for release, want := range map[string]string{
		"ID=alpine\n":                                    "install the package so:libx.so.1 in the base image, link the library statically, or build on scratch, where the image gets what it needs",
		"NAME=\"x\"\nID=ubuntu\nID_LIKE=debian":          "install the package libx1 in the base image, link the library statically, or build on scratch, where the image gets what it needs",
		"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n": "install the package libx.so.1()(64bit) in the base image, link the library statically, or build on scratch, where the image gets what it needs",
		"ID=other": "install the package that has it in the base image, link it statically, or build on scratch, where the image gets what it needs",
		"": "if a package has it, name that in cgo.packages.build; a library of the module goes into the image with image.files, and is found there " +
			"if the program is linked with -Wl,-rpath and its folder in the image; it is looked for in /work/lib/linux_amd64 now",
	} {
		l := newLinker(fstest.MapFS{"usr/lib/os-release": text(release), "etc/os-release": link("../usr/lib/os-release")}, target.Target{OS: "linux", Arch: "amd64"}, "the image")
		if got, err := l.packageHelp("libx.so.1", by); got != want || err != nil {
			t.Errorf("%q: %q, %v", release, got, err)
		}
	}
}

func TestVersions(t *testing.T) {
	have := []string{"GLIBC_2.2.5", "GLIBC_2.31", "GLIBC_2.4", "GLIBC_PRIVATE", "GLIBCXX_3.4.9", "GLIBCXX_3.4.30"}
	for like, want := range map[string]string{"GLIBC_2.34": "GLIBC_2.31", "GLIBCXX_3.4.31": "GLIBCXX_3.4.30", "GLIBC_ABI_DT_RELR": "", "V1": ""} {
		if got := highest(have, like); got != want {
			t.Errorf("highest like %s = %q, want %q", like, got, want)
		}
	}
	for version, want := range map[string]string{
		"GLIBC_2.34":        "choose a base image with glibc 2.34 or newer (ubuntu:22.04 has 2.35), build with a glibc as old as that of the base, or link statically with musl",
		"GLIBC_2.99":        "choose a base image with glibc 2.99 or newer, build with a glibc as old as that of the base, or link statically with musl",
		"GLIBC_ABI_DT_RELR": "",
		"GLIBCXX_3.4":       "",
	} {
		if got := glibcHelp(version); got != want {
			t.Errorf("glibcHelp(%s) = %q, want %q", version, got, want)
		}
	}
}
