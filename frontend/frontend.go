// Package frontend speaks BuildKit's gateway protocol: it turns the options of a build into a plan, the plan into LLB, and
// the solved graph into a verified image. It is the only package that does.
//
// Its files follow the data, and build.go is the list of them: options and context are what the user gave, and input has package project
// read it; golang, images, scan, analyze, commit and cgo find out what the plan needs; solve, verify, start, describe and result make the
// image. requests answers everything that is not a build, and locate takes every mistake back to the line where it was made.
package frontend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/gateway/grpcclient"

	"github.com/modship-build/modship/internal/stepprogram"
)

// StepLocal is the name of the local source that a client sends with the program of the build steps in it, as the file "modship".
const StepLocal = "modship-step"

// FromClient builds in the process of a BuildKit client, which must offer [StepLocal].
func FromClient(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
	step := llb.Local(StepLocal,
		llb.SessionID(c.BuildOpts().SessionID),
		llb.SharedKeyHint(StepLocal),
		llb.IncludePatterns([]string{"modship"}),
		llb.WithCustomName("[internal] load modship"))
	return build(ctx, c, stepBinary{state: step, path: "/modship"})
}

// shownKey is for [InFolder].
type shownKey struct{}

// InFolder tells a build how its user reaches the build context: by a path with slashes from the working directory, or an absolute one. What is advised
// then has paths that they can copy. It is no option of the build, because those are recorded, and it says something of one machine.
func InFolder(ctx context.Context, shown string) context.Context {
	return context.WithValue(ctx, shownKey{}, shown)
}

// shownFolder is what [InFolder] said, "" if nobody did.
func shownFolder(ctx context.Context) string {
	shown, _ := ctx.Value(shownKey{}).(string)
	return shown
}

// FromImage builds in a container that BuildKit made of the frontend image, which is mounted into the build steps as well.
func FromImage(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
	current, ok := c.(interface{ CurrentFrontend() (*llb.State, error) })
	if !ok {
		return nil, fmt.Errorf("finding the frontend image: the client is %T, not %T", c, grpcclient.GrpcClient(nil))
	}
	image, err := current.CurrentFrontend()
	if err != nil {
		return nil, fmt.Errorf("finding the frontend image: %w", err)
	}
	if image == nil {
		return nil, fmt.Errorf("finding the frontend image: modship frontend runs in a container that BuildKit makes; to build by hand use modship build")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding modship in the frontend image: %w", err)
	}
	return build(ctx, c, stepBinary{state: *image, path: besides(self)})
}

// besides gives the step program that lies in the folder of modship. A frontend image without it runs modship in its place.
func besides(self string) string {
	program := filepath.Join(filepath.Dir(self), stepprogram.Name(runtime.GOARCH))
	if _, err := os.Stat(program); err != nil {
		return self
	}
	return program
}

// stepBinary is where the program of the build steps is.
type stepBinary struct {
	state llb.State
	path  string
}
