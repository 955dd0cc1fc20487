//go:build linux

package integration

import (
	"strings"
	"testing"
)

// pluginModule opens a plugin that is not there: with C the loader says so, without it the package says that it can do nothing.
const pluginModule = `
-- go.mod --
module example.com/host

go 1.26
-- main.go --
package main

import (
	"fmt"
	"plugin"
)

func main() {
	_, err := plugin.Open("/no/such.so")
	fmt.Println(err)
}
`

// handleModule wants runtime/cgo without importing "C", through a vendored module.
const handleModule = `
-- go.mod --
module example.com/handle

go 1.26

require example.com/lib v1.0.0
-- main.go --
package main

import "example.com/lib"

func main() { println(lib.Three()) }
-- vendor/modules.txt --
# example.com/lib v1.0.0
## explicit; go 1.26
example.com/lib
-- vendor/example.com/lib/lib.go --
package lib

import "runtime/cgo"

func Three() int { return cgo.NewHandle(3).Value().(int) }
`

const boringModule = `
-- go.mod --
module example.com/boring

go 1.26
-- main.go --
package main

import (
	"crypto/sha256"
	"fmt"
)

var boring = func() bool { return false }

func main() {
	sum := sha256.Sum256(nil)
	fmt.Printf("boring %t %x\n", boring(), sum[:2])
}
-- boring.go --
//go:build boringcrypto

package main

import crypto "crypto/boring"

func init() { boring = crypto.Enabled }
`

// TestNeedsC: what is nothing without C gets it, although no package has C in it.
func TestNeedsC(t *testing.T) {
	t.Parallel()
	needDebian(t)
	for name, c := range map[string]struct {
		module, config, platforms string
		out                       string // "" is a build that fails
		says                      []string
	}{
		"plugin": {pluginModule, "", "linux/amd64", "plugin.Open(\"/no/such.so\"): realpath failed\n", []string{"C is needed by example.com/host, which imports plugin"}},
		"plugin without C": {pluginModule, "cgo: {enabled: off}\n", "linux/amd64", "plugin: not implemented\n",
			[]string{"example.com/host imports plugin (main.go:5), and without C plugin.Open always fails"}},
		"runtime/cgo": {handleModule, "cgo: {libc: musl}\n", "linux/arm64", "3\n", nil},
		"runtime/cgo without C": {handleModule, "cgo: {enabled: off}\n", bothPlatforms, "",
			[]string{"Dockerfile:2:", "example.com/lib imports runtime/cgo (example.com/lib/lib.go:3), and a program with it cannot be linked without C"}},
		"boringcrypto":        {boringModule, "build: {env: {GOEXPERIMENT: boringcrypto}}\n", "linux/arm64", "boring true e3b0\n", []string{"C is needed by GOEXPERIMENT=boringcrypto"}},
		"boringcrypto static": {boringModule, "build: {env: {GOEXPERIMENT: boringcrypto}}\ncgo: {link: static}\n", "linux/amd64", "boring true e3b0\n", nil},
		"boringcrypto for others": {boringModule, "build: {env: {GOEXPERIMENT: boringcrypto}}\n", "linux/amd64,linux/riscv64", "",
			[]string{"Dockerfile:2:", "there is no boringcrypto for linux/riscv64"}},
		"boringcrypto without C": {boringModule, "build: {env: {GOEXPERIMENT: boringcrypto}}\ncgo: {enabled: off}\n", "linux/amd64", "",
			[]string{"Dockerfile:2:", "boringcrypto needs C, and cgo is off"}},
		"FIPS before 1.24": {strings.Replace(boringModule, "go 1.26", "go 1.23", 1), "go: \"1.23\"\nbuild: {env: {GOFIPS140: v1.0.0}}\n", "linux/amd64", "",
			[]string{"Dockerfile:3:", "does not know GOFIPS140 and would ignore it"}},
		"an unknown experiment": {boringModule, "build: {env: {GOEXPERIMENT: boringcrypt}}\n", "linux/amd64", "",
			[]string{"Dockerfile:2:", "has no experiment boringcrypt", "did you mean \"boringcrypto\"?"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "boringcrypto static" {
				needFull(t)
			}
			dir := inline(t, c.module)
			configure(t, dir, c.config)
			b := build{dir: dir, platforms: c.platforms}
			if c.out == "" {
				client.fail(t, b).says(t, c.says...)
				return
			}
			r := client.build(t, b)
			r.says(t, c.says...)
			for platform, img := range r.images(t) {
				if out, code := runInRoot(t, img); out != c.out || code != 0 {
					t.Errorf("the program for %s exited with %d: %q, want %q", platform, code, out, c.out)
				}
			}
		})
	}
}

// TestCgoNative: no program has instructions of the machine that built it, whoever asks for them.
func TestCgoNative(t *testing.T) {
	needDebian(t)
	dir := inline(t, `
-- go.mod --
module example.com/native

go 1.26

require example.com/lib v1.0.0
-- main.go --
package main

// #cgo arm64 LDFLAGS: -mcpu=native
import "C"

import _ "example.com/lib"

func main() {}
-- vendor/modules.txt --
# example.com/lib v1.0.0
## explicit; go 1.26
example.com/lib
-- vendor/example.com/lib/lib.go --
package lib

// #cgo CFLAGS: -O3 -march=native
import "C"
`)
	configure(t, dir, "cgo: {libc: glibc}\n")
	client.fail(t, build{dir: dir, platforms: bothPlatforms}).says(t,
		"main.go:3:24: example.com/native has -mcpu=native in its #cgo lines", "example.com/lib has -march=native in its #cgo lines (example.com/lib/lib.go:3)")
}

// TestCgoDates: what C makes of dates is the same at any time.
func TestCgoDates(t *testing.T) {
	t.Parallel()
	needDebian(t)
	const module = `
-- go.mod --
module example.com/dates

go 1.26
-- main.go --
package main

// #include "dates.h"
import "C"

func main() { println(C.GoString(C.date()), C.GoString(C.dates())) }
-- dates.h --
static const char *date(void) { return __DATE__ " " __TIME__; }
const char *dates(void);
-- dates.c --
const char *dates(void) { return __TIMESTAMP__; }
`
	var digests []string
	for range 2 {
		dir := inline(t, module)
		configure(t, dir, "cgo: {libc: glibc}\ncache: isolated\n")
		r := client.build(t, build{dir: dir, flags: []string{"--no-cache"}})
		img := r.image(t)
		out, _ := runInRoot(t, img)
		if !strings.HasPrefix(out, "Jan  1 1970 00:00:00 ") {
			t.Errorf("the program says %s", out)
		}
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	if digests[0] != digests[1] {
		t.Errorf("two builds give %q", digests)
	}
}

// TestCgoUndefined: what a static library needs in turn is named before the linker's own words.
func TestCgoUndefined(t *testing.T) {
	t.Parallel()
	needDebian(t)
	dir := inline(t, `
-- go.mod --
module example.com/archive

go 1.26
-- main.go --
package main

// #cgo LDFLAGS: -lpng16
// #include <png.h>
import "C"

func main() { println(C.png_access_version_number() > 0, C.png_create_read_struct(nil, nil, nil, nil) != nil) }
`)
	main := string(readFile(t, dir+"/main.go"))
	edit(t, dir, "main.go", strings.ReplaceAll(main, "nil, nil, nil, nil", "C.CString(\"1.6.39\"), nil, nil, nil"))
	configure(t, dir, "cgo: {link: static, packages: {build: [libpng-dev]}}\n")
	client.fail(t, build{dir: dir, platforms: "linux/amd64"}).says(t, "libz.a has it: add -lz to cgo.ldflags")
	configure(t, dir, "cgo: {link: static, packages: {build: [libpng-dev]}, ldflags: [-lz, -lm]}\n")
	if out, code := runInRoot(t, client.build(t, build{dir: dir, platforms: "linux/amd64"}).image(t)); code != 0 {
		t.Errorf("the program exited with %d: %s", code, out)
	}
}
