//go:build linux

package integration

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// TestFullDiskOfArchive writes the image to a disk that is too small for it: the older archive stays, and no part of the new one.
func TestFullDiskOfArchive(t *testing.T) {
	dir := example(t, "hello")
	disk := mountSmallDisk(t, "1m")
	archive := filepath.Join(disk, "image.tar")
	edit(t, disk, "image.tar", "the older one")
	ballast := filepath.Join(disk, "ballast")
	fillDisk(t, ballast, 0)
	b := build{dir: dir, noImage: true, flags: []string{"--output", "type=oci,dest=" + archive}}
	r := client.try(t, b)
	r.exits(t, client, 1)
	saysLast(t, r, "no space left on device")
	if got := string(readFile(t, archive)); got != "the older one" {
		t.Errorf("of the older archive %d bytes are left", len(got))
	}
	entries, err := os.ReadDir(disk)
	if err != nil || len(entries) != 2 {
		t.Errorf("on the disk are %v, %v", entries, err)
	}
	remount(t, disk, "64m")
	client.build(t, b)
	result{archive: archive}.runs(t, "hello from linux/amd64")
}

// TestFullDiskOfDaemon has BuildKit's own disk full, and then with room again.
func TestFullDiskOfDaemon(t *testing.T) {
	need(t, "mkfs.ext4", "e2fsprogs")
	l := setUp(t)
	disk := mountLoop(t, 3<<30)
	d, err := l.newDaemon(t.Context(), disk, l.cache)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(disk, "ballast")
	for _, c := range []struct {
		mode mode
		room []int64 // bytes, before each build
	}{
		{client, []int64{0, 60 << 20}}, // the second is less than Go takes
		{syntax, []int64{0}},
	} {
		t.Run(c.mode.name, func(t *testing.T) {
			b := build{dir: unbuilt(t, "full-disk-"+c.mode.name), daemon: d}
			for _, room := range c.room {
				fillDisk(t, ballast, room)
				r := c.mode.fail(t, b)
				r.exits(t, c.mode, 1)
				saysLast(t, r, "no space left on device")
				r.leavesNoArchive(t)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			c.mode.build(t, b).runs(t, "hello from linux/amd64")
		})
	}
}

// mountSmallDisk gives a file system in memory.
func mountSmallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	mount(t, dir, "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir)
	return dir
}

// mountLoop gives a file system of its own in a sparse file; overlayfs, which BuildKit uses, wants a real one.
func mountLoop(t *testing.T, size int64) string {
	t.Helper()
	image, dir := filepath.Join(t.TempDir(), "disk"), t.TempDir()
	f, err := os.Create(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if out, code := run(t, exec.CommandContext(t.Context(), "mkfs.ext4", "-q", image)); code != 0 {
		t.Fatalf("making a file system: %s", out)
	}
	mount(t, dir, "-o", "loop", image, dir)
	return dir
}

func mount(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, code := run(t, exec.CommandContext(t.Context(), "mount", args...)); code != 0 {
		missing(t, "the right to mount a file system: "+out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("unmounting: %v: %s", err, out)
		}
	})
}

// remount gives a file system in memory another size.
func remount(t *testing.T, dir, size string) {
	t.Helper()
	if out, code := run(t, exec.CommandContext(t.Context(), "mount", "-o", "remount,size="+size, dir)); code != 0 {
		t.Fatalf("remounting with %s: %s", strconv.Quote(size), out)
	}
}

// fillDisk writes a file until nothing more goes on the disk, and gives room bytes back.
func fillDisk(t *testing.T, name string, room int64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		err = f.Truncate(size - room)
	}
	if err != nil {
		t.Fatal(err)
	}
}
