package stepprogram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/modship-build/modship/internal/localfile"
)

// Install makes programs for a modship that carries none because `go install` has built it.
type Install struct {
	// Info is that of the running program.
	Info *debug.BuildInfo
	// Path lists folders with programs, of which the go command is taken.
	Path string
	// Cache is a folder that keeps what was made.
	Cache string
	// Progress is told of what takes long.
	Progress io.Writer
}

// errNotInstalled is for a program that no version of the module has the source of.
var errNotInstalled = fmt.Errorf("modship was not built by go install with a version: %w", fs.ErrNotExist)

// Make gives the path of the program for a GOARCH. It is compiled once for each version, of the module that this program was installed
// from: the go command fetches that again, or has it still, and it must have the same hash.
//
// The error wraps [fs.ErrNotExist] where this program is not one of `go install`, or where there is no go command.
func (i Install) Make(ctx context.Context, arch string) (string, error) {
	if i.Info == nil || i.Info.Main.Sum == "" || i.Info.Main.Version == "" {
		return "", errNotInstalled
	}
	m := i.Info.Main
	sum := sha256.Sum256([]byte(m.Version + m.Sum))
	name := filepath.Join(i.Cache, fmt.Sprintf("step-%x", sum[:8]), Name(arch))
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return name, nil
	}
	program, err := localfile.FindProgram("go", i.Path)
	if err != nil {
		return "", fmt.Errorf("finding the go command: %w: %w", err, fs.ErrNotExist)
	}
	fmt.Fprintf(i.Progress, "compiling the program that runs inside the build, for linux/%s (once) …\n", arch)
	root, err := download(ctx, program, m)
	if err != nil {
		return "", fmt.Errorf("fetching %s@%s, which this program was installed from: %w", m.Path, m.Version, err)
	}
	data, err := Build(ctx, program, root, arch)
	if err == nil {
		err = localfile.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err })
	}
	if err == nil {
		err = os.Chmod(name, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("making the step program for linux/%s: %w", arch, err)
	}
	return name, nil
}

var errOtherSum = errors.New("it has another hash now")

// download gives the folder of a module in the cache of the go command.
func download(ctx context.Context, program string, m debug.Module) (dir string, err error) {
	cmd := exec.CommandContext(ctx, program, "mod", "download", "-json", m.Path+"@"+m.Version)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GO111MODULE=on")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, runErr := cmd.Output()
	var answer struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &answer); err != nil {
		return "", fmt.Errorf("running go mod download: %w: %s", errors.Join(runErr, err), strings.TrimSpace(said.String()))
	}
	switch {
	case answer.Error != "":
		return "", errors.New(answer.Error)
	case runErr != nil:
		return "", runErr
	case answer.Sum != m.Sum:
		return "", errOtherSum
	}
	return answer.Dir, nil
}
