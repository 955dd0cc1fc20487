package step

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/modship-build/modship/internal/errgroup"
)

// A layer of compiled dependencies is made anew whenever go.mod or the list of imports changes, and with it the compile cache
// that starts from it. So that only what really changed is compiled again where this machine has built the module before,
// cache mounts keep the entries between builds: one those of the dependencies, one those of the module's own packages. They
// are copied, never shared: a layer holds what its build used and nothing else.
//
// Nothing that lies in a mount is taken for what its name says. The name of an output is the hash of its content, which is worked
// out while it is copied; that of an action stands in its text. What the two together claim, that an action has an output, only
// whoever made it knows: a mount is for builds with the same toolchain and sysroot, and none of them runs code of the project.

// keptFor is how long entries and zips are kept that no build uses: as long as cmd/go keeps entries of GOCACHE
// (cmd/go/internal/cache: trimLimit), and for zips, which are slower to get again, a month.
const (
	keptFor     = 5 * 24 * time.Hour
	zipsKeptFor = 30 * 24 * time.Hour
)

// maxTaken bounds what is taken over beyond the build before, in bytes as they are kept: after a hundred edits most of it serves nobody.
const maxTaken = 32 << 20

// warmCache copies the kept entries into the compile cache, with a time at which cmd/go will mark those that it uses: it
// sets the time of an entry that is older than an hour (cmd/go/internal/cache, markUsed). Other builds of the module may write
// and trim the kept entries at the same time: what they have not finished or have removed is not there.
func warmCache(kept keptFolders, cache string) error {
	var entries []keptEntry
	var err error
	for _, folder := range kept.list() {
		var more []keptEntry
		more, err = keptEntries(folder)
		if entries = append(entries, more...); err != nil {
			break
		}
	}
	if err == nil {
		var unpack *zstd.Decoder
		if unpack, err = newUnpacker(); err != nil {
			return err
		}
		defer unpack.Close()
		var eg errgroup.Group
		eg.SetLimit(runtime.NumCPU())
		entries = slices.DeleteFunc(entries, func(e keptEntry) bool { return exists(filepath.Join(cache, placeOf(e.path))) }) // of a layer below
		for _, e := range newest(entries, maxTaken) {
			eg.Go(func() error { return takeEntry(e, cache, unpack) })
		}
		err = eg.Wait()
	}
	if err != nil {
		return fmt.Errorf("taking over the compile cache of earlier builds: %w", err)
	}
	return nil
}

// keptEntry is a file of a kept cache.
type keptEntry struct {
	path string
	size int64
	used time.Time // by the last build that did, the same for all that it used
}

func keptEntries(kept string) ([]keptEntry, error) {
	var entries []keptEntry
	err := eachFile(kept, func(path string) error {
		if !isEntry(path) {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil {
			return unlessGone(err)
		}
		entries = append(entries, keptEntry{path, info.Size(), info.ModTime()})
		return nil
	})
	return entries, err
}

// newest gives what the last build used, what the one before it used beyond that, and so on, until it is limit bytes.
func newest(entries []keptEntry, limit int64) []keptEntry {
	slices.SortFunc(entries, func(a, b keptEntry) int { return b.used.Compare(a.used) })
	for i, e := range entries {
		if i > 0 && limit <= 0 && !e.used.Equal(entries[i-1].used) {
			return entries[:i]
		}
		limit -= e.size
	}
	return entries
}

// takeEntry copies an entry that is what its name says. One that is not is removed, or it would stay as long as builds use it.
func takeEntry(e keptEntry, cache string, unpack *zstd.Decoder) error {
	content, whole, err := readKept(e.path, unpack)
	if err != nil {
		return unlessGone(err)
	}
	if !whole {
		return unlessGone(os.Remove(e.path))
	}
	to := filepath.Join(cache, placeOf(e.path))
	if err := writeFile(to, bytes.NewReader(content)); err != nil {
		return err
	}
	return os.Chtimes(to, zeroTime, zeroTime)
}

// placeOf is where a compile cache and a folder of kept entries have an entry.
func placeOf(entry string) string {
	return filepath.Join(filepath.Base(filepath.Dir(entry)), filepath.Base(entry))
}

// keepCache keeps the entries that this build used or made, and drops the others from the layer.
func keepCache(cache string, kept keptFolders) error {
	return keepEntries(cache, kept, os.Remove)
}

// keepOwn keeps what this build made beyond the layer of its dependencies.
func keepOwn(cache string, kept keptFolders) error {
	return keepEntries(cache, kept, func(string) error { return nil })
}

func keepEntries(cache string, kept keptFolders, unused func(path string) error) error {
	now := time.Now()
	pack, err := newPacker()
	if err != nil {
		return err
	}
	var eg errgroup.Group
	eg.SetLimit(runtime.NumCPU())
	err = eachFile(cache, func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		switch {
		case info.ModTime().Equal(zeroTime):
			return unused(path)
		case info.ModTime().Equal(sealedTime): // of a layer below
			return nil
		}
		if !isEntry(path) {
			return nil
		}
		folder, err := kept.of(cache, path)
		if err != nil {
			return err
		}
		eg.Go(func() error { return unlessGone(keepEntry(path, filepath.Join(folder, placeOf(path)), now, pack)) })
		return nil
	})
	if err := errors.Join(err, eg.Wait()); err != nil {
		return fmt.Errorf("keeping the compile cache for later builds: %w", err)
	}
	return nil
}

// trimKept removes what no build has used for a while from a mount, whatever folder it is in: a build with the same other files may
// never come.
func trimKept(mount string) error {
	if err := trim(mount, keptFor); err != nil {
		return fmt.Errorf("trimming the compile caches of earlier builds: %w", err)
	}
	return nil
}

// keepEntry puts one entry into the kept cache, whole or not at all: other builds may read it at the same time. It is marked as used
// at the time of the build. Indexes are not kept.
func keepEntry(from, to string, used time.Time, pack *zstd.Encoder) error {
	if err := os.Chtimes(to, used, used); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if index, err := isPackageIndex(from); err != nil || index {
		return err
	}
	if kept, err := writeKept(from, to, pack); err != nil || !kept {
		return err
	}
	return os.Chtimes(to, used, used)
}

// trim removes the files that no build has used for a while, and the folders that have long been empty.
func trim(dir string, age time.Duration) error {
	oldest := time.Now().Add(-age)
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return unlessGone(err)
		}
		info, err := d.Info()
		switch {
		case err != nil || !info.ModTime().Before(oldest) || path == dir:
		case d.IsDir():
			_ = os.Remove(path) // one that is not empty stays
		default:
			err = os.Remove(path)
		}
		return unlessGone(err)
	})
}

// unlessGone passes over a file that another build was faster to remove.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// entryFile is the name of a file of GOCACHE: the ID of an action (a), or the hash of an output (d).
var entryFile = regexp.MustCompile(`^([0-9a-f]{64})-([ad])$`)

// entryName gives the ID and the kind of an entry, or nothing.
func entryName(path string) (id, kind string) {
	if m := entryFile.FindStringSubmatch(filepath.Base(path)); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

// isEntry tells the entries of GOCACHE, actions and outputs, from what else lies there.
func isEntry(path string) bool {
	_, kind := entryName(path)
	return kind != ""
}

// isPackageIndex recognises cmd/go's index of a module. Its key is the module's path and version, but the module cache of
// a build holds only the packages that it needs: the index of another build may lack one.
func isPackageIndex(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	magic := []byte("go index v") // cmd/go/internal/modindex, indexVersion
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return false, err
	}
	return bytes.Equal(head, magic), nil
}
