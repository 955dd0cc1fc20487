package frontend

import (
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/diag"
)

// lintWarning is a mistake as `--call=check` prints it. Location is never nil: clients look into it; -1 is no source.
func lintWarning(mistake *diag.Error, source int) lint.Warning {
	return lint.Warning{
		RuleName: "InvalidInput",
		Detail:   mistake.Error(),
		Location: &pb.Location{SourceIndex: int32(source), Ranges: []*pb.Range{pbRange(mistake.Range)}},
	}
}
