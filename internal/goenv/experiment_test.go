package goenv_test

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/goenv"
)

// toolchains are one of each release in the table. To fetch all takes half a gigabyte, so only that of this machine is asked by default.
func toolchains() []string {
	if os.Getenv("MODSHIP_TEST_FULL") != "" {
		return []string{"go1.21.13", "go1.22.12", "go1.23.12", "go1.24.9", "go1.25.4", "go1.26.8", "go1.27.0"}
	}
	version, _, _ := strings.Cut(runtime.Version(), " ")
	return []string{version}
}

// TestAgainstGo asks the go command which build tags it sets.
func TestAgainstGo(t *testing.T) {
	for _, toolchain := range toolchains() {
		version := strings.TrimPrefix(toolchain, "go")
		names, ok := goenv.Experiments(version)
		if !ok {
			t.Errorf("the table has no Go %s: add it", version)
			continue
		}
		lists := []string{"", "none", "noregabi", "none,regabi", strings.Join(names, ","), "no" + strings.Join(names, ",no"), "arenas,noarenas", "noarenas,arenas", "regabiwrappers,noregabiargs"}
		for _, arch := range []string{"386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x"} {
			for _, list := range lists {
				tags, err := toolTags(t, toolchain, arch, list)
				if err != "" {
					t.Fatalf("%s, %s, GOEXPERIMENT=%s: %s", toolchain, arch, list, err)
				}
				if diff := cmp.Diff(tags, goenv.EnabledExperiments(version, arch, list)); diff != "" {
					t.Errorf("%s, %s, GOEXPERIMENT=%s (-go +table):\n%s", toolchain, arch, list, diff)
				}
			}
		}
		for _, name := range []string{"jsonv3", "Arenas", "nothing", "jsonv2", "cacheprog", "synctest", "range", "goroutineleakprofile"} {
			_, err := toolTags(t, toolchain, "amd64", "arenas,"+name)
			if unknown := goenv.UnknownExperiments(version, "arenas,"+name); (err != "") != slices.Equal(unknown, []string{name}) {
				t.Errorf("%s: of %s the table says that %q are unknown, and go says: %s", toolchain, name, unknown, err)
			}
		}
	}
}

// toolTags gives the experiments that go has tags for, or what it has against the list.
func toolTags(t *testing.T, toolchain, arch, list string) (tags []string, refused string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", "{{join context.ToolTags \"\\n\"}}", "unsafe")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain, "GOOS=linux", "GOARCH="+arch, "GOEXPERIMENT="+list, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return nil, err.Error() + string(err.(*exec.ExitError).Stderr)
	}
	for tag := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(tag), "goexperiment."); ok {
			tags = append(tags, name)
		}
	}
	slices.Sort(tags)
	return tags, ""
}

// TestNotInTable: nothing is said of releases that are not in the table, and they are taken to be as the next that is.
func TestNotInTable(t *testing.T) {
	for _, version := range []string{"1.20.14", "1.99.0", "", "x"} {
		if names, ok := goenv.Experiments(version); ok || len(names) > 0 {
			t.Errorf("Go %s has %q", version, names)
		}
		if unknown := goenv.UnknownExperiments(version, "jsonv3"); len(unknown) > 0 {
			t.Errorf("Go %s does not know %q", version, unknown)
		}
	}
	if on := goenv.EnabledExperiments("1.99.0", "amd64", "jsonv3"); !slices.Contains(on, "jsonv2") || !slices.Contains(on, "jsonv3") {
		t.Errorf("a newer Go has %q on", on)
	}
	if on := goenv.EnabledExperiments("1.19", "mips64le", ""); !slices.Equal(on, []string{"coverageredesign"}) {
		t.Errorf("an older Go has %q on", on)
	}
}

func TestAsked(t *testing.T) {
	for list, want := range map[string]bool{
		"boringcrypto": true, "arenas,boringcrypto": true, "none,boringcrypto": true, "noboringcrypto,boringcrypto": true,
		"": false, "none": false, "boringcrypto,none": false, "boringcrypto,noboringcrypto": false, "boringcrypto2": false,
	} {
		if got := goenv.AsksExperiment(list, goenv.BoringCrypto); got != want {
			t.Errorf("GOEXPERIMENT=%s: %t", list, got)
		}
	}
}
