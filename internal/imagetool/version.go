package imagetool

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// Version is that of the program that runs, by what the linker recorded in it; "" if that is not known.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}

// DescribeVersion says the version of a program, and what it was built by and from; more are other parts of it with their versions.
func DescribeVersion(info *debug.BuildInfo, more ...string) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	parts := append([]string{info.GoVersion, settings["GOOS"] + "/" + settings["GOARCH"]}, more...)
	if rev := settings["vcs.revision"]; rev != "" {
		if settings["vcs.modified"] == "true" {
			rev += ", modified"
		}
		parts = append(parts, rev)
	}
	return fmt.Sprintf("%s (%s)", version, strings.Join(parts, ", "))
}
