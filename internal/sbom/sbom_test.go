package sbom_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/sbom"
	"github.com/modship-build/modship/internal/target"
)

// example has one of everything.
func example(t *testing.T) sbom.Input {
	t.Helper()
	program, err := binary.HashFile("/usr/bin/server", strings.NewReader("ELF"))
	if err != nil {
		t.Fatal(err)
	}
	on, err := target.Parse("linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	return sbom.Input{
		Image: "example.com/App", Target: on, Created: time.Unix(1700000000, 5).In(time.FixedZone("", 3600)), Tool: "modship", Version: "v1.2.3", Vendor: "Example",
		Program: program,
		Facts: &binary.Facts{
			GoVersion: "go1.26.8", Path: "example.com/App/cmd/server", BuildID: "a/b",
			Module:   binary.Module{Path: "example.com/App", Version: "v1.0.0"},
			Settings: map[string]string{"vcs": "git", "vcs.revision": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
			Deps: []binary.Module{
				{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:a="},
				{Path: "example.com/b/v2", Version: "v2.0.1-0.20240102030405-abcdefabcdef", Sum: "h1:b="},
				{Path: "example.com/old", Version: "v3.1.0+incompatible", Sum: "h1:c="},
				{Path: "example.com/beside", Version: "(devel)"},
				{Path: "example.com/gone", Version: "v1.1.0", Replace: &binary.Module{Path: "example.com/fork", Version: "v1.1.1", Sum: "h1:d="}},
				{Path: "example.com/local", Version: "v1.0.0", Replace: &binary.Module{Path: "./local", Version: "(devel)"}},
			},
		},
		Licenses: map[string]string{
			"example.com/App": "Apache-2.0", "example.com/a": "MIT AND LicenseRef-CommonsClause", "example.com/gone": "BSD-3-Clause",
			"example.com/old": "",
		},
		CPackages: []sbom.CPackage{
			{Name: "libsqlite3-dev", Version: "1:3.40.1-2+deb12u1", Arch: "arm64", Source: "sqlite3", Distro: "debian-12",
				Static: true, Files: []string{"/usr/lib/libsqlite3.a"}},
			{Name: "libc6", Version: "2.36-9", Arch: "arm64", Source: "glibc", Distro: "debian-12",
				Files: []string{"/lib/libm.so.6", "/lib/libc.so.6"}},
		},
	}
}

func TestExample(t *testing.T) {
	raw, err := sbom.SPDX(example(t))
	if err != nil {
		t.Fatal(err)
	}
	doc := read(t, raw)
	var urls, relations []string
	for _, p := range doc.Packages {
		for _, r := range p.PackageExternalReferences {
			urls = append(urls, r.RefType+" "+r.Locator)
		}
	}
	for _, r := range doc.Relationships {
		relations = append(relations, fmt.Sprint(r.RefA.ElementRefID, " ", r.Relationship, " ", r.RefB.ElementRefID))
	}
	const h1 = "https://go.dev/ref/mod#go-sum-files "
	if diff := cmp.Diff([]string{
		"purl pkg:golang/example.com/app@v1.0.0#cmd/server",
		"purl pkg:golang/example.com/app@v1.0.0",
		"purl pkg:golang/example.com/a@v1.0.0", h1 + "h1:a=",
		"purl pkg:golang/example.com/b/v2@v2.0.1-0.20240102030405-abcdefabcdef", h1 + "h1:b=",
		"purl pkg:golang/example.com/beside",
		"purl pkg:golang/example.com/fork@v1.1.1", h1 + "h1:d=",
		"purl pkg:golang/example.com/local",
		"purl pkg:golang/example.com/old@v3.1.0%2Bincompatible", h1 + "h1:c=",
		"purl pkg:golang/stdlib@1.26.8",
		"purl pkg:golang/toolchain@1.26.8",
		"purl pkg:deb/debian/libc6@2.36-9?arch=arm64&distro=debian-12&upstream=glibc",
		"purl pkg:deb/debian/libsqlite3-dev@1:3.40.1-2%2Bdeb12u1?arch=arm64&distro=debian-12&upstream=sqlite3",
	}, urls); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"DOCUMENT DESCRIBES Program",
		"Program CONTAINS File---2Fusr-2Fbin-2Fserver",
		"Program GENERATED_FROM Module--example.com-2FApp--v1.0.0",
		"Program DEPENDS_ON Module--example.com-2Fa--v1.0.0",
		"Program DEPENDS_ON Module--example.com-2Fb-2Fv2--v2.0.1-2D0.20240102030405-2Dabcdefabcdef",
		"Program DEPENDS_ON Module--example.com-2Fbeside---28devel-29",
		"Program DEPENDS_ON Module--example.com-2Fgone--v1.1.0",
		"Program DEPENDS_ON Module--example.com-2Flocal--v1.0.0",
		"Program DEPENDS_ON Module--example.com-2Fold--v3.1.0-2Bincompatible",
		"Program DEPENDS_ON Go--stdlib--1.26.8",
		"Go--toolchain--1.26.8 BUILD_TOOL_OF Program",
		"Program DYNAMIC_LINK C--debian-2D12--libc6--2.36-2D9--arm64--dynamic",
		"Program STATIC_LINK C--debian-2D12--libsqlite3-2Ddev--1-3A3.40.1-2D2-2Bdeb12u1--arm64--static",
	}, relations); diff != "" {
		t.Errorf("relationships (-want +got):\n%s", diff)
	}
	for _, private := range []string{"./local", "(devel)"} {
		if bytes.Contains(raw, []byte(private)) {
			t.Errorf("document says %q", private)
		}
	}
}

// TestOrder: lists in any order, and with repetitions, make the same bytes.
func TestOrder(t *testing.T) {
	want, err := sbom.SPDX(example(t))
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 0))
		in := example(t)
		in.Facts.Deps = append(in.Facts.Deps, in.Facts.Deps[random.IntN(len(in.Facts.Deps))])
		in.CPackages = append(in.CPackages, in.CPackages[random.IntN(len(in.CPackages))])
		shuffle(random, in.Facts.Deps)
		shuffle(random, in.CPackages)
		for _, c := range in.CPackages {
			shuffle(random, c.Files)
		}
		got, err := sbom.SPDX(in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func shuffle[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// TestNamespace: each fact of the input makes another document with another namespace.
func TestNamespace(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(*sbom.Input){
		"nothing":  func(*sbom.Input) {},
		"image":    func(in *sbom.Input) { in.Image += "x" },
		"target":   func(in *sbom.Input) { in.Target, _ = target.Parse("linux/amd64") },
		"created":  func(in *sbom.Input) { in.Created = in.Created.Add(time.Second) },
		"vendor":   func(in *sbom.Input) { in.Vendor = "Other" },
		"go":       func(in *sbom.Input) { in.Facts.GoVersion = "go1.26.9" },
		"path":     func(in *sbom.Input) { in.Facts.Path = in.Facts.Module.Path },
		"dirty":    func(in *sbom.Input) { in.Facts.Settings["vcs.modified"] = "true" },
		"sum":      func(in *sbom.Input) { in.Facts.Deps[0].Sum = "h1:x=" },
		"program":  func(in *sbom.Input) { in.Program.SHA256 = strings.Repeat("0", 64) },
		"size":     func(in *sbom.Input) { in.Program.Size++ },
		"license":  func(in *sbom.Input) { in.Licenses["example.com/a"] = "ISC" },
		"c":        func(in *sbom.Input) { in.CPackages[0].Static = false },
		"tool":     func(in *sbom.Input) { in.Tool = "v1.2.4" },
		"no build": func(in *sbom.Input) { in.Facts.BuildID = "" },
	} {
		in := example(t)
		change(&in)
		raw, err := sbom.SPDX(in)
		if err != nil {
			t.Fatal(err)
		}
		space := read(t, raw).DocumentNamespace
		if other := seen[space]; other != "" {
			t.Errorf("%s and %s have the same namespace", name, other)
		}
		seen[space] = name
	}
}

func TestRefused(t *testing.T) {
	for want, change := range map[string]func(*sbom.Input){
		"no name":                func(in *sbom.Input) { in.Image = "" },
		"no build information":   func(in *sbom.Input) { in.Facts.GoVersion = "" },
		"build information":      func(in *sbom.Input) { in.Facts = nil },
		"no path":                func(in *sbom.Input) { in.Program.Path = "/" },
		"no SHA-1":               func(in *sbom.Input) { in.Program.SHA1 = "" },
		"no SHA-256":             func(in *sbom.Input) { in.Program.SHA256 = strings.ToUpper(in.Program.SHA256) },
		"no build information\n": func(in *sbom.Input) { in.Beside = []sbom.Program{{}} },
		"of example.com/a: ":     func(in *sbom.Input) { in.Licenses["example.com/a"] = "free" },
	} {
		in := example(t)
		change(&in)
		if _, err := sbom.SPDX(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: err = %v", want, err)
		}
	}
	if _, err := sbom.SPDX(sbom.Input{}); err == nil || strings.Count(err.Error(), "\n") != 5 {
		t.Errorf("want five mistakes at once: %v", err)
	}
	broken := errors.New("broken")
	if _, err := binary.HashFile("x", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("ReadProgram: %v", err)
	}
}
