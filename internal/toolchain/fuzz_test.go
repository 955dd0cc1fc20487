package toolchain

import (
	"go/version"
	"testing"
)

// FuzzVersions: whatever a proxy lists, what is chosen of it is a release that it lists and that is new enough.
func FuzzVersions(f *testing.F) {
	f.Add("v0.0.1-go1.26.8.linux-amd64\nv0.0.1-go1.27rc1.linux-amd64\nv0.0.1-go1.21.0.darwin-arm64\n", "go1.26.8", "1.26", "")
	f.Add("v0.0.1-go1.26.8-x.linux-amd64\r\nv0.0.1-.linux-amd64\nv0.0.1-go1.99.linux-amd64", "go1.25-acme", "1.26rc1", "1.26")
	f.Fuzz(func(t *testing.T, list, line, language, config string) {
		found := goVersions(list, "linux", "amd64")
		for i, v := range found {
			if !isRelease(v) || i > 0 && version.Compare(found[i-1], v) >= 0 && found[i-1] == v {
				t.Errorf("%q of %q", v, found)
			}
		}
		chosen, err := Choose(found, line, language, config)
		if err != nil {
			return
		}
		if !isRelease(chosen) || language != "" && version.Compare(chosen, canonical(language)) < 0 {
			t.Errorf("chose %q for %q, %q, %q", chosen, line, language, config)
		}
	})
}
