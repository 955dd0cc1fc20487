package step

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// selfReader embeds its own sources, assembly among them, which includes files that cmd/go does not look at.
const selfReader = `
-- go.mod --
module example.com/app

go 1.26
-- main.go --
package main

import (
	"crypto/sha256"
	"embed"
	"fmt"
)

//go:embed *.s *.go inc
var files embed.FS

func number() int64

func main() {
	for _, name := range []string{"main.go", "number_ARCH.s", "inc/number.def"} {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%x %s\n", sha256.Sum256(text), name)
	}
	fmt.Println(number())
}
-- inc/number.def --
#define NUMBER $1
`

var numbers = map[string]string{
	"amd64": "#include \"textflag.h\"\n#include \"inc/number.def\"\nTEXT ·number(SB), NOSPLIT, $0-8\n\tMOVQ NUMBER, AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n",
	"arm64": "#include \"textflag.h\"\n#include \"inc/number.def\"\nTEXT ·number(SB), NOSPLIT, $0-8\n\tMOVD NUMBER, R0\n\tMOVD R0, ret+0(FP)\n\tRET\n",
}

// TestIncludedFilesAreKeys: an edit of an included file is in the program, also where objects of earlier builds are kept; what is embedded
// are the files themselves; and the program is the one that go build makes.
func TestIncludedFilesAreKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the runtime")
	}
	assembly, ok := numbers[runtime.GOARCH]
	if !ok {
		t.Skipf("the test has no assembly for %s", runtime.GOARCH)
	}
	source := lay(t, strings.ReplaceAll(selfReader, "ARCH", runtime.GOARCH))
	write(t, filepath.Join(source, "number_"+runtime.GOARCH+".s"), assembly)
	c := container{t: t, env: []string{"GOPROXY=off"}}
	req := request.Compile{
		Build: request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Flags: []string{"-trimpath", "-buildvcs=false"}}, Main: "example.com/app", Path: "app",
	}
	cache, kept, mods := t.TempDir(), t.TempDir(), t.TempDir()
	if err := copyFile(filepath.Join(source, "go.mod"), filepath.Join(mods, "go.mod")); err != nil {
		t.Fatal(err)
	}
	c.run("deps", request.Deps{Build: req.Build, Imports: []string{"crypto/sha256", "embed", "fmt"}},
		in(mods, request.Source), out(t.TempDir(), request.ModCache), out(cache, request.GoCache))
	for _, number := range []string{"1", "2", "1"} {
		write(t, filepath.Join(source, "inc/number.def"), "#define NUMBER $"+number+"\n")
		made := t.TempDir()
		said := c.run("compile", req, in(source, request.Source), out(t.TempDir(), request.ModCache), out(copied(t, cache), request.GoCache),
			out(kept, request.KeptCache), out(made, request.Out), out(t.TempDir(), request.Said))
		if strings.Contains(said, "\nfmt\n") {
			t.Errorf("dependencies are compiled again: %s", said)
		}
		want := ""
		for _, name := range []string{"main.go", "number_" + runtime.GOARCH + ".s", "inc/number.def"} {
			text, err := os.ReadFile(filepath.Join(source, name))
			if err != nil {
				t.Fatal(err)
			}
			want += fmt.Sprintf("%x %s\n", sha256.Sum256(text), name)
		}
		want += number + "\n"
		program := filepath.Join(made, "app")
		if got, err := exec.CommandContext(t.Context(), program).CombinedOutput(); err != nil || string(got) != want {
			t.Errorf("with %s: %v, got\n%swant\n%s", number, err, got, want)
		}
		plain := filepath.Join(t.TempDir(), "app")
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=", "-o", plain, ".")
		build.Dir = source
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, text)
		}
		if content(t, program) != content(t, plain) {
			t.Errorf("with %s the program is not that of go build", number)
		}
	}
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
