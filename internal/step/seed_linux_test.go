package step

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestKeepSeed: what is kept of a seed are its entries, each where packages of its kind are looked for: of vendored packages, those of Go
// files alone. They are taken over as what earlier builds have kept is, and a file that is not what its name says is not.
func TestKeepSeed(t *testing.T) {
	const (
		pure = "!<arch>\n__.PKGDEF       0           0     0     644     2         `\nab"
		read = "!<arch>\nnumber.o        0           0     0     644     2         `\nab"
	)
	seed := t.TempDir()
	action := func(id, output string) (name string) {
		id = strings.Repeat(id, 32)
		sum := strings.TrimSuffix(filepath.Base(outputName(output)), "-d")
		name = filepath.Join(id[:2], id+"-a")
		write(t, filepath.Join(seed, name), fmt.Sprintf("v1 %s %s %20d %20d\n", id, sum, len(output), 0))
		return name
	}
	ofGo := []string{writeOutput(t, seed, pure), action("aa", pure)}
	ofAll := append([]string{writeOutput(t, seed, read), action("bb", read)}, ofGo...)
	for i := range ofAll {
		if rel, err := filepath.Rel(seed, ofAll[i]); err == nil {
			ofAll[i] = rel
		}
	}
	ofGo = ofAll[2:]
	write(t, filepath.Join(seed, "trim.txt"), "1\n")
	write(t, filepath.Join(seed, "ab", "README"), "text\n")
	for vendored, want := range map[bool][]string{false: ofAll, true: ofGo} {
		kept := oneFolder(t.TempDir())
		kept.read = filepath.Join(kept.read, "read")
		if err := keepSeed(seed, kept, vendored); err != nil {
			t.Fatal(err)
		}
		got := append(names(t, kept.pure), names(t, kept.read)...)
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("vendored %t: kept is %q, want %q", vendored, got, want)
		}
		if of := names(t, kept.pure); !slices.Equal(sorted(of), sorted(ofGo)) {
			t.Errorf("vendored %t: among the packages of Go files are %q", vendored, of)
		}
		write(t, filepath.Join(kept.pure, outputName("other")), "forged")
		cache := t.TempDir()
		if err := warmCache(kept, cache); err != nil {
			t.Fatal(err)
		}
		if taken := names(t, cache); !slices.Equal(sorted(taken), sorted(want)) {
			t.Errorf("vendored %t: taken over are %q, want %q", vendored, taken, want)
		}
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
