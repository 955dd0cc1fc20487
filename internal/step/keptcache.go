package step

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/wholefile"
)

// A layer of compiled dependencies is made anew whenever go.mod or the list of imports changes, and with it the compile cache
// that starts from it. So that only what really changed is compiled again where this machine has built the module before,
// cache mounts keep the entries between builds: one those of the dependencies, one those of the module's own packages. They
// are copied, never shared: a layer holds what its build used and nothing else.

// keptFor is how long entries and zips are kept that no build uses: as long as cmd/go keeps entries of GOCACHE
// (cmd/go/internal/cache: trimLimit), and for zips, which are slower to get again, a month.
const (
	keptFor     = 5 * 24 * time.Hour
	zipsKeptFor = 30 * 24 * time.Hour
)

// warmCache copies the kept entries into the compile cache, with a time at which cmd/go will mark those that it uses: it
// sets the time of an entry that is older than an hour (cmd/go/internal/cache, markUsed). Other builds of the module may write
// and trim the kept entries at the same time: what they have not finished or have removed is not there.
func warmCache(kept, cache string) error {
	err := eachFile(kept, func(path string) error {
		if !isEntry(path) {
			return nil
		}
		rel, err := filepath.Rel(kept, path)
		if err != nil {
			return err
		}
		to := filepath.Join(cache, rel)
		if exists(to) { // of the layer below
			return nil
		}
		if err := copyPlain(path, to); err != nil {
			return unlessGone(err)
		}
		return unlessGone(os.Chtimes(to, zeroTime, zeroTime))
	})
	if err != nil {
		return fmt.Errorf("taking over the compile cache of earlier builds: %w", err)
	}
	return nil
}

// keepCache keeps the entries that this build used or made, and drops the others from the layer.
func keepCache(cache, kept string) error {
	return keepEntries(cache, kept, os.Remove)
}

// keepOwn keeps what this build made beyond the layer of its dependencies.
func keepOwn(cache, kept string) error {
	return keepEntries(cache, kept, func(string) error { return nil })
}

// keepEntries goes through a cache that other builds may share: their go commands trim it.
func keepEntries(cache, kept string, unused func(path string) error) error {
	err := eachFile(cache, func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return unlessGone(err)
		}
		switch {
		case info.ModTime().Equal(zeroTime):
			return unlessGone(unused(path))
		case info.ModTime().Equal(sealedTime): // of a layer below
			return nil
		}
		rel, err := filepath.Rel(cache, path)
		if err != nil {
			return err
		}
		return unlessGone(keepEntry(path, filepath.Join(kept, rel)))
	})
	if err == nil {
		err = trim(kept, keptFor)
	}
	if err != nil {
		return fmt.Errorf("keeping the compile cache for later builds: %w", err)
	}
	return nil
}

// keepEntry puts one entry into the kept cache, whole or not at all: other builds may read it at the same time. One that is
// there is marked as used. Indexes are not kept.
func keepEntry(from, to string) error {
	if !isEntry(from) {
		return nil
	}
	if err := renew(to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if index, err := isPackageIndex(from); err != nil || index {
		return err
	}
	return wholefile.Copy(from, to)
}

// renew marks a kept file as used.
func renew(name string) error {
	now := time.Now()
	return os.Chtimes(name, now, now)
}

// trim removes what no build has used for a while.
func trim(dir string, age time.Duration) error {
	oldest := time.Now().Add(-age)
	return eachFile(dir, func(path string) error {
		info, err := os.Stat(path)
		if err == nil && info.ModTime().Before(oldest) {
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

// isEntry tells the entries of GOCACHE, actions and outputs, from what else lies there.
func isEntry(path string) bool {
	return strings.HasSuffix(path, "-a") || strings.HasSuffix(path, "-d")
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

// copyPlain copies a file and nothing but its content.
func copyPlain(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	return writeFile(to, src)
}
