package cgofacts_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
)

const (
	external = "-linkmode=external"
	static   = "-ldflags=" + external + " -extldflags=-static"
)

// program is one that is compiled, and what is to be found in it.
type program struct {
	name    string
	build   cgoprogram.Program
	verdict cgofacts.Verdict
	link    string
	libc    string
	// long says that -short leaves it out.
	long bool
}

func programs() []program {
	return []program{
		{"pure", cgoprogram.Program{Source: cgoprogram.Pure}, cgofacts.None, cgofacts.Static, "", false},
		{"pure, stripped", cgoprogram.Program{Source: cgoprogram.Pure, Args: []string{"-ldflags=-s -w"}}, cgofacts.None, cgofacts.Static, "", false},
		{"pure, position-independent", cgoprogram.Program{Source: cgoprogram.Pure, Args: []string{"-buildmode=pie"}}, cgofacts.None, cgofacts.PIE, "", false},
		{"pure, cgo allowed", cgoprogram.Program{Source: cgoprogram.Pure, CC: "gcc"}, cgofacts.None, cgofacts.Static, "", true},
		{"pure test", cgoprogram.Program{Source: cgoprogram.Test}, cgofacts.None, cgofacts.Static, "", true},
		{"dynamic without cgo", cgoprogram.Program{Source: cgoprogram.Dynamic}, cgofacts.Dynamic, cgofacts.Fixed, "glibc", false},
		{"C", cgoprogram.Program{Source: cgoprogram.C, CC: "gcc"}, cgofacts.Cgo, cgofacts.Fixed, "glibc", false},
		{"C, stripped", cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{"-ldflags=-s -w"}}, cgofacts.Cgo, cgofacts.Fixed, "glibc", false},
		{"C, static", cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{static}}, cgofacts.Cgo, cgofacts.Static, "glibc", false},
		{"C, static and stripped", cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{static + " -s"}}, cgofacts.Cgo, cgofacts.Static, "glibc", true},
		{"C, static-pie", cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{
			"-buildmode=pie", "-ldflags=" + external + " -extldflags=-static-pie"}}, cgofacts.Cgo, cgofacts.StaticPIE, "glibc", true},
		{"C, pie", cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{"-buildmode=pie"}}, cgofacts.Cgo, cgofacts.PIE, "glibc", true},
		{"C, musl", cgoprogram.Program{Source: cgoprogram.C, CC: "musl-gcc", Args: []string{"-ldflags=" + external}}, cgofacts.Cgo, cgofacts.Fixed, "musl", true},
		{"C, static musl", cgoprogram.Program{Source: cgoprogram.C, CC: "musl-gcc", Args: []string{static}}, cgofacts.Cgo, cgofacts.Static, "musl", true},
		{"C, arm64", cgoprogram.Program{Source: cgoprogram.C, CC: "aarch64-linux-gnu-gcc", Arch: "arm64"}, cgofacts.Cgo, cgofacts.Fixed, "glibc", true},
		{"pure, s390x", cgoprogram.Program{Source: cgoprogram.Pure, Arch: "s390x"}, cgofacts.None, cgofacts.Static, "", true},
		{"pure, 386", cgoprogram.Program{Source: cgoprogram.Pure, Arch: "386"}, cgofacts.None, cgofacts.Static, "", true},
		{"race", cgoprogram.Program{Source: cgoprogram.Pure, CC: "gcc", Args: []string{"-race"}}, cgofacts.Cgo, cgofacts.Fixed, "glibc", true},
	}
}

func read(t *testing.T, path string) *cgofacts.Facts {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	facts, err := cgofacts.Read(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// TestVerdict looks at programs of every kind, and holds what is found against readelf and the go command.
func TestVerdict(t *testing.T) {
	for _, test := range programs() {
		t.Run(test.name, func(t *testing.T) {
			if test.long && testing.Short() {
				t.Skip("compiling takes its time: run without -short")
			}
			path := cgoprogram.Build(t, test.build)
			facts := read(t, path)
			if facts.Verdict != test.verdict || facts.Link.Kind != test.link {
				t.Errorf("verdict %s (%s), %s\n%+v", facts.Verdict, facts.Reason, facts.Link.Kind, facts.Witnesses)
			}
			libc := ""
			if facts.Libc != nil {
				libc = facts.Libc.Kind
			}
			if libc != test.libc {
				t.Errorf("C library %q, want %q", libc, test.libc)
			}
			compare(t, facts, path)
		})
	}
}

// compare holds facts against the tools that are trusted for them.
func compare(t *testing.T, facts *cgofacts.Facts, path string) {
	t.Helper()
	if listed := cgoprogram.Run(t, nil, "go", "version", "-m", path); !strings.Contains(listed, facts.Go.Version+"\n") ||
		!strings.Contains(listed, "\tbuild\tCGO_ENABLED="+facts.Go.Settings["CGO_ENABLED"]+"\n") {
		t.Errorf("go version -m prints %s", listed)
	}
	cgoprogram.Need(t, "readelf")
	table := cgoprogram.Run(t, nil, "readelf", "-dW", path)
	if needed := strings.Count(table, "(NEEDED)"); needed != len(facts.Link.Needed) {
		t.Errorf("needs %v, readelf: %s", facts.Link.Needed, table)
	}
	var imports []string
	for line := range strings.Lines(cgoprogram.Run(t, nil, "readelf", "--dyn-syms", "-W", path)) {
		if f := strings.Fields(line); len(f) >= 8 && f[4] == "GLOBAL" && f[6] == "UND" {
			name, _, _ := strings.Cut(f[7], "@")
			imports = append(imports, name)
		}
	}
	slices.Sort(imports)
	if diff := cmp.Diff(slices.Compact(imports), facts.Imports); diff != "" {
		t.Errorf("imports (-readelf +got):\n%s", diff)
	}
	sections := cgoprogram.Run(t, nil, "readelf", "-SW", path)
	if facts.Stripped == strings.Contains(sections, " .symtab ") {
		t.Errorf("stripped: %t\n%s", facts.Stripped, sections)
	}
}

// TestCalls: what Go calls of C is known also of a stripped program.
func TestCalls(t *testing.T) {
	facts := read(t, cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.C, CC: "gcc", Args: []string{"-ldflags=-s -w"}}))
	want := []cgofacts.Call{{Package: "main", Function: "one"}, {Package: "main", Function: "strlen"}}
	if diff := cmp.Diff(want, facts.Calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if facts.Libc.Floor == "" {
		t.Errorf("%+v", facts.Libc)
	}
}

func TestNotGo(t *testing.T) {
	cgoprogram.Need(t, "gcc")
	source := filepath.Join(t.TempDir(), "main.c")
	if err := os.WriteFile(source, []byte("int main(void) { return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "main")
	cgoprogram.Run(t, nil, "gcc", "-o", out, source)
	if facts := read(t, out); facts.Verdict != cgofacts.NotGo || facts.Go != nil || facts.Libc == nil {
		t.Errorf("%+v", facts)
	}
}

// TestWithoutSections: the verdict stays when nothing is left but what the program needs to run.
func TestWithoutSections(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the offsets below are those of 64 bits")
	}
	for _, test := range []struct {
		source, cc string
		want       cgofacts.Verdict
	}{{cgoprogram.Pure, "", cgofacts.None}, {cgoprogram.C, "gcc", cgofacts.Cgo}} {
		path := cgoprogram.Build(t, cgoprogram.Program{Source: test.source, CC: test.cc, Args: []string{"-ldflags=-s -w"}})
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		clear(data[40:48]) // e_shoff
		clear(data[58:64]) // e_shentsize, e_shnum, e_shstrndx
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
		if facts := read(t, path); facts.Verdict != test.want || !facts.Stripped {
			t.Errorf("verdict %s (%s)\n%+v", facts.Verdict, facts.Reason, facts.Witnesses)
		}
	}
}
