// Package step is modship inside a build: each step runs as one exec of the graph, on the build platform, in a root that
// holds nothing but this program and the mounts of package request.
//
// A step reads its request from its environment, writes what it gives below request.Out with fixed owners, modes and times,
// and says what went wrong on standard error, which BuildKit shows. Only the steps toolchain, resolve, modules and sysroot
// have a network; no project code runs in them. The others compile, with neither network nor secrets.
package step

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/step/request"
)

// steps are the step names of [Run].
var steps = map[string]func(context.Context) error{
	"resolve":   with(resolve),
	"toolchain": with(toolchain),
	"modules":   with(modules),
	"scan":      with(scanSource),
	"vcs":       with(readCommit),
	"license":   with(readLicense),
	"analyze":   with(analyzeImports),
	"deps":      with(deps),
	"compile":   with(compile),
	"rootfs":    with(rootfs),
	"sysroot":   with(sysroot),
	"libraries": with(libraries),
}

// Run executes the step that args name, with the request in the environment.
func Run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == toolStep {
		return runTool(args[1:])
	}
	known := strings.Join(slices.Sorted(maps.Keys(steps)), ", ")
	if len(args) != 1 {
		return fmt.Errorf("want the name of one step: %s", known)
	}
	run, ok := steps[args[0]]
	if !ok {
		return fmt.Errorf("unknown step %q: want one of %s", args[0], known)
	}
	setUmask()                                               // modes below are exact, whatever the umask of BuildKit is
	if err := os.MkdirAll(request.Temp, 0o777); err != nil { // the root of a step is empty
		return fmt.Errorf("making %s: %w", request.Temp, err)
	}
	if err := run(ctx); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return nil
}

// with decodes the request of a step before it runs.
func with[T any](run func(context.Context, T) error) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := request.Decode[T](os.LookupEnv)
		if err != nil {
			return err
		}
		return run(ctx, req)
	}
}
