package toolchain

import (
	"fmt"
	"go/version"
	"strings"
)

// Input names the place that a wish for a Go version comes from.
type Input string

const (
	// InputConfig is the key "go" of the config file.
	InputConfig Input = "config"
	// InputToolchain is the toolchain line of go.mod or go.work.
	InputToolchain Input = "toolchain"
	// InputLanguage is the go line of go.mod or go.work.
	InputLanguage Input = "go"
)

// WantError says that a wish for a Go version cannot be met. Input tells the caller which line of which file to point at.
type WantError struct {
	Input Input
	// Msg says what is wrong, in lower case and without a full stop.
	Msg string
	// Help says what to write instead; it may be empty.
	Help string
}

// Error gives the message and the help.
func (e *WantError) Error() string {
	if e.Help == "" {
		return e.Msg
	}
	return e.Msg + "; " + e.Help
}

// want is what the three inputs come down to.
type want struct {
	// exact is the only version that will do, or empty.
	exact string
	// line is the language version whose newest release is wanted, or empty for the newest of all.
	line string
	// floor is the go line: no older Go compiles the module.
	floor string
	// input is where the wish comes from.
	input Input
}

// Exact returns the Go version that the inputs name, where they name one and no list of versions is needed: config
// ("1.26.8", "1.27rc1"), else the toolchain line ("go1.26.8"). Otherwise exact is false and [Choose] picks the version from
// a list. Any input may be empty; language is the go line ("1.25", "1.25.3"). Errors are of type [*WantError].
func Exact(toolchainLine, language, config string) (goVersion string, exact bool, err error) {
	w, err := resolve(toolchainLine, language, config)
	return w.exact, w.exact != "", err
}

// Choose returns the Go version for the inputs of [Exact] out of versions, which may be in any order: the exact version
// if one is named (also when the list lacks it), else the newest patch of config's minor version, else the newest patch of
// language's, and the newest stable version for a language before 1.21. The version is never older than language, and a
// prerelease only where the minor version has nothing else.
func Choose(versions []string, toolchainLine, language, config string) (string, error) {
	w, err := resolve(toolchainLine, language, config)
	if err != nil || w.exact != "" {
		return w.exact, err
	}
	var stable, prerelease, newest string
	for _, v := range versions {
		v = canonical(v)
		if !isRelease(v) || version.Compare(v, firstPublished) < 0 {
			continue
		}
		if !isPrerelease(v) {
			newest = newer(newest, v)
		}
		switch {
		case version.Compare(v, w.floor) < 0 || w.line != "" && version.Lang(v) != w.line:
		case !isPrerelease(v):
			stable = newer(stable, v)
		case w.line != "":
			prerelease = newer(prerelease, v)
		}
	}
	if stable != "" {
		return stable, nil
	}
	if prerelease != "" {
		return prerelease, nil
	}
	return "", w.notPublished(newest)
}

func newer(a, b string) string {
	if version.Compare(a, b) < 0 {
		return b
	}
	return a
}

func (w want) notPublished(newest string) error {
	asked := "stable Go"
	if w.line != "" {
		asked = "release of " + w.line
		if version.Lang(w.floor) == w.line && w.floor != w.line {
			asked += " from " + w.floor + " on"
		}
	}
	help := "its list of Go versions is empty"
	if newest != "" {
		help = "the newest Go it has is " + newest
	}
	return &WantError{Input: w.input, Msg: "the module proxy has no " + asked, Help: help}
}

func resolve(toolchainLine, language, config string) (want, error) {
	floor := canonical(language)
	if floor != "" && !version.IsValid(floor) {
		return want{}, &WantError{Input: InputLanguage, Msg: fmt.Sprintf("%q is not a Go version", language)}
	}
	if config != "" {
		return fromConfig(config, floor)
	}
	if toolchainLine != "" && toolchainLine != "default" {
		w, err := fromToolchainLine(toolchainLine, floor)
		if err != nil || w.exact != "" {
			return w, err
		}
	}
	w := want{floor: floor, input: InputLanguage}
	if version.Compare(floor, firstPublished) >= 0 {
		w.line = version.Lang(floor)
	}
	return w, nil
}

func fromConfig(config, floor string) (want, error) {
	v := canonical(config)
	line := version.Lang(v)
	switch {
	case line == "", v != line && !isRelease(v):
		return want{}, &WantError{InputConfig, fmt.Sprintf("%q is not a Go version", config), releaseHelp(floor)}
	case version.Compare(line, firstPublished) < 0 && version.Compare(floor, firstPublished) <= 0:
		return want{}, &WantError{InputConfig, v + " is not published as a toolchain", "the first one is " + firstPublished}
	case v == line && version.Compare(line, version.Lang(floor)) < 0, v != line && version.Compare(v, floor) < 0:
		return want{}, &WantError{InputConfig, fmt.Sprintf("%s is older than %s, which go.mod asks for", v, floor),
			"raise it, or leave it out"}
	case v == line:
		return want{line: line, floor: floor, input: InputConfig}, nil
	}
	return want{exact: v, floor: floor, input: InputConfig}, nil
}

// releaseHelp shows how a Go is named, by one that go.mod allows.
func releaseHelp(floor string) string {
	const example = "go1.26.8"
	if version.Compare(floor, example) <= 0 {
		return `write "1.26" or "1.26.8"`
	}
	return fmt.Sprintf("write %q", strings.TrimPrefix(version.Lang(floor), "go"))
}

// fromToolchainLine leaves exact empty where the line does not count: cmd/go takes the newer of the go and the toolchain
// line, and a toolchain before 1.21 is one that any newer Go replaces.
func fromToolchainLine(line, floor string) (want, error) {
	if !isRelease(line) {
		return want{}, noRelease(line, floor)
	}
	if version.Compare(line, firstPublished) < 0 || version.Compare(line, floor) < 0 {
		return want{}, nil
	}
	return want{exact: line, floor: floor, input: InputToolchain}, nil
}

// noRelease explains a toolchain line that names nothing which is published.
func noRelease(line, floor string) error {
	release, _, suffixed := strings.Cut(line, "-")
	msg := "is a version of the language and not a Go release"
	switch {
	case suffixed:
		msg = "is not published: nobody but who made it has it"
	case version.IsValid(line):
		release += ".0"
	}
	help := "write toolchain " + release + ", or a newer release"
	if release == floor { // cmd/go does not build with a line that repeats the go line
		help = "remove the line: the go line asks for " + floor
	}
	if suffixed {
		help += `; or choose a Go with "go" or "builder.image" in the config`
	}
	if isRelease(release) {
		return &WantError{InputToolchain, fmt.Sprintf("toolchain %q %s", line, msg), help}
	}
	return &WantError{InputToolchain, fmt.Sprintf("toolchain %q is not a Go release", line),
		`write a release such as go1.26.8, or set "go" in the config`}
}
