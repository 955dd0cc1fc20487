// Package buildarg knows the build arguments (--build-arg) that mean the same in every build, whatever its configuration
// declares. [All] is the one table of them, from which the outline of a build and the manual are made; [Parse] sorts the
// arguments of one build by what they mean.
//
// An argument with a meaning and an empty value counts as one that was not given, as cmd/go takes an empty variable. Names that
// start with BUILDKIT_ are BuildKit's own and are passed over.
package buildarg

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/diag"
)

// Epoch is the name of the argument for the time of reproducible builds, in seconds since 1970
// (https://reproducible-builds.org/specs/source-date-epoch).
const Epoch = "SOURCE_DATE_EPOCH"

// Workspace is the name of the argument that says whether a go.work counts (https://go.dev/ref/mod#workspaces).
const Workspace = "GOWORK"

// The settings of proxies, as programs know them from their environment. BuildKit predefines them and keeps them out of cache keys.
const (
	HTTPProxy  = "HTTP_PROXY"
	HTTPSProxy = "HTTPS_PROXY"
	AllProxy   = "ALL_PROXY"
	NoProxy    = "NO_PROXY"
)

// Arg is a build argument with a meaning of its own.
type Arg struct {
	Name string
	// Doc says what the argument sets, in lower case and without a full stop.
	Doc string
	// AnyCase says that the name is known in lower case as well.
	AnyCase bool

	set func(v *Values, name, value string) error
}

// All gives the table, in the order in which people read it.
func All() []Arg {
	return []Arg{
		{"GOPROXY", "module proxies, as cmd/go takes them", false, setGo},
		{"GOSUMDB", "checksum database, as cmd/go takes it", false, setGo},
		{"GONOSUMDB", "modules that the checksum database does not know", false, setGo},
		{"GONOPROXY", "modules that no proxy serves", false, setGo},
		{"GOPRIVATE", "modules that neither proxies nor the checksum database know", false, setGo},
		{Workspace, "off: no go.work counts, as for cmd/go; auto is the default", false, setWorkspace},
		{HTTPProxy, "proxy for http of the steps that download", true, setProxy},
		{HTTPSProxy, "proxy for https of the steps that download", true, setProxy},
		{AllProxy, "proxy of the steps that download, for http and https where none of their own is set", true, setProxy},
		{NoProxy, "hosts that are reached without a proxy", true, setProxy},
		{Epoch, "time of the image, in seconds since 1970", false, setEpoch},
	}
}

// Same tells whether two names mean the same argument: those of proxies do in upper and in lower case.
func Same(a, b string) bool {
	return a == b || slices.ContainsFunc(All(), func(arg Arg) bool { return arg.is(a) && arg.is(b) })
}

func (a Arg) is(name string) bool {
	return a.Name == name || a.AnyCase && strings.EqualFold(a.Name, name)
}

// GoSettings are the names of Go's module settings among them (https://go.dev/ref/mod#environment-variables).
func GoSettings() []string {
	return []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE"}
}

// Values are the arguments of one build, sorted by what they mean.
type Values struct {
	// GoEnv are the [GoSettings] by their names.
	GoEnv map[string]string
	// NoWork says that no go.work counts.
	NoWork bool
	// Proxy are the settings of proxies, by their names in upper case.
	Proxy map[string]string
	// Epoch is the time in [Epoch], UTC, or nil.
	Epoch *time.Time
	// Own are the arguments without a meaning here; the configuration may declare them.
	Own map[string]string
}

// Parse sorts the arguments of a build. An address with a user name or a password in it is not taken, see [HasUserinfo]. Its error
// joins a [diag.Error] for each value that is not one of its argument, with the name of the argument in place of a file.
func Parse(given map[string]string) (Values, error) {
	v := Values{GoEnv: map[string]string{}, Proxy: map[string]string{}, Own: map[string]string{}}
	var mistakes diag.List
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := v.set(name, given[name]); err != nil {
			m := mistakes.Addf(diag.Range{File: name}, "%s", err)
			if errors.Is(err, ErrUserinfo) {
				m.Help = UserinfoHelp(name)
			}
		}
	}
	return v, mistakes.Err()
}

func (v *Values) set(name, value string) error {
	for _, arg := range All() {
		if !arg.is(name) {
			continue
		}
		if value == "" {
			return nil
		}
		return arg.set(v, arg.Name, value)
	}
	if !strings.HasPrefix(name, "BUILDKIT_") {
		v.Own[name] = value
	}
	return nil
}

func setWorkspace(v *Values, name, value string) error {
	switch value {
	case "off":
		v.NoWork = true
	case "auto":
	default:
		return fmt.Errorf("%s is %q, and in a build it is off or auto", name, value)
	}
	return nil
}

func setGo(v *Values, name, value string) error {
	if HasUserinfo(value) {
		return ErrUserinfo
	}
	v.GoEnv[name] = value
	return nil
}

func setProxy(v *Values, name, value string) error {
	if HasUserinfo(value) {
		return ErrUserinfo
	}
	v.Proxy[name] = value
	return nil
}
