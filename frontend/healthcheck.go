package frontend

import (
	"context"

	"github.com/modship-build/modship/internal/diag"
)

// OptionDockerTypes says that the image gets the media types of Docker and no others. Which ones it gets, the frontend is not told.
const OptionDockerTypes = "modship:docker-types"

// warnOfHealthcheck says who passes over a health check.
func (b *builder) warnOfHealthcheck(ctx context.Context, in *input) {
	if len(in.Config.Image.Healthcheck.Words()) == 0 || !in.output.image || b.ui.BuildOpts().Opts[OptionDockerTypes] != "" {
		return
	}
	b.warnAt(ctx, &diag.Error{Range: in.At("image.healthcheck"),
		Msg:  "the health check is for Docker, which finds it in the image: the OCI format has no place for it, and what reads images by that format loses it",
		Help: "Kubernetes has probes in its own configuration"})
}
