package gittest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// Downloaded is what cmd/go says of a module. Info, GoMod and Zip are files.
type Downloaded struct{ Path, Version, Error, Info, GoMod, Zip, Sum, GoModSum string }

// Download asks `go mod download`, which runs git, for modules of the server.
func (s *Server) Download(versions ...module.Version) map[module.Version]Downloaded {
	s.t.Helper()
	args := []string{"mod", "download", "-json"}
	for _, m := range versions {
		args = append(args, m.String())
	}
	cmd := s.goCommand(s.t.TempDir(), args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if len(out) == 0 {
		s.t.Fatalf("go mod download: %v\n%s", err, &stderr)
	}
	all := map[module.Version]Downloaded{}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var one Downloaded
		if err := d.Decode(&one); err != nil {
			s.t.Fatal(err)
		}
		all[module.Version{Path: one.Path, Version: one.Version}] = one
	}
	return all
}

// DownloadFor runs `go mod download` in a module's folder, with an empty module cache, and gives the time that it takes.
func (s *Server) DownloadFor(dir string) time.Duration {
	s.t.Helper()
	cmd := s.goCommand(dir, "mod", "download")
	started := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("go mod download: %v\n%s", err, out)
	}
	return time.Since(started)
}

// goCommand is a go command that has fetched nothing yet and asks the server alone.
func (s *Server) goCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(os.Environ(), s.Env(), []string{"GOMODCACHE=" + filepath.Join(s.t.TempDir(), "mod"), "GOPATH=" + s.t.TempDir(), "GOFLAGS=-modcacherw", "GOPROXY=direct", "GONOSUMDB=*",
		"GOSUMDB=off", "GOPRIVATE=", "GONOPROXY=", "GOTOOLCHAIN=local", "GOWORK=off", "GOENV=off", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_TERMINAL_PROMPT=0", "GOVCS=*:git"})
	return cmd
}

// Sums are the lines of go.sum for modules of the server.
func (s *Server) Sums(versions ...module.Version) string {
	s.t.Helper()
	var lines strings.Builder
	for m, d := range s.Download(versions...) {
		if d.Error != "" {
			s.t.Fatalf("go mod download: %s", d.Error)
		}
		fmt.Fprintf(&lines, "%s %s %s\n%s %s/go.mod %s\n", m.Path, m.Version, d.Sum, m.Path, m.Version, d.GoModSum)
	}
	return lines.String()
}
