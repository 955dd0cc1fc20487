package binary

import (
	"debug/buildinfo"
	"fmt"
)

// readBuildInfo fills in what the Go linker left for debug/buildinfo.
func (f *Facts) readBuildInfo(r *reader) error {
	info, err := contained(func() (*buildinfo.BuildInfo, error) { return buildinfo.Read(r) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoBuildInfo, err)
	}
	f.GoVersion = info.GoVersion
	f.Path = info.Path
	f.Module = Module{Path: info.Main.Path, Version: info.Main.Version, Sum: info.Main.Sum}
	f.Settings = make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		f.Settings[s.Key] = s.Value
	}
	return nil
}
