//go:build linux

package integration

import (
	"debug/elf"
	"encoding/binary"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	loaderPath  = "lib64/ld-linux-x86-64.so.2"
	libraryPath = "usr/lib/x86_64-linux-gnu/"
)

// TestCgoBases puts one program of C++ on bases that it starts on, and on those that it does not: the build must know.
func TestCgoBases(t *testing.T) {
	t.Parallel()
	needDebian(t)
	need(t, "gcc", "gcc")
	scratch := rootfsOf(t, client.build(t, build{dir: example(t, "cgo-cxx"), platforms: "linux/amd64"}).image(t))
	whole := baseFiles(t, scratch)
	whole["etc/os-release"] = []byte("ID=debian\n")
	without := func(name string) map[string][]byte {
		files := maps.Clone(whole)
		delete(files, name)
		return files
	}
	with := func(name string, data []byte) map[string][]byte {
		files := maps.Clone(whole)
		files[name] = data
		return files
	}
	const libc, cxx = libraryPath + "libc.so.6", libraryPath + "libstdc++.so.6"
	elsewhere := without(cxx)
	elsewhere["opt/lib/libstdc++.so.6"] = whole[cxx]
	for name, c := range map[string]struct {
		files map[string][]byte
		says  []string // nil where the program starts
		env   string   // of the configuration
	}{
		"whole":              {files: whole},
		"elsewhere":          {files: elsewhere, says: []string{"needs the library libstdc++.so.6"}},
		"by LD_LIBRARY_PATH": {files: elsewhere, env: ", env: {LD_LIBRARY_PATH: /opt/lib}"},
		"musl": {map[string][]byte{"lib/ld-musl-x86_64.so.1": whole[loaderPath], "etc/alpine-release": []byte("3.20.0\n")},
			[]string{"is linked with glibc (its loader is /" + loaderPath + "), but the image has musl", "build it with cgo.libc: musl"}, ""},
		"missing": {without(cxx), []string{"needs the library libstdc++.so.6, which the image does not have", "install the package libstdc++6 in the base image"}, ""},
		"old": {with(libc, oldLibc(t)),
			[]string{"of libc.so.6, but /lib/x86_64-linux-gnu/libc.so.6 in the image has up to GLIBC_2.2.5", "choose a base image with glibc 2."}, ""},
		"foreign": {with(cxx, asARM64(whole[cxx])), []string{"needs the library libstdc++.so.6, but /", "arm64", "take the library for linux/amd64"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := example(t, "cgo-cxx")
			config := string(readFile(t, filepath.Join(dir, "Dockerfile")))
			_, config, _ = strings.Cut(config, "\n")
			configure(t, dir, config+"image: {base: "+pushBase(t, "cgobase:"+strings.ReplaceAll(strings.ToLower(name), " ", "-"), c.files)+c.env+"}\n")
			b := build{dir: dir, platforms: "linux/amd64"}
			if c.says == nil {
				if out, code := runInRoot(t, client.build(t, b).image(t)); out != "apple fig pear\n" {
					t.Errorf("the program exited with %d: %s", code, out)
				}
				return
			}
			r := client.fail(t, b)
			r.says(t, append(c.says, "Dockerfile:", "would not start")...)
			// The program agrees: it really does not.
			img, err := newImage(v1.Config{Entrypoint: []string{"/program"}}, imageFiles(c.files, scratch.file(t, "usr/local/bin/cgo-cxx").data)...)
			if err != nil {
				t.Fatal(err)
			}
			if out, code := tryInRoot(t, img); code == 0 {
				t.Errorf("the program runs all the same: %s", out)
			}
		})
	}
}

// baseFiles takes the loader and the libraries of an image, under the names that are looked for, without links.
func baseFiles(t *testing.T, r rootfs) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for name, f := range r {
		if !strings.HasPrefix(name, libraryPath) {
			continue
		}
		for f.Linkname != "" {
			f = r.file(t, path.Join(path.Dir(name), f.Linkname))
		}
		files[name] = f.data
		if path.Base(name) == path.Base(loaderPath) {
			files[loaderPath] = f.data
		}
	}
	if files[loaderPath] == nil {
		t.Fatalf("no loader in %q", r.libraries())
	}
	return files
}

func imageFiles(files map[string][]byte, program []byte) []imageFile {
	var list []imageFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, imageFile{name: name, mode: 0o755, data: files[name]})
	}
	if program != nil {
		list = append(list, imageFile{name: "program", mode: 0o755, data: program})
	}
	return list
}

func pushBase(t *testing.T, repository string, files map[string][]byte) string {
	t.Helper()
	img, err := newBase(v1.Config{}, imageFiles(files, nil)...)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := setUp(t).push(repository, img)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// oldLibc is a C library of the first version that amd64 had, as far as the loader looks.
func oldLibc(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	edit(t, dir, "libc.c", "int old_function(void) { return 0; }\n")
	edit(t, dir, "libc.map", "GLIBC_2.2.5 { global: *; };\n")
	cmd := exec.CommandContext(t.Context(), "gcc", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libc.so.6", "-Wl,--version-script=libc.map",
		"-o", "libc.so.6", "libc.c")
	cmd.Dir = dir
	if log, code := run(t, cmd); code != 0 {
		t.Fatalf("making an old C library: %s", log)
	}
	return readFile(t, filepath.Join(dir, "libc.so.6"))
}

// asARM64 is a library that says that it is for another machine.
func asARM64(data []byte) []byte {
	data = slices.Clone(data)
	binary.LittleEndian.PutUint16(data[18:], uint16(elf.EM_AARCH64)) // e_machine
	return data
}
