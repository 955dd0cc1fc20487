package llb

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
)

// named is the name of a vertex that serves every platform.
func named(stage request.Stage, format string, args ...any) llb.ConstraintsOpt {
	return llb.WithCustomNamef("[%s] %s", stage, fmt.Sprintf(format, args...))
}

// namedFor is the name of a vertex that serves one platform.
func namedFor(t target.Target, stage request.Stage, format string, args ...any) llb.ConstraintsOpt {
	return llb.WithCustomNamef("[%s %s] %s", t, stage, fmt.Sprintf(format, args...))
}

// internal is the name of a vertex that only moves files.
func internal(format string, args ...any) llb.ConstraintsOpt {
	return llb.WithCustomName("[internal] " + fmt.Sprintf(format, args...))
}
