package cli

import (
	"errors"
	"os"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec of BuildKit's own frontends
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/step"
)

// newFrontendCommand is the entrypoint of the frontend image. Standard input and output are its connection to BuildKit, so nothing
// may be printed; standard error ends in the daemon's log.
func newFrontendCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "frontend",
		Short: "Serve a build as the frontend image; BuildKit does this",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if os.Getenv("BUILDKIT_SESSION_ID") == "" {
				return failed(errors.New("modship frontend runs in a container that BuildKit makes; to build by hand use modship build"))
			}
			return failed(grpcclient.RunFromEnvironment(appcontext.Context(), recovered(frontend.FromImage)))
		},
	}
}

// newStepCommand takes its arguments as they are: they belong to the step.
func newStepCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "step NAME [ARG...]",
		Short:              "Run a step of a build; BuildKit does this",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return failed(step.Run(cmd.Context(), args))
		},
	}
}
