package startable

import (
	"cmp"
	"debug/elf"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxRelease limits os-release, in bytes.
const maxRelease = 64 << 10

// packageHelp names the package that a missing library comes from, in the terms of the image's distribution (os-release(5)).
func (l *linker) packageHelp(library string, by *object) (string, error) {
	ids, err := l.distribution()
	if err != nil {
		return "", err
	}
	pkg := ""
	switch {
	case strings.Contains(library, "/"):
	case slices.Contains(ids, "alpine"), slices.Contains(ids, "wolfi"):
		pkg = "so:" + library // apk's own name for whatever package provides it
	case slices.Contains(ids, "debian"):
		pkg = debianPackage(library)
	case slices.Contains(ids, "fedora"), slices.Contains(ids, "rhel"):
		pkg = library // as rpm's
		if l.target.ELF().Class == elf.ELFCLASS64 {
			pkg += "()(64bit)"
		}
	}
	if l.where == sysroot || len(ids) == 0 {
		return l.ownHelp(pkg, by), nil
	}
	if pkg == "" {
		return "install the package that has it in the base image, link it statically, or build on scratch, where the image gets what it needs", nil
	}
	return fmt.Sprintf("install the package %s in the base image, link the library statically, or build on scratch, where the image gets what it needs", pkg), nil
}

// ownHelp is for an image on scratch, which has what its sysroot has and what the module brings.
func (l *linker) ownHelp(pkg string, by *object) string {
	help := "if a package has it, name that in cgo.packages.build"
	if pkg != "" {
		help = fmt.Sprintf("if the package %s has it, name that in cgo.packages.build", pkg)
	}
	help += "; a library of the module goes into the image with image.files, and is found there if the program is linked with -Wl,-rpath and its folder in the image"
	if dirs := strings.Join(split(cmp.Or(by.dyn.Runpath, by.dyn.Rpath), ":"), ", "); dirs != "" {
		help += fmt.Sprintf("; it is looked for in %s now", dirs)
	}
	return help
}

// distribution gives ID and ID_LIKE of os-release, the nearest first.
func (l *linker) distribution() ([]string, error) {
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		raw, err := l.tree.head(name, maxRelease)
		if err != nil {
			return nil, err
		}
		if len(raw) == 0 {
			continue
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(raw)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			fields[key] = strings.Trim(value, `"'`)
		}
		return strings.Fields(fields["ID"] + " " + fields["ID_LIKE"]), nil
	}
	return nil, nil
}

var (
	sonameVersion = regexp.MustCompile(`^(.+)\.so(?:\.([0-9]+))?`)
	libcParts     = []string{"libc", "libm", "libpthread", "libdl", "librt", "libutil", "libresolv", "libanl", "libnsl"}
)

// debianPackage gives the name of the package by Debian Policy 8.1, which derives it from the soname; "" if it does not.
func debianPackage(library string) string {
	m := sonameVersion.FindStringSubmatch(library)
	if m == nil {
		return ""
	}
	name, version := strings.ReplaceAll(strings.ToLower(m[1]), "_", "-"), m[2]
	switch {
	case slices.Contains(libcParts, name):
		return "libc6"
	case name == "libz":
		return "zlib1g" // older than the policy, as is libxml2
	case name == "libxml2":
		return name
	case name == "libcrypto":
		name = "libssl" // in one package with it
	}
	if version != "" && name[len(name)-1] >= '0' && name[len(name)-1] <= '9' {
		name += "-"
	}
	return name + version
}

// glibcReleases are the versions of glibc in distributions, oldest first.
var glibcReleases = []struct{ version, image string }{
	{"GLIBC_2.31", "debian:11"}, {"GLIBC_2.35", "ubuntu:22.04"}, {"GLIBC_2.36", "debian:12"}, {"GLIBC_2.39", "ubuntu:24.04"},
	{"GLIBC_2.41", "debian:13"},
}

// glibcHelp says which base image has a version of glibc; "" for a version of another library.
func glibcHelp(version string) string {
	number, ok := strings.CutPrefix(version, "GLIBC_")
	if !ok || series(version) != "GLIBC_" {
		return ""
	}
	image := ""
	for _, r := range glibcReleases {
		if compareVersions(r.version, version) >= 0 {
			image = fmt.Sprintf(" (%s has %s)", r.image, strings.TrimPrefix(r.version, "GLIBC_"))
			break
		}
	}
	return fmt.Sprintf("choose a base image with glibc %s or newer%s, build with a glibc as old as that of the base, or link statically with musl", number, image)
}

// series is the part of a version's name before its number: "GLIBC_2.34" → "GLIBC_".
func series(version string) string {
	return strings.TrimRight(version, "0123456789.")
}

// highest gives the highest version of the series that like belongs to.
func highest(versions []string, like string) string {
	top := ""
	for _, v := range versions {
		if series(v) == series(like) && v != series(v) && (top == "" || compareVersions(v, top) > 0) {
			top = v
		}
	}
	return top
}

// compareVersions compares the numbers of two versions part by part.
func compareVersions(a, b string) int {
	parts := func(v string) []int {
		var list []int
		for part := range strings.SplitSeq(strings.TrimPrefix(v, series(v)), ".") {
			n, _ := strconv.Atoi(part)
			list = append(list, n)
		}
		return list
	}
	return cmp.Or(cmp.Compare(series(a), series(b)), slices.Compare(parts(a), parts(b)))
}
