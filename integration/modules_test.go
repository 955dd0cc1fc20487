//go:build linux

package integration

import (
	"bytes"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/testing/golden"
)

// TestModules builds the archives of testdata/modules. The file want of each says what must come of it, a line each:
//
//	prints TEXT          the program's output holds the text
//	go VERSION           the Go that made it, as `go version -m` has it
//	setting KEY VALUE    a build setting, as `go version -m` has it
//	entrypoint PATH      where the program is
//	fails TEXT           the build fails, and the log holds the text
//	exit CODE            with which code, in client mode
func TestModules(t *testing.T) {
	t.Parallel()
	setUp(t)
	golden.Each(t, "testdata/modules/*.txtar", func(t *testing.T, a *golden.Archive) {
		eachMode(t, func(t *testing.T, m mode) { buildArchive(t, m, a) })
	})
}

func buildArchive(t *testing.T, m mode, a *golden.Archive) {
	lines := strings.Split(strings.TrimSpace(string(a.Data(t, "want"))), "\n")
	b := build{dir: contextOf(t, a)}
	if strings.HasPrefix(lines[0], "fails ") {
		r := m.fail(t, b)
		for _, line := range lines {
			checkFailure(t, m, r, line)
		}
		return
	}
	r := m.build(t, b)
	p := programOf(t, r.image(t))
	output := p.output(t)
	for _, line := range lines {
		checkProgram(t, p, output, line)
	}
}

func checkFailure(t *testing.T, m mode, r result, line string) {
	t.Helper()
	verb, text, _ := strings.Cut(line, " ")
	switch verb {
	case "fails":
		r.says(t, text)
	case "exit":
		r.exits(t, m, int(text[0]-'0'))
	default:
		t.Fatalf("unknown line %q", line)
	}
}

// exits compares the exit code of `modship build`; buildx has its own.
func (r result) exits(t *testing.T, m mode, want int) {
	t.Helper()
	if m.name == client.name && r.code != want {
		t.Errorf("exit code %d, want %d:\n%s", r.code, want, r.log)
	}
}

func checkProgram(t *testing.T, p program, output, line string) {
	t.Helper()
	verb, text, _ := strings.Cut(line, " ")
	got := ""
	switch verb {
	case "prints":
		if !strings.Contains(output, text) {
			t.Errorf("the program printed %q, want %q", output, text)
		}
		return
	case "go":
		got = p.info(t).GoVersion
	case "setting":
		var key string
		key, text, _ = strings.Cut(text, " ")
		got = setting(p.info(t), key)
	case "entrypoint":
		config, err := p.img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		got = strings.Join(config.Config.Entrypoint, " ")
	default:
		t.Fatalf("unknown line %q", line)
	}
	if got != text {
		t.Errorf("%s is %q, want %q", verb, got, text)
	}
}

// TestLineEndings: git on Windows may write CRLF. A byte order mark is what the go command itself does not read.
func TestLineEndings(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		for _, name := range []string{"go.mod", "main.go", "Dockerfile"} {
			crlf := bytes.ReplaceAll(readFile(t, filepath.Join(dir, name)), []byte("\n"), []byte("\r\n"))
			edit(t, dir, name, string(crlf))
		}
		m.build(t, build{dir: dir}).runs(t, "hello from linux/amd64")

		edit(t, dir, "go.mod", "\ufeff"+string(readFile(t, filepath.Join(dir, "go.mod"))))
		r := m.fail(t, build{dir: dir})
		r.says(t, "go.mod:1", "byte order mark")
		r.exits(t, m, 2)
	})
}

// TestProfile compiles with the default.pgo of the main package.
func TestProfile(t *testing.T) {
	var profile bytes.Buffer
	setUp(t)
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Fatal(err)
	}
	for started := time.Now(); time.Since(started) < 300*time.Millisecond; {
		bytes.Repeat([]byte("work"), 1000)
	}
	pprof.StopCPUProfile()
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		edit(t, dir, "default.pgo", profile.String())
		r := m.build(t, build{dir: dir})
		r.runs(t, "hello from linux/amd64")
		if got := setting(programOf(t, r.image(t)).info(t), "-pgo"); filepath.Base(got) != "default.pgo" {
			t.Errorf("the program was made with -pgo=%q", got)
		}
	})
}
