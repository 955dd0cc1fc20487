package cli

import (
	"fmt"

	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
)

// explainLost says of an error of the connection to BuildKit what it means, and gives any other as it is. It is for builds of
// which no step has failed: a step may fail with the same code, because of a registry.
func explainLost(err error) error {
	if err == nil || grpcerrors.Code(err) != codes.Unavailable {
		return err
	}
	return fmt.Errorf("BuildKit went away in the middle of the build: it was stopped, has crashed, or the network to it is down; "+
		"the steps that were finished are kept, so run the same command again: %w", err)
}
