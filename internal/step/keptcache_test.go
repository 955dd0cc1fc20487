package step

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modship-build/modship/internal/wholefile"
)

// TestKeptCacheIsShared: builds that keep and trim entries do not disturb one that takes them over at the same time. What it
// has then are whole entries and nothing else.
func TestKeptCacheIsShared(t *testing.T) {
	const entries = 60
	content := strings.Repeat("object\n", 4096)
	made, kept := t.TempDir(), t.TempDir()
	for i := range entries {
		if err := writeFileText(filepath.Join(made, "00", fmt.Sprintf("%02d-d", i)), content); err != nil {
			t.Fatal(err)
		}
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
		return eachFile(kept, func(path string) error {
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
			if got, err := os.ReadFile(filepath.Join(cache, name)); !isEntry(name) || err != nil || string(got) != content {
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

// TestKeepEntriesOfSharedCache: the go command of another build trims the cache of which entries are kept.
func TestKeepEntriesOfSharedCache(t *testing.T) {
	shared, kept := t.TempDir(), t.TempDir()
	for i := range 300 {
		if err := writeFileText(filepath.Join(shared, "00", fmt.Sprintf("%03d-d", i)), "object"); err != nil {
			t.Fatal(err)
		}
	}
	all := names(t, shared)
	var other sync.WaitGroup
	other.Go(func() {
		for _, name := range slices.Backward(all) {
			if err := os.Remove(filepath.Join(shared, name)); err != nil {
				t.Error(err)
			}
		}
	})
	if err := keepOwn(shared, kept); err != nil {
		t.Error(err)
	}
	other.Wait()
}

// TestWarmCacheTakesEntriesOnly: a file that another build is writing is not for this one.
func TestWarmCacheTakesEntriesOnly(t *testing.T) {
	kept, cache := t.TempDir(), t.TempDir()
	err := wholefile.Write(filepath.Join(kept, "00", "1-d"), func(io.Writer) error {
		if left := names(t, kept); len(left) != 1 {
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
	info, err := os.Stat(filepath.Join(cache, "00", "1-d"))
	if err != nil || !info.ModTime().Equal(zeroTime) {
		t.Errorf("the entry: %v, %v", info, err)
	}
}
