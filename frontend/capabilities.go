package frontend

import (
	"fmt"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
)

// The oldest BuildKit that is supported, and what came with it last of all that a build needs.
const (
	oldestBuildKit = "v0.13"
	lastNeeded     = pb.CapExecMountContentCache
)

// checkCapabilities refuses an older daemon in one sentence. The build would fail at whatever it does not know, with an error for whoever
// wrote the frontend.
func checkCapabilities(opts gateway.BuildOpts) error {
	if err := opts.LLBCaps.Supports(lastNeeded); err != nil {
		return fmt.Errorf("this BuildKit is too old: Modship needs %s or later (%w)", oldestBuildKit, err)
	}
	return nil
}

// checkMerge refuses a daemon that cannot put layers together, which an image needs: Docker's own, where it keeps images in its classic store.
func checkMerge(opts gateway.BuildOpts) error {
	if err := opts.LLBCaps.Supports(pb.CapMergeOp); err != nil {
		return fmt.Errorf("this BuildKit cannot put layers together: with Docker, %s (%w)", mergeHelp, err)
	}
	return nil
}

// mergeHelp is what somebody can do.
const mergeHelp = "turn on its containerd image store, or make a builder that can: docker buildx create --use"
