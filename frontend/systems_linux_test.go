package frontend

import (
	"bytes"
	"context"
	"debug/macho"
	"debug/pe"
	"slices"
	"strings"
	"testing"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
)

// TestOtherSystems builds programs for other systems than Linux, two at once, which are named as these want it, and their documents.
func TestOtherSystems(t *testing.T) {
	c := newClient(t, several+"main: [., ./cmd/api]\n")
	c.Options["platform"] = "linux/amd64,darwin/arm64,windows/amd64,wasip1/wasm"
	c.Options["target"] = "binaries"
	res := mustBuild(t, c)
	if got, want := names(t, res.Ref), []string{
		"SHA256SUMS", "api-darwin-arm64", "api-linux-amd64", "api-wasip1-wasm.wasm", "api-windows-amd64.exe",
		"hello-darwin-arm64", "hello-linux-amd64", "hello-wasip1-wasm.wasm", "hello-windows-amd64.exe",
	}; !slices.Equal(got, want) {
		t.Fatalf("the files are %q, want %q", got, want)
	}
	read := func(name string) []byte {
		data, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: name})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if file, err := macho.NewFile(bytes.NewReader(read("hello-darwin-arm64"))); err != nil || file.Cpu != macho.CpuArm64 {
		t.Errorf("for darwin: %v", err)
	}
	for _, name := range []string{"hello-windows-amd64.exe", "api-windows-amd64.exe"} {
		if file, err := pe.NewFile(bytes.NewReader(read(name))); err != nil || file.Machine != pe.IMAGE_FILE_MACHINE_AMD64 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.HasPrefix(string(read("hello-wasip1-wasm.wasm")), "\x00asm") {
		t.Error("for wasip1 it is no module of WebAssembly")
	}
	for _, want := range []string{"Mach-O", "PE", "WebAssembly", "static"} {
		if said := string(res.Metadata[InlineMessage]); !strings.Contains(said, want) {
			t.Errorf("it says\n%s, not %s", said, want)
		}
	}
	if sums := string(read("SHA256SUMS")); !strings.Contains(sums, "  hello-windows-amd64.exe\n") {
		t.Errorf("the sums are\n%s", sums)
	}
	c.Options["target"] = "sbom"
	if got := names(t, mustBuild(t, c).Ref); !slices.Contains(got, "hello-windows-amd64.spdx.json") {
		t.Errorf("the documents are %q", got)
	}
}

func names(t *testing.T, ref gateway.Reference) []string {
	t.Helper()
	entries, err := ref.ReadDir(context.Background(), gateway.ReadDirRequest{Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Path)
	}
	slices.Sort(all)
	return all
}

// TestOtherSystemsRefused: there are no images for them, no compiled dependencies to ship, and no C.
func TestOtherSystemsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		target, config, platform string
		want                     string
	}{
		"an image":      {"", "", "linux/amd64,windows/amd64", "images are made for linux only, not for windows/amd64; --target binaries"},
		"compile-cache": {"compile-cache", "", "darwin/arm64", "images are made for linux only, not for darwin/arm64"},
		"C":             {"binaries", "cgo: {enabled: on}\n", "linux/amd64,windows/amd64", "C is compiled for linux only, not for windows/amd64"},
		"no such":       {"binaries", "", "windows/mips", `no port to windows for "mips"`},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, hello+c.config)
			client.Options["platform"] = c.platform
			if c.target != "" {
				client.Options["target"] = c.target
			}
			if _, err := FromClient(t.Context(), client); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestOtherSystemsWithoutC: a package that has C and something in its place is built for Linux with C and for others without; the base of
// the configuration is looked up for Linux alone.
func TestOtherSystemsWithoutC(t *testing.T) {
	c := newClient(t, `
-- go.mod --
module example.com/mixed

go 1.26

toolchain $GO
-- main.go --
package main

func main() { println(answer()) }
-- c.go --
//go:build cgo

package main

// int answer(void) { return 42; }
import "C"

func answer() int { return int(C.answer()) }
-- go.go --
//go:build !cgo

package main

func answer() int { return 42 }
-- modship.yaml --
# syntax=modship
image: {base: example.com/no-such-base}
`)
	c.Options["platform"], c.Options["target"] = "windows/amd64,darwin/amd64", "binaries"
	if got := names(t, mustBuild(t, c).Ref); !slices.Contains(got, "mixed-windows-amd64.exe") {
		t.Errorf("the files are %q", got)
	}
}
