package imagetool

import "runtime/debug"

// Version is that of the program that runs, by what the linker recorded in it; "" if that is not known.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}
