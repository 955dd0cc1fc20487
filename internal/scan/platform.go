package scan

import (
	"fmt"
	"go/build"
	"go/version"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/target"
)

// platform is a target as go/build sees it.
type platform struct {
	name    string
	context build.Context
}

// BuildContext is one target as go/build sees it, with the fields of the request that decide. Its OpenFile must be set.
func BuildContext(t target.Target, req Request) (build.Context, error) {
	req.Targets = []target.Target{t}
	platforms, err := newPlatforms(req)
	if err != nil {
		return build.Context{}, err
	}
	return platforms[0].context, nil
}

func newPlatforms(req Request) ([]platform, error) {
	if len(req.Targets) == 0 {
		return nil, fmt.Errorf("no target to scan for")
	}
	releases, err := releaseTags(req.GoVersion)
	if err != nil {
		return nil, err
	}
	platforms := make([]platform, len(req.Targets))
	for i, t := range req.Targets {
		levels, err := levelTags(t)
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", t, err)
		}
		platforms[i] = platform{name: t.String(), context: build.Context{
			GOOS: t.OS, GOARCH: t.Arch, Compiler: "gc", CgoEnabled: slices.Contains(req.Cgo, t),
			BuildTags: req.Tags, ReleaseTags: releases, ToolTags: append(levels, experimentTags(req, t)...),
			// With one function set, go/build never runs the go command. Paths stay relative, so GOROOT and GOPATH are empty.
			JoinPath:      path.Join,
			IsAbsPath:     path.IsAbs,
			SplitPathList: func(string) []string { return nil },
			HasSubdir:     func(string, string) (string, bool) { return "", false },
			OpenFile:      func(string) (io.ReadCloser, error) { return nil, errNotLoading },
		}}
	}
	return platforms, nil
}

func names(platforms []platform) []string {
	var all []string
	for _, p := range platforms {
		all = append(all, p.name)
	}
	return all
}

// sameTags says that go/build answers alike on p and q if only the tags of a package are consulted. Two systems never
// compare as the same, since tags such as unix follow from the system.
func (p platform) sameTags(q platform, consulted []string) bool {
	if p.context.GOOS != q.context.GOOS {
		return false
	}
	return !slices.ContainsFunc(consulted, func(tag string) bool {
		return p.hasTag(tag) != q.hasTag(tag)
	})
}

func (p platform) hasTag(tag string) bool {
	if tag == "cgo" { // also consulted where a file imports "C"
		return p.context.CgoEnabled
	}
	return tag == p.context.GOARCH || slices.Contains(p.context.ToolTags, tag)
}

// releaseTags gives go1.1 up to the release of a version such as 1.26.8 or 1.27rc1.
func releaseTags(goVersion string) ([]string, error) {
	lang := version.Lang("go" + strings.TrimPrefix(goVersion, "go"))
	minor, err := strconv.Atoi(strings.TrimPrefix(lang, "go1."))
	if err != nil || minor < 1 || minor > 1000 {
		return nil, fmt.Errorf("%q is not a Go version", goVersion)
	}
	tags := make([]string, minor)
	for i := range tags {
		tags[i] = fmt.Sprintf("go1.%d", i+1)
	}
	return tags, nil
}

// experimentTags gives the tags of all experiments that are on: many are by default.
func experimentTags(req Request, t target.Target) []string {
	var tags []string
	for _, name := range goenv.EnabledExperiments(req.GoVersion, t.Arch, strings.Join(req.Experiments, ",")) {
		tags = append(tags, "goexperiment."+name)
	}
	return tags
}

// levelTags gives the tags of a target's GO386, GOAMD64, GOARM … value: the value's own and those of all lower levels, as
// gogoarchTags of internal/buildcfg does.
func levelTags(t target.Target) ([]string, error) {
	_, value := t.LevelVar()
	level, _, _ := strings.Cut(value, ",") // GOARM=7,softfloat and GOARM64=v8.0,lse: features have no tags
	known := levels(t.Arch)
	if level == "" && len(known) == 0 {
		return nil, nil
	}
	i := slices.Index(known, level)
	if i < 0 {
		return nil, fmt.Errorf("architecture %s has no level %s, only %s", t.Arch, value, strings.Join(known, ", "))
	}
	switch t.Arch {
	case "386", "mips", "mipsle", "mips64", "mips64le": // alternatives, not a ladder
		return []string{t.Arch + "." + level}, nil
	case "arm64":
		return arm64Tags(level), nil
	}
	var tags []string
	for _, l := range known[:i+1] {
		tags = append(tags, t.Arch+"."+l)
	}
	return tags, nil
}

func levels(arch string) []string {
	switch arch {
	case "386":
		return []string{"sse2", "softfloat"}
	case "amd64":
		return []string{"v1", "v2", "v3", "v4"}
	case "arm":
		return []string{"5", "6", "7"}
	case "arm64":
		var all []string
		for minor := range 10 {
			all = append(all, fmt.Sprintf("v8.%d", minor))
		}
		for minor := range 6 {
			all = append(all, fmt.Sprintf("v9.%d", minor))
		}
		return all
	case "mips", "mipsle", "mips64", "mips64le":
		return []string{"hardfloat", "softfloat"}
	case "ppc64", "ppc64le":
		return []string{"power8", "power9", "power10"}
	case "riscv64":
		return []string{"rva20u64", "rva22u64", "rva23u64"}
	}
	return nil
}

// arm64Tags is a ladder with a fork: v9.N includes v8.N+5.
func arm64Tags(level string) []string {
	minor := int(level[3] - '0')
	var tags []string
	if level[1] == '9' {
		for i := range minor + 1 {
			tags = append(tags, fmt.Sprintf("arm64.v9.%d", i))
		}
		minor = min(minor+5, 9)
	}
	for i := range minor + 1 {
		tags = append(tags, fmt.Sprintf("arm64.v8.%d", i))
	}
	return tags
}
