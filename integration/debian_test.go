//go:build linux

package integration

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// debianOnce guards the one push of the base.
var debianOnce sync.Once

// needDebian makes debian:bookworm-slim, which the daemons find in the local registry: a stand-in of debootstrap, made in half a
// minute and kept between runs. Packages come from the mirror that this machine uses itself.
func needDebian(t *testing.T) {
	t.Helper()
	l := setUp(t)
	need(t, "debootstrap", "debootstrap")
	debianOnce.Do(func() {
		archive := filepath.Join(l.cache, "debian", "bookworm-1.tar")
		if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
			makeDebian(t, archive)
		}
		img, err := imageOf(v1.Config{Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}, readFile(t, archive))
		if err != nil {
			t.Fatal(err)
		}
		ref, err := name.ParseReference(l.registry + "/library/debian:bookworm-slim")
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatalf("pushing the Debian base: %v", err)
		}
	})
	if !inRegistry(l.registry + "/library/debian:bookworm-slim") {
		t.Fatal("there is no Debian base; see the first test that needed it")
	}
}

func makeDebian(t *testing.T, archive string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	args := []string{"--variant=minbase", "bookworm", root}
	if mirror := machineMirror(); mirror != "" {
		args = append(args, mirror)
	}
	if log, code := run(t, exec.CommandContext(t.Context(), "debootstrap", args...)); code != 0 {
		t.Fatalf("making a Debian base: %s", log)
	}
	edit(t, root, "etc/apt/apt.conf.d/00mirror", "Acquire::Check-Valid-Until \"false\";\n") // of a mirror that stands still
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "tar", "-C", root, "--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*",
		"--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*", "--exclude=./usr/share/doc/*", "--exclude=./usr/share/man/*",
		"--exclude=./usr/share/locale/*", "-cf", archive+".new", ".")
	if log, code := run(t, cmd); code != 0 {
		t.Fatalf("packing the Debian base: %s", log)
	}
	if err := os.Rename(archive+".new", archive); err != nil {
		t.Fatal(err)
	}
}

var mirrorLine = regexp.MustCompile(`(?m)^(?:URIs:|deb(?: \[[^]]*\])?)\s+(https?://\S+/debian)/?(?:\s|$)`)

// machineMirror is the first server of Debian that this machine is set up with; without one debootstrap knows its own.
func machineMirror() string {
	files, _ := filepath.Glob("/etc/apt/sources.list.d/*.sources")
	for _, file := range append(files, "/etc/apt/sources.list") {
		text, err := os.ReadFile(file)
		if m := mirrorLine.FindSubmatch(text); err == nil && m != nil {
			return string(m[1])
		}
	}
	return ""
}
