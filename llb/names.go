package llb

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/target"
)

// Stage is the name of a kind of vertex; --no-cache-filter takes it.
type Stage string

// The stages, in the order of the data.
const (
	StageResolve   Stage = "resolve"
	StageToolchain Stage = "toolchain"
	StageGraph     Stage = "graph"
	StageModules   Stage = "modules"
	StageScan      Stage = "scan"
	StageIncludes  Stage = "includes"
	StageVCS       Stage = "vcs"
	StageLicense   Stage = "license"
	StageAnalyze   Stage = "analyze"
	StageZig       Stage = "zig"
	StageSysroot   Stage = "sysroot"
	StageDeps      Stage = "deps"
	StageCompile   Stage = "compile"
	StageLibraries Stage = "libraries"
	StageRootfs    Stage = "rootfs"
	StageFiles     Stage = "files"
)

// Stages lists every stage in the order of the data.
func Stages() []Stage {
	return []Stage{
		StageResolve, StageToolchain, StageGraph, StageModules, StageScan, StageIncludes, StageVCS, StageLicense, StageAnalyze, StageZig, StageSysroot,
		StageDeps, StageCompile, StageLibraries, StageRootfs, StageFiles,
	}
}

// named is the name of a vertex that serves every platform.
func named(stage Stage, format string, args ...any) llb.ConstraintsOpt {
	return llb.WithCustomNamef("[%s] %s", stage, fmt.Sprintf(format, args...))
}

// namedFor is the name of a vertex that serves one platform.
func namedFor(t target.Target, stage Stage, format string, args ...any) llb.ConstraintsOpt {
	return llb.WithCustomNamef("[%s %s] %s", t, stage, fmt.Sprintf(format, args...))
}

// internal is the name of a vertex that only moves files.
func internal(format string, args ...any) llb.ConstraintsOpt {
	return llb.WithCustomName("[internal] " + fmt.Sprintf(format, args...))
}
