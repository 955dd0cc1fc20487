package step

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/request"
)

// TestKeepSeed: what is kept of a seed are its entries, each where packages of its kind are looked for. They are taken over as what earlier builds have kept is, and a file that is not what its name says is not.
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
	kept := oneFolder(t.TempDir())
	kept.read = filepath.Join(kept.read, "read")
	if err := keepSeed(seed, kept); err != nil {
		t.Fatal(err)
	}
	if got := append(names(t, kept.pure), names(t, kept.read)...); !slices.Equal(sorted(got), sorted(ofAll)) {
		t.Errorf("kept is %q, want %q", got, ofAll)
	}
	if got := names(t, kept.pure); !slices.Equal(sorted(got), sorted(ofGo)) {
		t.Errorf("among the packages of Go files are %q, want %q", got, ofGo)
	}
	write(t, filepath.Join(kept.pure, outputName("other")), "forged")
	cache := t.TempDir()
	if err := warmCache(kept, cache); err != nil {
		t.Fatal(err)
	}
	if taken := names(t, cache); !slices.Equal(sorted(taken), sorted(ofAll)) {
		t.Errorf("taken over are %q, want %q", taken, ofAll)
	}
}

// TestSeedFolder: the entries of a seed lie where a step looks that sees no file of the user's but those that say what the modules are.
func TestSeedFolder(t *testing.T) {
	work := lay(t, "-- go.mod --\nmodule m\n-- go.sum --\n")
	for _, cgo := range []*request.Cgo{nil, {}} {
		sum, err := hashReadable(work, "", t.TempDir(), cgo)
		if err != nil || !bytes.Equal(sum, readNothing()) {
			t.Errorf("with C %t: %x, %v", cgo != nil, sum, err)
		}
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// TestSeedOfPipes: a seed has what its maker likes; nobody waits for the other end of a pipe.
func TestSeedOfPipes(t *testing.T) {
	seed, id, sum := t.TempDir(), strings.Repeat("aa", 32), strings.Repeat("bb", 32)
	action := filepath.Join(seed, "aa", id+"-a")
	if err := writeFileText(action, fmt.Sprintf("v1 %s %s %20d %20d\n", id, sum, 7, 0)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(seed, "bb"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(seed, "bb", sum+"-d"), 0o644); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- keepSeed(seed, oneFolder(t.TempDir())) }()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("got %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it waits")
	}
}
