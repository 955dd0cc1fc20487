package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
	gotoolchain "github.com/modship-build/modship/internal/toolchain"
)

// hermetic is the environment of every go command that may meet project code: no network, no settings of anyone's home,
// no other toolchain, no VCS, and go.mod and go.sum as they are.
var hermetic = []string{
	"GOPROXY=off",
	"GOSUMDB=off",
	"GOVCS=*:off",
	// CVE-2026-97033: flags of #cgo lines reach files outside the module. And some stand for the machine that builds.
	"CGO_CFLAGS_DISALLOW=" + disallowedC,
	"CGO_CPPFLAGS_DISALLOW=" + disallowedC,
	"CGO_CXXFLAGS_DISALLOW=" + disallowedC,
	"CGO_FFLAGS_DISALLOW=" + disallowedC,
	"CGO_LDFLAGS_DISALLOW=" + disallowedC,
}

const disallowedC = `-?-sysroot.*|-target.*|-isysroot.*|-x.*|` + ctoolchain.NativePattern

// common is the environment of every go command in a step.
var common = []string{
	"GOROOT=" + request.GoRoot,
	"GOMODCACHE=" + request.ModCache,
	"GOCACHE=" + request.GoCache,
	"GOPATH=/go",
	"GOENV=off",
	"GOTOOLCHAIN=local",
	"GOTELEMETRY=off",
	"GO111MODULE=on",
	"GOTMPDIR=" + request.Temp,
	"TMPDIR=" + request.Temp,
	"HOME=" + request.Temp,
	"LC_ALL=C",
	"PATH=" + request.GoRoot + "/bin",
}

// rootDir is where cmd/go works: the root of the module or of the workspace.
func rootDir(root string) string { return filepath.Join(request.Work, root) }

// goCommand prepares `go ARGS` in the work tree, for the module or the workspace in its folder root. Later settings of env win.
func goCommand(ctx context.Context, root string, work bool, env, args []string) *exec.Cmd {
	dir := rootDir(root)
	workspace := "GOWORK=off"
	if work {
		workspace = "GOWORK=" + filepath.Join(dir, "go.work")
	}
	cmd := exec.CommandContext(ctx, path.Join(request.GoRoot, "bin/go"), args...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(common, compilerMemory(), []string{"PWD=" + dir, workspace}, env)
	cmd.Stderr = shown()
	return cmd
}

// buildEnv is the part of the environment that decides action IDs.
func buildEnv(b request.Build) []string {
	env := slices.Concat(hermetic, []string{"GOFLAGS=" + modFlag(b)}, cgoEnv(b.Cgo), b.Target.Env())
	for name, value := range b.Env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

func modFlag(b request.Build) string {
	if b.Vendor {
		return "-mod=vendor"
	}
	return "-mod=readonly"
}

// building is what one run of `go build` is told beside the flags that all share.
type building struct {
	packages []string
	// compilers is how many run at a time.
	compilers int
	// static is for what is said of a failed link.
	static bool
	// env and flags take no part in action IDs.
	env, flags []string
}

// goBuild runs `go build` with the flags that Deps and Compile must share, and more. It gives what was said meanwhile: by the compilers of
// C too, and by the linker.
func goBuild(ctx context.Context, b request.Build, run building) (said string, err error) {
	if err := checkC(b); err != nil {
		return "", err
	}
	// -v says which packages are compiled: what takes so long, and after a change, what the change reaches.
	args := slices.Concat([]string{"build", "-v", "-p=" + strconv.Itoa(run.compilers)}, buildFlags(b), run.flags, []string{"--"}, run.packages)
	cmd := goCommand(ctx, b.Root, b.Work, append(buildEnv(b), run.env...), args)
	asking, stop := context.WithCancel(ctx)
	defer stop()
	progress := newCompiling(shown(), compilesLong, askStale(asking, b, run.compilers, run.packages))
	var log strings.Builder
	cmd.Stderr = io.MultiWriter(progress, &log)
	cmd.Stdout = cmd.Stderr
	err = cmd.Run()
	stop()
	if closeErr := progress.close(); err == nil {
		return log.String(), closeErr
	}
	return log.String(), buildError(b, run.static, log.String(), err)
}

// buildFlags are those that decide what is compiled.
func buildFlags(b request.Build) []string {
	flags := append([]string{"-pgo=" + pgoFlag(b)}, b.Flags...)
	if len(b.Tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(b.Tags, ","))
	}
	return flags
}

// checkC refuses to compile C with a Go that sources could have run programs: that of an image is not known before.
func checkC(b request.Build) error {
	if b.Cgo == nil {
		return nil
	}
	release, err := goRelease()
	if err != nil {
		return err
	}
	return gotoolchain.CheckC(release)
}

func pgoFlag(b request.Build) string {
	if b.PGO == "" {
		return "off"
	}
	return path.Join(request.Source, b.PGO)
}

// goOutput runs a go command and hands its standard output to read while it runs.
func goOutput(cmd *exec.Cmd, read func(io.Reader) error) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("opening a pipe from go: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting go: %w", err)
	}
	readErr := read(out)
	if _, err := io.Copy(io.Discard, out); err != nil {
		readErr = errors.Join(readErr, err)
	}
	// What was read explains a failure better than the exit status does.
	if err := cmd.Wait(); readErr == nil && err != nil {
		return fmt.Errorf("running go %s: %w", cmd.Args[1], err)
	}
	return readErr
}
