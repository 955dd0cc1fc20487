package binary

import (
	"debug/buildinfo"
	"fmt"
	"runtime/debug"
)

// readBuildInfo fills in what the Go linker left for debug/buildinfo.
func (f *Facts) readBuildInfo(r *reader) error {
	info, err := contained(func() (*buildinfo.BuildInfo, error) { return buildinfo.Read(r) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoBuildInfo, err)
	}
	f.GoVersion = info.GoVersion
	f.takeBuildInfo(info)
	return nil
}

// takeBuildInfo takes all but the version of Go.
func (f *Facts) takeBuildInfo(info *debug.BuildInfo) {
	f.Path = info.Path
	f.Module = module(info.Main)
	for _, dep := range info.Deps {
		f.Deps = append(f.Deps, module(*dep))
	}
	f.Settings = make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		f.Settings[s.Key] = s.Value
	}
}

func module(m debug.Module) Module {
	own := Module{Path: m.Path, Version: m.Version, Sum: m.Sum}
	if m.Replace != nil {
		replacement := module(*m.Replace)
		own.Replace = &replacement
	}
	return own
}
