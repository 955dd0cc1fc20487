package toolchain

import (
	"errors"
	"go/version"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var published = []string{"go1.9.2rc2", "go1.18beta1", "go1.21rc2", "go1.21.0", "go1.21.13", "go1.25rc1", "go1.25.0", "go1.25.9", "go1.25.14",
	"go1.26rc1", "go1.26.0", "go1.26.8", "go1.26.11", "go1.27.0", "go1.27.4", "go1.28beta1", "go1.28rc1", "go1.28rc2"}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name, toolchain, language, config string
		want                              string
		exact                             bool
		err                               error
	}{
		{name: "toolchain line", toolchain: "go1.26.8", language: "1.25.0", want: "go1.26.8", exact: true},
		{name: "toolchain line that the list lacks", toolchain: "go1.26.99", language: "1.26", want: "go1.26.99", exact: true},
		{name: "toolchain candidate", toolchain: "go1.28rc1", language: "1.27.0", want: "go1.28rc1", exact: true},
		{name: "toolchain default", toolchain: "default", language: "1.26.0", want: "go1.26.11"},
		{name: "toolchain older than language", toolchain: "go1.25.9", language: "1.26.0", want: "go1.26.11"},
		{name: "toolchain before 1.21", toolchain: "go1.20.5", language: "1.19", want: "go1.27.4"},
		{name: "language minor", language: "1.25", want: "go1.25.14"},
		{name: "language patch", language: "1.25.9", want: "go1.25.14"},
		{name: "language is the newest patch", language: "1.25.14", want: "go1.25.14"},
		{name: "patches count as numbers", language: "1.26", want: "go1.26.11"},
		{name: "language candidate with releases", language: "1.26rc1", want: "go1.26.11"},
		{name: "language candidate without", language: "1.28rc1", want: "go1.28rc2"},
		{name: "minor that has only candidates", language: "1.28", want: "go1.28rc2"},
		{name: "1.21 is the first with toolchains", language: "1.21", want: "go1.21.13"},
		{name: "old language", language: "1.20", want: "go1.27.4"},
		{name: "no go line", want: "go1.27.4"},
		{name: "config minor", language: "1.20", config: "1.26", want: "go1.26.11"},
		{name: "config exact", toolchain: "go1.27.0", language: "1.25", config: "1.26.8", want: "go1.26.8", exact: true},
		{name: "config candidate", config: "1.27rc1", want: "go1.27rc1", exact: true},
		{name: "config with go in front", config: "go1.26", want: "go1.26.11"},
		{name: "config minor beside language patch", language: "1.26.8", config: "1.26", want: "go1.26.11"},

		{name: "language too new", language: "1.29", err: &WantError{InputLanguage,
			"the module proxy has no release of go1.29", "the newest Go it has is go1.27.4"}},
		{name: "patch too new", language: "1.25.15", err: &WantError{InputLanguage,
			"the module proxy has no release of go1.25 from go1.25.15 on", "the newest Go it has is go1.27.4"}},
		{name: "config minor behind language patch", language: "1.26.12", config: "1.26", err: &WantError{InputConfig,
			"the module proxy has no release of go1.26 from go1.26.12 on", "the newest Go it has is go1.27.4"}},
		{name: "config older than language", language: "1.26.8", config: "1.26.0", err: &WantError{InputConfig,
			"go1.26.0 is older than go1.26.8, which go.mod asks for", "raise it, or leave it out"}},
		{name: "config minor older than language", language: "1.26.8", config: "1.25", err: &WantError{InputConfig,
			"go1.25 is older than go1.26.8, which go.mod asks for", "raise it, or leave it out"}},
		{name: "config unpublished", config: "1.20.14", err: &WantError{InputConfig,
			"go1.20.14 is not published as a toolchain", "the first one is go1.21"}},
		{name: "config nonsense", config: "latest", err: &WantError{InputConfig, `"latest" is not a Go version`, `write "1.26" or "1.26.8"`}},
		{name: "config with a path in it", config: "1.26.8/../x", err: &WantError{InputConfig,
			`"1.26.8/../x" is not a Go version`, `write "1.26" or "1.26.8"`}},
		{name: "language nonsense", language: "one", err: &WantError{InputLanguage, `"one" is not a Go version`, ""}},
		{name: "toolchain of somebody", toolchain: "go1.26.8-corp", err: &WantError{InputToolchain,
			`toolchain "go1.26.8-corp" is not published: nobody but who made it has it`,
			`write toolchain go1.26.8, or a newer release; or choose a Go with "go" or "builder.image" in the config`}},
		{name: "toolchain of somebody, the go line's", toolchain: "go1.26.8-corp", language: "1.26.8", err: &WantError{InputToolchain,
			`toolchain "go1.26.8-corp" is not published: nobody but who made it has it`,
			`remove the line: the go line asks for go1.26.8; or choose a Go with "go" or "builder.image" in the config`}},
		{name: "toolchain that is a language, the go line's", toolchain: "go1.26", language: "1.26.0", err: &WantError{InputToolchain,
			`toolchain "go1.26" is a version of the language and not a Go release`, "remove the line: the go line asks for go1.26.0"}},
		{name: "toolchain that is a language", toolchain: "go1.26", err: &WantError{InputToolchain,
			`toolchain "go1.26" is a version of the language and not a Go release`, "write toolchain go1.26.0, or a newer release"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shuffled := slices.Clone(published)
			slices.Reverse(shuffled)
			for _, list := range [][]string{published, shuffled} {
				got, err := Choose(list, tt.toolchain, tt.language, tt.config)
				if got != tt.want {
					t.Errorf("chose %q, want %q", got, tt.want)
				}
				if diff := cmp.Diff(tt.err, err); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			}
			got, exact, _ := Exact(tt.toolchain, tt.language, tt.config)
			if exact != tt.exact || exact && got != tt.want || !exact && got != "" {
				t.Errorf("Exact = %q, %v", got, exact)
			}
		})
	}
}

func TestChooseFromNothing(t *testing.T) {
	_, err := Choose([]string{"go1.20.1", "junk", ""}, "", "", "")
	e, ok := errors.AsType[*WantError](err)
	if !ok || e.Error() != "the module proxy has no stable Go; its list of Go versions is empty" {
		t.Errorf("got %v", err)
	}
}

// FuzzChoose holds that a chosen version is a published release unless it was named, is never older than the go line, and
// has a module version that can be found again in a proxy's list.
func FuzzChoose(f *testing.F) {
	f.Add("go1.26.8", "1.25", "")
	f.Add("", "1.25.3", "1.26")
	f.Add("default", "1.28rc1", "1.27rc1")
	f.Add("go1.26.8+x", "1", "go")
	f.Fuzz(func(t *testing.T, toolchain, language, config string) {
		v, err := Choose(published, toolchain, language, config)
		if err != nil {
			if _, ok := errors.AsType[*WantError](err); !ok || v != "" {
				t.Fatalf("%q with %v", v, err)
			}
			return
		}
		if version.Compare(v, canonical(language)) < 0 {
			t.Errorf("%s is older than %s", v, language)
		}
		if _, exact, _ := Exact(toolchain, language, config); !exact && !slices.Contains(published, v) {
			t.Errorf("%s is not published", v)
		}
		m, err := ModuleVersion(v, "linux", "amd64")
		if err != nil {
			t.Fatal(err)
		}
		if got := goVersions("v0.0.1-go1.2.linux-arm\n"+m.Version+"\n", "linux", "amd64"); !slices.Equal(got, []string{v}) {
			t.Errorf("%s is found as %q", m, got)
		}
	})
}

func TestModuleVersionRefuses(t *testing.T) {
	for _, tt := range [][3]string{{"go1.26", "linux", "amd64"}, {"1.26.8/..", "linux", "amd64"}, {"go1.26.8", "linux/x", "amd64"},
		{"go1.26.8", "linux", ""}, {"", "linux", "amd64"}, {"go1.26.8-corp", "linux", "amd64"}} {
		if m, err := ModuleVersion(tt[0], tt[1], tt[2]); err == nil {
			t.Errorf("%q: got %v", tt, m)
		}
	}
	m, err := ModuleVersion("1.26.8", "linux", "arm64")
	if err != nil || m.String() != "golang.org/toolchain@v0.0.1-go1.26.8.linux-arm64" {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestGoVersions(t *testing.T) {
	list := "v0.0.1-go1.26.10.linux-amd64\r\nv0.0.1-go1.26.9.linux-amd64\nv0.0.1-go1.26.9.linux-arm64\nv0.0.1-go1.27rc1.linux-amd64\n" +
		"v0.0.1-go1.26.9.linux-amd64\nv0.0.1-go1.26.9-corp.linux-amd64\n\nv1.0.0\nv0.0.1-go1.27.0.linux-amd64p32\nv0.0.1-go1.26.linux-amd64"
	want := []string{"go1.26.9", "go1.26.10", "go1.27rc1"}
	if diff := cmp.Diff(want, goVersions(list, "linux", "amd64")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
