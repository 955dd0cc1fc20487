//go:build linux

package integration

import (
	"archive/tar"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// layerConfig has two copies meet in a folder, in a folder of the working directory, in folders that the image has, and links.
const layerConfig = `
image:
  %s
  workdir: /srv/app
  volumes: [/data, /home/nonroot, /tmp]
  files:
    - {from: files/a.txt, to: /srv/app/a}
    - {from: files/b.sh, to: /srv/app/}
    - {from: files/a.txt, to: /srv/other}
    - {from: files, to: /srv/app/tree}
    - {from: files/sub, to: /srv/app/tree/more}
    - {from: files/a.txt, to: /home/nonroot/a}
    - {from: files/a.txt, to: /root/a}
    - {from: files/b.sh, to: /bin/b}
    - {from: files/a.txt, to: /lib/a}
    - {from: files/a.txt, to: /var/run/app/a}
    - {from: files/a.txt, to: /etc/localtime}
    - {from: files/a.txt, to: /tmp/a}
`

// layFiles writes what layerConfig copies. A second way makes the same in another order, with other rights and times.
func layFiles(t *testing.T, dir string, again bool) {
	t.Helper()
	steps := []func() error{
		func() error { return os.WriteFile(filepath.Join(dir, "files/a.txt"), []byte("a\n"), 0o644) },
		func() error { return os.WriteFile(filepath.Join(dir, "files/b.sh"), []byte("#!/bin/sh\n"), 0o755) },
		func() error { return os.WriteFile(filepath.Join(dir, "files/sub/c"), []byte("c\n"), 0o644) },
		func() error { return os.WriteFile(filepath.Join(dir, "files/sub/d"), []byte("d\n"), 0o644) },
		func() error { return os.Symlink("sub", filepath.Join(dir, "files/current")) },
		func() error { return os.Symlink("/run/late.sock", filepath.Join(dir, "files/late")) },
	}
	if again {
		slices.Reverse(steps)
	}
	if err := os.MkdirAll(filepath.Join(dir, "files/sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if !again {
		return
	}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.Type()&os.ModeSymlink != 0 {
			return err
		}
		mode := os.FileMode(0o600)
		if info, err := d.Info(); err != nil || info.Mode()&0o111 != 0 {
			mode = 0o710
		}
		if err := os.Chmod(name, mode); err != nil {
			return err
		}
		return os.Chtimes(name, time.Time{}, time.Unix(1e9, 5))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLayers reads every entry of every layer that is added to scratch and to a base that looks like a real one: no time but the set
// one, nothing of the base replaced, and the same digest from the same files with other rights and times.
func TestLayers(t *testing.T) {
	l := setUp(t)
	base, err := newBase(v1.Config{Env: []string{"PATH=/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("layers/base:1", base)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		base  string
		below int
		want  map[string]string
	}{
		"scratch": {"base: scratch", 0, map[string]string{
			"bin/b": "0:0 755", "lib/a": "0:0 644", "home/nonroot": "1001:1001 755", "root": "0:0 755", "tmp": "0:0 1777", "srv": "0:0 755"}},
		"base": {"base: " + ref, 1, map[string]string{
			"usr/bin/b": "0:0 755", "usr/lib/a": "0:0 644", "run/app/a": "0:0 644", "root": "0:0 700"}},
	} {
		t.Run(name, func(t *testing.T) {
			var digests []string
			for _, again := range []bool{false, true} {
				dir := example(t, "hello")
				configure(t, dir, fmt.Sprintf(layerConfig, c.base))
				layFiles(t, dir, again)
				// Or the second build takes what the first has made.
				r := client.build(t, build{dir: dir, flags: []string{"--no-cache-filter", "files,rootfs"}})
				img := r.image(t)
				digest, err := img.Digest()
				if err != nil {
					t.Fatal(err)
				}
				digests = append(digests, digest.String())
				added := entries(t, img, c.below)
				if c.below > 0 {
					keepsLayout(t, added)
				}
				checkEntries(t, added, c.want)
				r.runs(t, "hello from linux/amd64")
			}
			if digests[0] != digests[1] {
				t.Errorf("the digest is %s, and %s after chmod and touch", digests[0], digests[1])
			}
		})
	}
}

// entries gives the headers of an image's layers without those of the lowest ones.
func entries(t *testing.T, img v1.Image, below int) []tar.Header {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var all []tar.Header
	for _, l := range layers[below:] {
		stream, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		read := tar.NewReader(stream)
		for n := 0; ; n++ {
			h, err := read.Next()
			if err == io.EOF && n > 0 {
				break
			}
			if err != nil {
				t.Fatalf("reading a layer of %d entries: %v", n, err)
			}
			all = append(all, *h)
		}
		if err := stream.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// checkEntries looks for times of the build, and for owner and mode of some entries.
func checkEntries(t *testing.T, added []tar.Header, want map[string]string) {
	t.Helper()
	want = maps.Clone(want)
	maps.Copy(want, map[string]string{
		"data": "1001:1001 755", "srv/app": "1001:1001 755", "srv/app/b.sh": "0:0 755", "srv/app/a": "0:0 644",
		"srv/app/tree/sub/c": "0:0 644", "srv/app/tree/more/d": "0:0 644", "etc/localtime": "0:0 644",
	})
	hasEntries(t, added, want)
}

func hasEntries(t *testing.T, added []tar.Header, want map[string]string) {
	t.Helper()
	want = maps.Clone(want)
	for _, h := range added {
		if h.ModTime.UnixNano() != 0 {
			t.Errorf("%s has the time %s", h.Name, h.ModTime)
		}
		name := filepath.Clean(h.Name)
		if owner, ok := want[name]; ok {
			if got := fmt.Sprintf("%d:%d %o", h.Uid, h.Gid, h.Mode&0o7777); got != owner {
				t.Errorf("%s is %s, want %s", name, got, owner)
			}
			delete(want, name)
		}
	}
	for name := range want {
		t.Errorf("no layer has %s", name)
	}
}

// TestProgramBetweenFiles: files and folders that the configuration asks for have the program among them, or the build says at their place
// what is in the way.
func TestProgramBetweenFiles(t *testing.T) {
	setUp(t)
	for name, c := range map[string]struct {
		image string
		want  map[string]string // the entries of a build that succeeds
		says  []string
	}{
		"a volume":          {"volumes: [/usr/local]", map[string]string{"usr/local": "1001:1001 755", "usr/local/bin/hello": "0:0 755"}, nil},
		"a link":            {"files: [{from: link, to: /usr/}]", map[string]string{"opt/bin/hello": "0:0 755"}, nil},
		"a file in the way": {"files: [{from: a.txt, to: /usr/local}]", nil, []string{"Dockerfile:3:10: ", "the image has a file at /usr/local, not a folder", ">>>   files:"}},
		"its own name":      {"workdir: /usr/local/bin/hello", nil, []string{"the image has a folder at /usr/local/bin/hello"}},
		"a copy":            {"files:\n    - {from: a.txt, to: /tmp/}\n    - {from: a.txt, to: /etc/passwd/x}", nil, []string{`Dockerfile:5:7: "a.txt" cannot be copied to "/etc/passwd/x": the image has a file at /etc/passwd`, ">>>     - {from: a.txt, to: /etc/passwd/x}"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := example(t, "hello")
			configure(t, dir, "image:\n  "+c.image+"\n")
			edit(t, dir, "a.txt", "a\n")
			if err := os.MkdirAll(filepath.Join(dir, "link"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("/opt", filepath.Join(dir, "link/local")); err != nil {
				t.Fatal(err)
			}
			b := build{dir: dir, platforms: "linux/amd64"}
			if c.want == nil {
				r := client.fail(t, b)
				r.says(t, c.says...)
				r.exits(t, client, 2)
				return
			}
			hasEntries(t, entries(t, client.build(t, b).image(t), 0), c.want)
		})
	}
}
