package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

var (
	envName      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	goExperiment = regexp.MustCompile(`^([A-Za-z0-9]+(,[A-Za-z0-9]+)*)?$`)
	goFIPS140    = regexp.MustCompile(`^(off|latest|inprocess|certified|v[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-z]+)?)$`)
)

// imageEnv checks an entry of the container's environment.
func imageEnv(name, _ string) (nameErr, valueErr error) {
	if !envName.MatchString(name) {
		return &problem{fmt.Sprintf("environment name %q is not an identifier", name), "use letters, digits and _"}, nil
	}
	return nil, nil
}

// buildEnv checks an entry of the compiler's environment: an allow-list, because most variables of cmd/go would undo a
// guarantee of the build.
func buildEnv(name, value string) (nameErr, valueErr error) {
	switch name {
	case "GOEXPERIMENT":
		if !goExperiment.MatchString(value) {
			valueErr = &problem{fmt.Sprintf("GOEXPERIMENT=%q is not a comma-separated list of experiments", value), ""}
		}
	case "GOFIPS140":
		if !goFIPS140.MatchString(value) {
			valueErr = &problem{fmt.Sprintf("GOFIPS140=%q is not off, latest, inprocess, certified or a version", value), ""}
		}
	default:
		nameErr = &problem{fmt.Sprintf("build.env cannot set %s", name), whyNotBuildEnv(name)}
	}
	return nameErr, valueErr
}

var refusedBuildEnv = []struct {
	names  []string
	reason string
}{
	{[]string{"GOOS", "GOARCH", "GOARM", "GOARM64", "GOAMD64", "GO386", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM"},
		"the platform decides: --platform linux/amd64/v3"},
	{[]string{"GOFLAGS"}, "flags are an allow-list: use build.tags and build.ldflags"},
	{[]string{"GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH"},
		"use modules.proxy, modules.sumdb, modules.private and modules.nosumdb"},
	{[]string{"GOTOOLCHAIN", "GOROOT"}, "use go: to choose the version"},
	{[]string{"GODEBUG"}, "the program's settings belong to a godebug line in go.mod or to image.env"},
	{[]string{"SOURCE_DATE_EPOCH"}, "pass it as a build argument"},
}

func whyNotBuildEnv(name string) string {
	for _, refused := range refusedBuildEnv {
		if slices.Contains(refused.names, name) {
			return refused.reason
		}
	}
	if strings.HasPrefix(name, "CGO_") || slices.Contains([]string{"CC", "CXX", "AR", "FC", "PKG_CONFIG"}, name) {
		return "use cgo: its keys decide how C is compiled"
	}
	if near := diag.Suggest(name, []string{"GOEXPERIMENT", "GOFIPS140"}); near != "" {
		return near
	}
	return "only GOEXPERIMENT and GOFIPS140 can be set; what the program reads at run time belongs to image.env"
}
