package main

import (
	"errors"
	"os"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec of BuildKit's own frontends
	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/cli"
	"github.com/spf13/cobra"
)

// newFrontend is the entrypoint of the frontend image. Standard input and output are its connection to BuildKit, so nothing
// may be printed; standard error ends in the daemon's log.
func newFrontend() *cobra.Command {
	return &cobra.Command{
		Use:   "frontend",
		Short: "Serve a build as the frontend image; BuildKit does this",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if os.Getenv("BUILDKIT_SESSION_ID") == "" {
				return failed(errors.New("modship frontend runs in a container that BuildKit makes; to build by hand use modship build"))
			}
			return failed(grpcclient.RunFromEnvironment(appcontext.Context(), cli.Recovered(frontend.FromImage)))
		},
	}
}
