package scan

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// linkedContext is context with links, written NAME -> TARGET.
func linkedContext(links []string, files ...string) fstest.MapFS {
	fsys := context(files...)
	for _, l := range links {
		name, target, _ := strings.Cut(l, " -> ")
		fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
	}
	return fsys
}

// TestLinks: what a program is made of is named with the links on the way to it, so that a copy of just these files is the same tree.
func TestLinks(t *testing.T) {
	const main = "package main\n\nfunc main() {}\n"
	for _, test := range []struct {
		name    string
		links   []string
		files   []string
		want    []string // Image.Files
		missing []string
		says    string // the only diagnostic
	}{
		{
			"file", []string{"about.go -> common/about.go"}, []string{"main.go", main, "common/about.go", "package main\n"},
			[]string{"about.go", "common/about.go", "main.go"}, nil, "",
		}, {
			"file by two links", []string{"about.go -> common/link.go", "common/link.go -> deep/about.go"},
			[]string{"main.go", main, "common/deep/about.go", "package main\n"},
			[]string{"about.go", "common/deep/about.go", "common/link.go", "main.go"}, nil, "",
		}, {
			"file that the part does not have", []string{"about.go -> common/about.txt"}, []string{"main.go", main},
			[]string{"about.go", "main.go"}, []string{"common/about.txt"}, "about.go: the symbolic link leads to common/about.txt, which is not in the build context",
		}, {
			"folder with the name of a file", []string{"tree.go -> docs"}, []string{"main.go", main, "docs/readme.go", "package docs\n"},
			[]string{"main.go"}, nil, "",
		}, {
			"file of another platform", []string{"x_windows.go -> ../outside.go"}, []string{"main.go", main},
			[]string{"main.go"}, nil, "",
		}, {
			"out of the tree", []string{"x.go -> ../../outside.go"}, []string{"main.go", main},
			[]string{"main.go", "x.go"}, nil, `x.go: the symbolic link leads to "../../outside.go", outside of the build context`,
		}, {
			"object file out of the tree", []string{"x.syso -> /lib/x.syso"}, []string{"main.go", main},
			[]string{"main.go", "x.syso"}, nil, "x.syso: the symbolic link leads to",
		}, {
			"circle", []string{"x.go -> y.go", "y.go -> x.go"}, []string{"main.go", main + "// x and y are two mistakes\n"},
			[]string{"main.go", "x.go", "y.go"}, nil, "circle",
		}, {
			"package folder", []string{"pkg -> shared/pkg"},
			[]string{"main.go", "package main\n\nimport _ \"example.com/m/pkg\"\n\nfunc main() {}\n", "shared/pkg/a.go", "package pkg\n"},
			[]string{"main.go", "pkg", "shared/pkg/a.go"}, nil, "",
		}, {
			"folder of packages", []string{"lib -> shared"},
			[]string{"main.go", "package main\n\nimport _ \"example.com/m/lib/pkg\"\n\nfunc main() {}\n", "shared/pkg/a.go", "package pkg\n"},
			[]string{"lib", "main.go", "shared/pkg/a.go"}, nil, "",
		}, {
			"package folder that the part does not have", nil,
			[]string{"main.go", "package main\n\nimport _ \"example.com/m/lib/pkg\"\n\nfunc main() {}\n"},
			[]string{"main.go"}, []string{"lib/pkg"}, "there are no Go files in lib/pkg",
		}, {
			"profile", []string{"default.pgo -> profiles/prod.pprof"}, []string{"main.go", main, "profiles/prod.pprof", "profile"},
			[]string{"default.pgo", "main.go", "profiles/prod.pprof"}, nil, "",
		}, {
			"profile that the part does not have", []string{"default.pgo -> profiles/prod.pprof"}, []string{"main.go", main},
			[]string{"main.go"}, []string{"profiles/prod.pprof"}, "default.pgo: the symbolic link leads to profiles/prod.pprof",
		}, {
			"assembly", []string{"a_amd64.s -> asm/a.s", "macros.h -> asm/macros.h"},
			[]string{"main.go", main, "asm/a.s", "#include \"macros.h\"\n#include \"asm/more.def\"\n", "asm/macros.h", "\n"},
			[]string{"a_amd64.s", "asm/a.s", "asm/macros.h", "macros.h", "main.go"}, []string{"asm/more.def"}, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := request(t)
			req.Complete = true
			r := scanned(t, linkedContext(test.links, test.files...), req)
			if diff := cmp.Diff(test.want, r.Images["example.com/m"]["linux/amd64"].Files()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.missing, r.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			said := ""
			for _, d := range r.Diagnostics {
				said += d.Err().Error() + "\n"
			}
			if (said == "") != (test.says == "") || !strings.Contains(said, test.says) {
				t.Errorf("it says %q, want %q", said, test.says)
			}
		})
	}
}

// TestLinkedPackage: a package behind a link keeps its import path, and has its files and what it embeds where they are.
func TestLinkedPackage(t *testing.T) {
	fsys := linkedContext([]string{"pkg -> shared/pkg"},
		"main.go", "package main\n\nimport _ \"example.com/m/pkg\"\n\nfunc main() {}\n",
		"shared/pkg/a.go", "package pkg\n\nimport _ \"embed\"\n\n//go:embed a.txt\nvar A string\n")
	img := scanned(t, fsys, request(t)).Images["example.com/m"]["linux/amd64"]
	p := img.Packages[1]
	if p.ImportPath != "example.com/m/pkg" || p.Dir != "pkg" || p.Real != "shared/pkg" {
		t.Errorf("the package is %+v", p)
	}
	if diff := cmp.Diff([]string{"shared/pkg/a.txt"}, img.Embeds()); diff != "" {
		t.Errorf("embeds (-want +got):\n%s", diff)
	}
}

// TestVendorLink: the folder vendor may be a link itself.
func TestVendorLink(t *testing.T) {
	fsys := linkedContext([]string{"vendor -> third_party/go"},
		"main.go", "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n",
		"third_party/go/modules.txt", "# example.com/lib v1.0.0\n## explicit\nexample.com/lib\n", "third_party/go/example.com/lib/a.go", "package lib\n")
	req := request(t)
	req.Vendor = true
	if diff := cmp.Diff([]string{"third_party/go/example.com/lib", "third_party/go/modules.txt", "vendor"}, scanned(t, fsys, req).Vendored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestVendored: links of the folder vendor that leave it are found by the packages of modules.txt, also of those that only other
// modules import.
func TestVendored(t *testing.T) {
	const modules = "# example.com/lib v1.0.0\n## explicit; go 1.26\nexample.com/lib\nexample.com/lib/sub\n# example.com/other v1.0.0\nexample.com/other\n# example.com/gone v1.0.0\nexample.com/gone\n"
	fsys := linkedContext([]string{"vendor/example.com/lib -> ../../staging/lib", "vendor/example.com/other/b.go -> ../../../shared/b.go"},
		"main.go", "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n",
		"vendor/modules.txt", modules, "vendor/example.com/other/a.go", "package other\n", "shared/b.go", "package other\n",
		"staging/lib/a.go", "package lib\n", "staging/lib/sub/a.go", "package sub\n")
	fsys["go.mod"].Data = append(fsys["go.mod"].Data, "\nrequire example.com/lib v1.0.0\n"...)
	req := request(t)
	req.Vendor = true
	r := scanned(t, fsys, req)
	if diff := cmp.Diff([]string{"shared/b.go", "staging/lib", "staging/lib/sub"}, r.Vendored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(r.Diagnostics) > 0 {
		t.Errorf("it says %v", r.Diagnostics)
	}
	fsys["vendor/example.com/other/c.go"] = &fstest.MapFile{Data: []byte("/etc/c.go"), Mode: fs.ModeSymlink | 0o777}
	if r := scanned(t, fsys, req); len(r.Diagnostics) != 1 || r.Diagnostics[0].File != "vendor/example.com/other/c.go" || r.Diagnostics[0].Level != LevelError {
		t.Errorf("of a link that leaves the context it says %v", r.Diagnostics)
	}
	if diff := cmp.Diff([]string{"vendor/example.com/gone"}, r.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}
