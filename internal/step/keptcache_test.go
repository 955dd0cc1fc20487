package step

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/localfile"
)

// TestKeptCacheIsShared: builds that keep and trim entries do not disturb one that takes them over at the same time. What it
// has then are whole entries and nothing else.
func TestKeptCacheIsShared(t *testing.T) {
	const entries = 60
	content := strings.Repeat("object\n", 4096)
	made, kept := t.TempDir(), oneFolder(t.TempDir())
	for i := range entries {
		writeOutput(t, made, content+fmt.Sprint(i))
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	loop := func(do func() error) {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := do(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2 {
		loop(func() error { return keepOwn(made, kept) })
	}
	// A trim that spares what is being written, as it has no age yet.
	loop(func() error {
		return eachFile(kept.read, func(path string) error {
			if !isEntry(path) {
				return nil
			}
			return os.Remove(path)
		})
	})
	take := func() int {
		cache := t.TempDir()
		if err := warmCache(kept, cache); err != nil {
			t.Error(err)
		}
		taken := names(t, cache)
		for _, name := range taken {
			if got, err := os.ReadFile(filepath.Join(cache, name)); !isEntry(name) || err != nil || !strings.HasPrefix(string(got), content) {
				t.Errorf("%s has %d bytes, %v", name, len(got), err)
			}
		}
		return len(taken)
	}
	for range 60 {
		take()
	}
	close(stop)
	others.Wait()
	if err := keepOwn(made, kept); err != nil {
		t.Fatal(err)
	}
	if n := take(); n != entries {
		t.Errorf("%d of %d entries were taken over", n, entries)
	}
}

// oneFolder is all that is kept where no output is a package.
func oneFolder(dir string) keptFolders { return keptFolders{pure: filepath.Join(dir, "go"), read: dir} }

// TestWarmCacheTakesEntriesOnly: a file that another build is writing is not for this one.
func TestWarmCacheTakesEntriesOnly(t *testing.T) {
	kept, cache := oneFolder(t.TempDir()), t.TempDir()
	name := outputName("")
	err := localfile.Write(filepath.Join(kept.read, name), func(w io.Writer) error {
		if _, err := io.WriteString(w, packed(t, "")); err != nil {
			return err
		}
		if left := names(t, kept.read); len(left) != 1 {
			t.Errorf("before the file is whole there are %q", left)
		}
		return warmCache(kept, cache)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, cache); len(got) > 0 {
		t.Errorf("taken over: %q", got)
	}
	if err := warmCache(kept, cache); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(cache, name))
	if err != nil || !info.ModTime().Equal(zeroTime) {
		t.Errorf("the entry: %v, %v", info, err)
	}
}

// outputName is where GOCACHE has an output.
func outputName(content string) string {
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	return filepath.Join(id[:2], id+"-d")
}

// packed is how an output is kept.
func packed(t testing.TB, content string) string {
	t.Helper()
	pack, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	return string(pack.EncodeAll([]byte(content), nil))
}

// keepOutput puts an output where earlier builds have kept it.
func keepOutput(t testing.TB, kept, content string) {
	t.Helper()
	if err := writeFileText(filepath.Join(kept, outputName(content)), packed(t, content)); err != nil {
		t.Fatal(err)
	}
}

func writeOutput(t testing.TB, cache, content string) (name string) {
	t.Helper()
	name = filepath.Join(cache, outputName(content))
	if err := writeFileText(name, content); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPoisonedEntries: what is not what its name says is not taken over, and does not stay; nor does it keep anything else from being
// taken.
func TestPoisonedEntries(t *testing.T) {
	action := func(id, rest string) string {
		return fmt.Sprintf("v1 %s %s %20d %20d\n", id, strings.Repeat("2", 64), 7, 9) + rest
	}
	one := strings.Repeat("1", 64)
	zeros := string(make([]byte, maxOutput+1))
	for name, c := range map[string]struct {
		file, content string
		taken         bool
	}{
		"output":              {outputName("honest"), packed(t, "honest"), true},
		"output of nothing":   {outputName(""), packed(t, ""), true},
		"replaced output":     {outputName("honest"), packed(t, "poison"), false},
		"longer output":       {outputName("honest"), packed(t, "honest "), false},
		"cut output":          {outputName("honest"), packed(t, "honest")[:12], false},
		"not compressed":      {outputName("honest"), "honest", false},
		"output and more":     {outputName("honest"), packed(t, "honest") + "more", false},
		"empty output":        {outputName("honest"), "", false},
		"output too large":    {outputName(zeros), packed(t, zeros), false},
		"action":              {"11/" + one + "-a", action(one, ""), true},
		"action of another":   {"11/" + one + "-a", action(strings.Repeat("3", 64), ""), false},
		"action and more":     {"11/" + one + "-a", action(one, "x"), false},
		"action without end":  {"11/" + one + "-a", strings.Repeat("v1 ", 1<<20), false},
		"no action":           {"11/" + one + "-a", "", false},
		"output by no hash":   {"00/0-d", packed(t, "honest"), false},
		"something else":      {"trim.txt", "1", false},
		"upper case":          {strings.ToUpper(outputName("honest")), packed(t, "honest"), false},
		"executable's folder": {outputName("honest") + "/program", packed(t, "honest"), false},
	} {
		t.Run(name, func(t *testing.T) {
			kept, cache := t.TempDir(), t.TempDir()
			good := outputName("another one")
			keepOutput(t, kept, "another one")
			if err := writeFileText(filepath.Join(kept, c.file), c.content); err != nil {
				t.Fatal(err)
			}
			if err := warmCache(oneFolder(kept), cache); err != nil {
				t.Fatal(err)
			}
			if !exists(filepath.Join(cache, good)) {
				t.Error("an honest entry beside it was not taken over")
			}
			if got := exists(filepath.Join(cache, c.file)); got != c.taken {
				t.Errorf("taken over: %t", got)
			}
			if isEntry(c.file) && exists(filepath.Join(kept, c.file)) != c.taken {
				t.Errorf("still kept: %t", !c.taken)
			}
		})
	}
}

// TestTrimKept: what no build uses goes, also from the folders that no build asks for any more, and in the end the folders.
func TestTrimKept(t *testing.T) {
	mount := t.TempDir()
	long := time.Now().Add(-2 * keptFor)
	age := func(name string) {
		if err := os.Chtimes(filepath.Join(mount, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	one, two := keptFoldersOf("", []byte{1}), keptFoldersOf("", []byte{2})
	for _, folder := range []string{one.pure, one.read, two.read, ""} {
		writeOutput(t, filepath.Join(mount, folder), "used")
		writeOutput(t, filepath.Join(mount, folder), "unused")
		age(filepath.Join(folder, outputName("unused")))
	}
	dead := filepath.Join(keptFoldersOf("", []byte{3}).read, "00")
	if err := os.MkdirAll(filepath.Join(mount, dead), 0o755); err != nil {
		t.Fatal(err)
	}
	age(dead)
	if err := trimKept(mount); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"go", "01", "02", ""} {
		if in := filepath.Join(mount, folder); !exists(filepath.Join(in, outputName("used"))) || exists(filepath.Join(in, outputName("unused"))) {
			t.Errorf("of the folder %q not the unused entry alone is gone", folder)
		}
	}
	if exists(filepath.Join(mount, dead)) {
		t.Error("an empty folder stays for ever")
	}
	if err := trimKept(filepath.Join(mount, "missing")); err != nil {
		t.Error(err)
	}
}

// TestNewest: all that the last build used is taken over, and of earlier builds as much as is wanted.
func TestNewest(t *testing.T) {
	at := func(minute int) time.Time { return time.Unix(int64(60*minute), 0) }
	entries := []keptEntry{{"old", 1, at(1)}, {"b", 40, at(3)}, {"a", 70, at(3)}, {"before 1", 10, at(2)}, {"before 2", 10, at(2)}}
	for limit, want := range map[int64]int{1: 2, 100: 2, 111: 4, 131: 5, 1000: 5, 0: 2} {
		if got := newest(slices.Clone(entries), limit); len(got) != want {
			t.Errorf("with %d bytes %d entries are taken over, want %d: %v", limit, len(got), want, got)
		}
	}
	if got := newest(nil, 100); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// BenchmarkWarmCache takes over 128 MiB in the sizes of a compile cache: a package has some 100 KB.
func BenchmarkWarmCache(b *testing.B) {
	kept := b.TempDir()
	content := strings.Repeat("object file ", 8<<10)
	const entries = 128 << 20 / (12 * 8 << 10)
	for i := range entries {
		keepOutput(b, kept, content+fmt.Sprint(i))
	}
	b.SetBytes(int64(entries * len(content)))
	for b.Loop() {
		if err := warmCache(oneFolder(kept), b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}
