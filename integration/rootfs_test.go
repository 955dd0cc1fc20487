//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"debug/buildinfo"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// rootfs is the files of an image, by name without a leading slash.
type rootfs map[string]rootfsEntry

type rootfsEntry struct {
	*tar.Header
	data []byte
}

// rootfsOf flattens the layers of an image.
func rootfsOf(t *testing.T, img v1.Image) rootfs {
	t.Helper()
	stream := mutate.Extract(img)
	defer stream.Close()
	files := rootfs{}
	for r := tar.NewReader(stream); ; {
		header, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatalf("reading the layers: %v", err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("reading %s: %v", header.Name, err)
		}
		files[strings.Trim(path.Clean("/"+header.Name), "/")] = rootfsEntry{header, data}
	}
}

// file gives a file that must be there.
func (r rootfs) file(t *testing.T, name string) rootfsEntry {
	t.Helper()
	f, ok := r[strings.TrimPrefix(name, "/")]
	if !ok {
		t.Fatalf("the image has no %s", name)
	}
	return f
}

// program is the entrypoint of an image on this machine's disk.
type program struct {
	file string
	img  v1.Image
	args []string // of the entrypoint and the command
	env  []string
}

// programOf writes the entrypoint of an image to disk, with the mode that it has in the image.
func programOf(t *testing.T, img v1.Image) program {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Config.Entrypoint) == 0 {
		t.Fatal("the image has no entrypoint")
	}
	entry := rootfsOf(t, img).file(t, config.Config.Entrypoint[0])
	p := program{
		file: filepath.Join(t.TempDir(), path.Base(entry.Name)),
		img:  img,
		args: append(config.Config.Entrypoint[1:], config.Config.Cmd...),
		env:  config.Config.Env,
	}
	if err := writeFile(p.file, bytes.NewReader(entry.data), entry.FileInfo().Mode()); err != nil {
		t.Fatal(err)
	}
	return p
}

// output runs the program with the environment of its image, and an arm64 program under qemu.
func (p program) output(t *testing.T, args ...string) string {
	t.Helper()
	command := append(append([]string{p.file}, p.args...), args...)
	id, err := platformOf(p.img)
	if err != nil {
		t.Fatal(err)
	}
	switch id {
	case "linux/amd64":
	case "linux/arm64":
		need(t, "qemu-aarch64-static", "qemu-user-static")
		command = append([]string{"qemu-aarch64-static"}, command...)
	default:
		t.Fatalf("no way to run a program for %s", id)
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env, cmd.Dir = p.env, filepath.Dir(p.file)
	out, code := run(t, cmd)
	if code != 0 {
		t.Fatalf("%s exited with %d:\n%s", cmd, code, out)
	}
	return out
}

// info is what `go version -m` prints of the program.
func (p program) info(t *testing.T) *buildinfo.BuildInfo {
	t.Helper()
	info, err := buildinfo.ReadFile(p.file)
	if err != nil {
		t.Fatalf("reading the build information: %v", err)
	}
	return info
}

// setting is a value of the build settings, such as GOARCH.
func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// runs checks what the only image of a build prints.
func (r result) runs(t *testing.T, want string, args ...string) {
	t.Helper()
	if got := programOf(t, r.image(t)).output(t, args...); !strings.Contains(got, want) {
		t.Errorf("the program printed %q, want %q", got, want)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
