package sbom_test

import (
	"encoding/json"
	"path"
	"regexp"
	"testing"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/sbom"
)

// FuzzSPDX: whatever strings a hostile program has for paths and versions, the document is valid JSON with unique identifiers and
// one package for each different module.
func FuzzSPDX(f *testing.F) {
	f.Add("example.com/a", "v1.0.0", "example.com-2Fa", "v1.0.0", "go1.26.8", "example.com/m")
	f.Add("a", "2Fb/c", "a/b", "2Fc", "go1.26.8", "")
	f.Add("a-b", "c", "a", "b-c", "devel go1.27-abc", "")
	f.Add("", "\x00\xff", "/", "\"\\\n", "go1.26.8 X:loopvar", "a//b")
	f.Fuzz(func(t *testing.T, path1, version1, path2, version2, goVersion, mainPath string) {
		in := example(t)
		if goVersion == "" {
			goVersion = "go1"
		}
		in.Facts.GoVersion, in.Facts.Module.Path, in.Facts.Path = goVersion, mainPath, path.Join(mainPath, path1)
		one, two := binary.Module{Path: path1, Version: version1}, binary.Module{Path: path2, Version: version2}
		in.Facts.Deps, in.CPackages, in.Licenses = []binary.Module{one, two}, nil, nil
		raw, err := sbom.SPDX(in)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Packages []struct {
				ID string `json:"SPDXID"`
			} `json:"packages"`
		}
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		different := map[binary.Module]bool{one: true, two: true}
		want := 3 // program, stdlib, toolchain
		if main := in.Facts.Module; main.Path != "" {
			different[main] = true
		}
		seen := map[string]bool{}
		for _, p := range doc.Packages {
			if seen[p.ID] || !regexp.MustCompile(`^SPDXRef-[a-zA-Z0-9.-]+$`).MatchString(p.ID) {
				t.Errorf("identifier %q", p.ID)
			}
			seen[p.ID] = true
		}
		if want += len(different); len(seen) != want {
			t.Errorf("%d packages, want %d: %v", len(seen), want, seen)
		}
	})
}
