package step

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// sealedTime is the time of the entries of a compile cache that is a layer. cmd/go touches an entry that it uses when its
// time is an hour old, which would copy each used file out of the layer, and removes entries that were not used for five
// days (cmd/go/internal/cache: used, Trim); with a time in the future it does neither.
var sealedTime = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// actionEntry is an action file of GOCACHE: format version, action ID, output ID, size, and the nanosecond at which it was
// written (cmd/go/internal/cache: putIndexEntry).
var actionEntry = regexp.MustCompile(`^(v1 ([0-9a-f]{64}) ([0-9a-f]{64}) [ 0-9]{20} )([ 0-9]{20})\n$`)

// sealCache takes the time out of a GOCACHE: two runs of a step that compile the same packages give equal layers. A run that
// took packages over from earlier builds lacks what cmd/go notes only while it compiles; its layer serves as well.
func sealCache(dir string) error {
	if err := os.Remove(filepath.Join(dir, "trim.txt")); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("sealing the compile cache: %w", err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return seal(path, d)
	})
	if err != nil {
		return fmt.Errorf("sealing the compile cache: %w", err)
	}
	return nil
}

// seal leaves alone what a layer below has sealed: to touch a file would copy it into this layer.
func seal(path string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil || info.ModTime().Equal(sealedTime) {
		return err
	}
	if strings.HasSuffix(path, "-a") {
		if err := sealAction(path); err != nil {
			return err
		}
	}
	return os.Chtimes(path, sealedTime, sealedTime)
}

// sealAction writes in place: to truncate a file that has just been written has ext4 wait for the disk (ext4(5),
// auto_da_alloc), two thousand times in a row.
func sealAction(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(sealEntry(f), f.Close())
}

func sealEntry(f *os.File) error {
	entry, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	m := actionEntry.FindSubmatchIndex(entry)
	if m == nil {
		return nil // not an action of a format that we know: leave it as cmd/go wrote it
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "%20d", 0), int64(m[8]))
	return err
}
