package target

import (
	"slices"
	"strings"
)

// Env gives the environment that makes cmd/go build for t, sorted. The level variable is always set, so that neither the
// toolchain's own defaults nor the machine's environment can decide it. It is empty for a target without an architecture.
func (t Target) Env() []string {
	if t.Arch == "" {
		return nil
	}
	env := []string{"GOOS=" + t.OS, "GOARCH=" + t.Arch}
	if name, value := t.LevelVar(); name != "" {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

// LevelVar gives the level variable of t's architecture and its value, Go's default if t has no level; both are "" for
// architectures without one (s390x, loong64).
func (t Target) LevelVar() (name, value string) {
	a, _ := archNamed(t.Arch)
	if a.variable == "" {
		return "", ""
	}
	return a.variable, CanonicalLevel(t.Arch, t.Level)
}

// CanonicalLevel gives the shortest spelling of a value of goarch's level variable, so that equal levels compare equal: what
// the version implies is dropped ("7,hardfloat", "5,softfloat", "v8.1,lse"), and "" becomes Go's default. A value that it does
// not understand comes back as it is. The rules are those of internal/buildcfg in Go 1.26.
func CanonicalLevel(goarch, value string) string {
	if value == "" {
		a, _ := archNamed(goarch)
		return a.preset
	}
	version, features, _ := strings.Cut(value, ",")
	if features == "" {
		return value
	}
	switch goarch {
	case "arm":
		if features == armFloat(version) {
			return version
		}
	case "arm64":
		return canonicalARM64(version, features)
	}
	return value
}

// armFloat is the floating point that a GOARM version implies.
func armFloat(version string) string {
	if version == "5" {
		return "softfloat"
	}
	return "hardfloat"
}

// canonicalARM64 drops lse from v8.1 on, where it is part of the architecture, and sorts the rest.
func canonicalARM64(version, features string) string {
	list := strings.Split(features, ",")
	slices.Sort(list)
	list = slices.Compact(list)
	if version != "v8.0" {
		list = slices.DeleteFunc(list, func(f string) bool { return f == "lse" })
	}
	return strings.Join(append([]string{version}, list...), ",")
}
