//go:build linux

package integration

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Builder images: `builder: {image: …}` takes GOROOT from an image. A test that puts another program in the place of go sees
// what a build step may do, and what becomes of a compiler that lies.

var builderEnv = v1.Config{Env: []string{"PATH=/usr/local/go/bin:/usr/bin:/bin"}}

// pushBuilder pushes an image with a program as go, and gives the setting that uses it.
func pushBuilder(t *testing.T, repository string, goCommand []byte, more ...imageFile) string {
	t.Helper()
	files := append([]imageFile{
		{name: "usr/local/go/bin/go", mode: 0o755, data: goCommand},
		{name: "usr/local/go/lib/time/zoneinfo.zip", mode: 0o644, data: emptyZip(t)},
	}, more...)
	img, err := newImage(builderEnv, files...)
	if err != nil {
		t.Fatal(err)
	}
	return pushBuilderImage(t, repository, img)
}

func pushBuilderImage(t *testing.T, repository string, img v1.Image) string {
	t.Helper()
	ref, err := setUp(t).push(repository, img)
	if err != nil {
		t.Fatal(err)
	}
	return "builder: {image: " + ref + "}\n"
}

func emptyZip(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := zip.NewWriter(&b).Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compileProgram builds a static program for linux with the go of this machine.
func compileProgram(t *testing.T, goarch, dir string, flags ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-o", out}, flags...), ".")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOTOOLCHAIN=local", "GOOS=linux", "GOARCH="+goarch, "PWD="+dir)
	if log, code := run(t, cmd); code != 0 {
		t.Fatalf("building %s: %s", dir, log)
	}
	return readFile(t, out)
}

// TestCompileHasNoNetwork has a go command that tries to reach this test and the world.
func TestCompileHasNoNetwork(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		var visits atomic.Int32
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				visits.Add(1)
				conn.Close()
			}
		}()
		probe := compileProgram(t, "amd64", "testdata/netprobe", "-ldflags=-X main.address="+listener.Addr().String())
		dir := example(t, "hello")
		configure(t, dir, pushBuilder(t, "builder:netprobe", probe))
		seesTheTest(t, probe, &visits)

		netrc := filepath.Join(t.TempDir(), "netrc")
		edit(t, filepath.Dir(netrc), "netrc", "machine corp.example login me password secret\n")
		r := m.fail(t, build{dir: dir, flags: []string{"--secret", "id=netrc,src=" + netrc}})
		r.says(t, "no way to "+listener.Addr().String(), "no way to golang.org:443")
		for _, bad := range []string{"netprobe: REACHED", "netprobe: FOUND"} {
			if strings.Contains(r.log, bad) {
				t.Errorf("the log says %q:\n%s", bad, r.log)
			}
		}
		if n := visits.Load(); n > 0 {
			t.Errorf("the build step reached the test %d times", n)
		}
	})
}

// seesTheTest runs the probe outside of a build, where it must find the test, and forgets that visit.
func seesTheTest(t *testing.T, probe []byte, visits *atomic.Int32) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "probe")
	if err := writeFile(file, bytes.NewReader(probe), 0o755); err != nil {
		t.Fatal(err)
	}
	if log, _ := run(t, exec.CommandContext(t.Context(), file)); !strings.Contains(log, "netprobe: REACHED 127.0.0.1") {
		t.Fatalf("the probe does not see the test even without a build:\n%s", log)
	}
	eventually(t, "the test sees the probe", nil, func() bool { return visits.Load() == 1 })
	visits.Store(0)
}

// TestWrongProgram has a compiler that makes a program for another machine. Nobody but the check of the finished image sees it.
func TestWrongProgram(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		builder := pushBuilder(t, "builder:cross", compileProgram(t, "amd64", "testdata/crossgo"),
			imageFile{name: "usr/local/go/bin/program", mode: 0o755, data: compileProgram(t, "arm64", "../examples/hello")})
		dir := example(t, "hello")
		configure(t, dir, builder)

		r := m.fail(t, build{dir: dir, platforms: "linux/amd64"})
		for _, want := range []string{"linux/amd64", "arm64"} {
			if !strings.Contains(r.log[max(0, strings.LastIndex(r.log, "rror: ")):], want) {
				t.Errorf("the error does not name %s:\n%s", want, r.log)
			}
		}
		// The same compiler is right about the other platform.
		m.build(t, build{dir: dir, platforms: "linux/arm64"}).runs(t, "hello from linux/arm64")

		r = m.fail(t, build{dir: dir, platforms: "linux/amd64", push: "wrong:" + m.name})
		if inRegistry(r.pushed) {
			t.Errorf("%s is in the registry", r.pushed)
		}
	})
}

// TestBuilderImage builds with the Go of this machine, handed over as an image.
func TestBuilderImage(t *testing.T) {
	t.Parallel()
	setUp(t)
	goroot, err := goEnv("GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	img, err := imageOf(builderEnv, tarGoRoot(t, goroot))
	if err != nil {
		t.Fatal(err)
	}
	settings := pushBuilderImage(t, "builder:go", img)
	version, err := goEnv("GOVERSION")
	if err != nil {
		t.Fatal(err)
	}
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, settings)
		r := m.build(t, build{dir: dir})
		r.runs(t, "hello from linux/amd64")
		if got := programOf(t, r.image(t)).info(t).GoVersion; got != version {
			t.Errorf("the program was made by %s, want %s", got, version)
		}
		for _, v := range r.vertices() {
			if isStage(v.name, "toolchain") && !strings.Contains(v.name, "/builder@") {
				t.Errorf("%s is part of the build", v.name)
			}
		}
	})
}

// tarGoRoot packs what a build reads of a GOROOT.
func tarGoRoot(t *testing.T, goroot string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, part := range []string{"VERSION", "go.env", "bin/go", "lib/time", "pkg/include", "pkg/tool", "src"} {
		err := filepath.WalkDir(filepath.Join(goroot, part), func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "testdata" {
				return fs.SkipDir
			}
			if !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			return tarFile(w, name, strings.TrimPrefix(name, goroot))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarFile(w *tar.Writer, name, inGoRoot string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: "usr/local/go" + inGoRoot, Mode: int64(info.Mode().Perm()), Size: int64(len(data))}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
