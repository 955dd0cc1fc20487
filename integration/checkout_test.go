//go:build linux

package integration

import (
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// A checkout is a repository that git itself made, of a module that prints what is stamped into it.

const stampFiles = `
-- go.mod --
module example.com/stamp

go 1.26

toolchain go1.26.11

require github.com/agext/levenshtein v1.2.3
-- go.sum --
github.com/agext/levenshtein v1.2.3 h1:YB2fHEn0UJagG8T1rrWknE3ZQzWM06O8AMAatNn7lmo=
github.com/agext/levenshtein v1.2.3/go.mod h1:JEDfjyjHDjOF/1e4FlBE/PkbqA9OfWu2ki2W0IB5558=
-- README.md --
# Stamp
-- main.go --
package main

import (
	"fmt"

	"github.com/agext/levenshtein"
)

var (
	version = "dev"
	commit  string
	date    = "unknown"
	flavour = "plain"
)

func main() {
	fmt.Printf("version=%s\ncommit=%s\ndate=%s\nflavour=%s\n", version, commit, date, flavour)
	fmt.Println(levenshtein.Distance("stamp", "stomp", nil))
}
-- main_test.go --
package main
`

const (
	// stampRemote has a password in it, as those of build machines do.
	stampRemote = "https://builder:" + canary + "@code.example.com/team/stamp.git"
	stampSource = "https://code.example.com/team/stamp"
	stampTag    = "v1.2.3"
	stampTime   = "2024-01-02T03:04:05Z"
)

// newCheckout makes a repository with one commit and a tag. config is the text after the syntax line.
func newCheckout(t *testing.T, config string) string {
	t.Helper()
	need(t, "git", "git")
	dir := inline(t, stampFiles)
	configure(t, dir, config)
	edit(t, dir, "LICENSE", string(readFile(t, "../internal/modcache/testdata/MIT")))
	initCheckout(t, dir)
	return dir
}

// initCheckout commits what is in a directory.
func initCheckout(t *testing.T, dir string, flags ...string) {
	t.Helper()
	git(t, dir, append([]string{"init", "-q", "-b", "main"}, flags...)...)
	commitAll(t, dir, "first")
	git(t, dir, "tag", stampTag)
	git(t, dir, "remote", "add", "origin", stampRemote)
}

func commitAll(t *testing.T, dir, message string) {
	t.Helper()
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", message)
}

// git runs git as somebody who has no settings. Its clock stands still, in a zone that is not UTC.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com",
		"GIT_AUTHOR_DATE=2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2024-01-02T08:34:05+05:30")
	out, code := run(t, cmd)
	if code != 0 {
		t.Fatalf("git %s: %s", strings.Join(args, " "), out)
	}
	return strings.TrimSpace(out)
}

// commitFacts are what a program and its image say of the commit. What is unknown is "".
type commitFacts struct {
	Version, Revision, Time, Modified, Source string
}

// headFacts asks git and the go command of this machine about a checkout.
func headFacts(t *testing.T, dir string) commitFacts {
	t.Helper()
	f := infoFacts(plainBuild(t, dir))
	if head := git(t, dir, "rev-parse", "HEAD"); f.Revision != head {
		t.Fatalf("go build stamps revision %q, git says %s", f.Revision, head)
	}
	f.Source = stampSource
	return f
}

// plainBuild is go build in a checkout, with git.
func plainBuild(t *testing.T, dir string) *buildinfo.BuildInfo {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plain")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=true", "-trimpath", "-o", file, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "PWD="+dir,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	if out, code := run(t, cmd); code != 0 {
		t.Fatalf("go build: %s", out)
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// infoFacts reads build information.
func infoFacts(info *debug.BuildInfo) commitFacts {
	return commitFacts{
		Version:  strings.TrimSuffix(info.Main.Version, "(devel)"),
		Revision: setting(info, "vcs.revision"),
		Time:     setting(info, "vcs.time"),
		Modified: setting(info, "vcs.modified"),
	}
}

// programFacts reads the program of the only image.
func programFacts(t *testing.T, r result) commitFacts {
	t.Helper()
	return infoFacts(programOf(t, r.image(t)).info(t))
}

// labelFacts reads the labels of the only image.
func labelFacts(t *testing.T, r result) commitFacts {
	t.Helper()
	labels := labelsOf(t, r.image(t))
	return commitFacts{
		Version:  labels["org.opencontainers.image.version"],
		Revision: labels["org.opencontainers.image.revision"],
		Time:     labels["org.opencontainers.image.created"],
		Source:   labels["org.opencontainers.image.source"],
	}
}
