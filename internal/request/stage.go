package request

// Stage is the name of a kind of step, which is one of its vertices and its argument; --no-cache-filter takes it.
type Stage string

// The stages, in the order of the data.
const (
	StageResolve   Stage = "resolve"
	StageNotices   Stage = "notices"
	StageToolchain Stage = "toolchain"
	StageGraph     Stage = "graph"
	StageModules   Stage = "modules"
	StageLicenses  Stage = "licenses"
	StageScan      Stage = "scan"
	StageIncludes  Stage = "includes"
	StageVCS       Stage = "vcs"
	StageLicense   Stage = "license"
	StageAnalyze   Stage = "analyze"
	StageZig       Stage = "zig"
	StageSysroot   Stage = "sysroot"
	StageSeed      Stage = "seed"
	StageDeps      Stage = "deps"
	StageCompile   Stage = "compile"
	StageLibraries Stage = "libraries"
	StageRootfs    Stage = "rootfs"
	StageFiles     Stage = "files"
)

// Stages lists every stage in the order of the data.
func Stages() []Stage {
	return []Stage{
		StageResolve, StageNotices, StageToolchain, StageGraph, StageModules, StageLicenses, StageScan, StageIncludes, StageVCS, StageLicense, StageAnalyze, StageZig, StageSysroot,
		StageSeed, StageDeps, StageCompile, StageLibraries, StageRootfs, StageFiles,
	}
}

// Request is what a step is told. Which step that is, its type says.
type Request interface{ Stage() Stage }

// Stage is [StageResolve].
func (Versions) Stage() Stage { return StageResolve }

// Stage is [StageNotices].
func (Notices) Stage() Stage { return StageNotices }

// Stage is [StageToolchain].
func (Toolchain) Stage() Stage { return StageToolchain }

// Stage is [StageGraph].
func (Graph) Stage() Stage { return StageGraph }

// Stage is [StageModules].
func (Modules) Stage() Stage { return StageModules }

// Stage is [StageLicenses].
func (Licenses) Stage() Stage { return StageLicenses }

// Stage is [StageScan].
func (Scan) Stage() Stage { return StageScan }

// Stage is [StageIncludes].
func (Includes) Stage() Stage { return StageIncludes }

// Stage is [StageVCS].
func (VCS) Stage() Stage { return StageVCS }

// Stage is [StageLicense].
func (License) Stage() Stage { return StageLicense }

// Stage is [StageAnalyze].
func (Analyze) Stage() Stage { return StageAnalyze }

// Stage is [StageZig].
func (Zig) Stage() Stage { return StageZig }

// Stage is [StageSysroot].
func (Sysroot) Stage() Stage { return StageSysroot }

// Stage is [StageSeed].
func (Seed) Stage() Stage { return StageSeed }

// Stage is [StageDeps].
func (Deps) Stage() Stage { return StageDeps }

// Stage is [StageCompile].
func (Compile) Stage() Stage { return StageCompile }

// Stage is [StageLibraries].
func (Libraries) Stage() Stage { return StageLibraries }

// Stage is [StageRootfs].
func (Rootfs) Stage() Stage { return StageRootfs }

// Stage is [StageFiles].
func (Files) Stage() Stage { return StageFiles }
