// Package step is what modship-step does inside a build: each step runs as one exec of the graph, on the build platform, in a root that
// holds nothing but this program and the mounts of package request.
//
// A step reads its request from its environment, writes what it gives below request.Out with fixed owners, modes and times,
// and says what went wrong on standard error, which BuildKit shows. Only the steps toolchain, resolve, notices, graph, modules, zig
// and sysroot have a network; no project code runs in them. The others compile, with neither network nor secrets.
package step

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/request"
)

// steps has what each stage runs.
var steps = byStage(
	with(online(resolve)),
	with(online(notices)),
	with(online(toolchain)),
	with(online(graph)),
	with(online(modules)),
	with(scanSource),
	with(findIncludes),
	with(readCommit),
	with(readLicense),
	with(recogniseTexts),
	with(analyzeImports),
	with(seed),
	with(deps),
	with(compile),
	with(rootfs),
	with(online(fetchZig)),
	with(sysroot),
	with(libraries),
	with(addFiles),
)

// step is a stage and what it runs.
type step struct {
	stage request.Stage
	run   func(context.Context) error
}

func byStage(all ...step) map[string]func(context.Context) error {
	run := make(map[string]func(context.Context) error, len(all))
	for _, s := range all {
		run[string(s.stage)] = s.run
	}
	return run
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
	return run(ctx)
}

// with decodes the request of a step before it runs. Without one nothing is written: this is no step of a build.
func with[T request.Request](run func(context.Context, T) error) step {
	var none T
	name := string(none.Stage())
	return step{none.Stage(), func(ctx context.Context) error {
		req, err := request.Decode[T](os.LookupEnv)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := forget(failureFile); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := run(ctx, req); err != nil {
			return failed(name, err)
		}
		return nil
	}}
}
