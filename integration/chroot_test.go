//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// emulators are the programs that run other machines' programs in a root that has nothing else.
var emulators = map[string]string{"linux/arm64": "qemu-aarch64-static"}

// runInRoot runs the entrypoint of an image in a root of nothing but its files.
func runInRoot(t *testing.T, img v1.Image, args ...string) (out string, code int) {
	t.Helper()
	return runAs(t, img, syscall.Credential{Uid: 1001, Gid: 1001}, nil, args...)
}

// runAs is runInRoot for another user, with more in the environment.
func runAs(t *testing.T, img v1.Image, user syscall.Credential, env []string, args ...string) (out string, code int) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	rootfsOf(t, img).write(t, root)
	command := append(append(slices.Clone(config.Config.Entrypoint), config.Config.Cmd...), args...)
	id, err := platformOf(img)
	if err != nil {
		t.Fatal(err)
	}
	if emulator := emulators[id]; emulator != "" {
		need(t, emulator, "qemu-user-static")
		file, err := exec.LookPath(emulator)
		if err != nil {
			t.Fatal(err)
		}
		if err := writeFile(filepath.Join(root, emulator), bytes.NewReader(readFile(t, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		command = append([]string{"/" + emulator}, command...)
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Err = nil // of a search on this machine
	cmd.Path, cmd.Dir, cmd.Env = command[0], "/", append(slices.Clone(config.Config.Env), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &user}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return run(t, cmd)
}

// tryInRoot is runInRoot for a program that the kernel may refuse to start.
func tryInRoot(t *testing.T, img v1.Image) (out string, code int) {
	t.Helper()
	root := t.TempDir()
	rootfsOf(t, img).write(t, root)
	out, code = run(t, exec.CommandContext(t.Context(), "chroot", root, "/program"))
	return out, code
}

// write puts the files below dir; folders with their owners and modes.
func (r rootfs) write(t *testing.T, dir string) {
	t.Helper()
	var names []string
	for name := range r {
		names = append(names, name)
	}
	slices.Sort(names) // folders come before what is in them
	for _, name := range names {
		f := r[name]
		to := filepath.Join(dir, name)
		var err error
		switch f.Typeflag {
		case tar.TypeDir:
			if err = os.MkdirAll(to, 0o755); err == nil {
				err = errors.Join(os.Chown(to, f.Uid, f.Gid), os.Chmod(to, f.FileInfo().Mode()))
			}
		case tar.TypeSymlink:
			if err = os.MkdirAll(filepath.Dir(to), 0o755); err == nil {
				err = os.Symlink(f.Linkname, to)
			}
		case tar.TypeReg:
			err = writeFile(to, bytes.NewReader(f.data), f.FileInfo().Mode().Perm())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// libraries are the names of the shared libraries in an image.
func (r rootfs) libraries() []string {
	var names []string
	for name := range r {
		if strings.Contains(path.Base(name), ".so") {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
