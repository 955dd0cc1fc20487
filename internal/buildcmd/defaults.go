package buildcmd

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
)

// proxyVariables are the proxies that Go's own client knows (net/http, ProxyFromEnvironment).
var proxyVariables = []string{buildarg.HTTPProxy, buildarg.HTTPSProxy, buildarg.NoProxy, "http_proxy", "https_proxy", "no_proxy"}

// defaultArgs returns the build arguments that the user's machine implies. Build arguments are part of a build's record, so
// one with a password in it is not taken: a proxy is left out with a warning, a module proxy is a mistake, because without
// it private modules would be looked for in public places. explicit lists the values of --build-arg.
func defaultArgs(ctx context.Context, env Env, explicit []string, mistakes *diag.List) (args map[string]string, warnings []string) {
	args = map[string]string{}
	given := func(name string) bool {
		return slices.ContainsFunc(explicit, func(v string) bool {
			other, _, _ := strings.Cut(v, "=")
			return buildarg.Same(name, other)
		})
	}
	for name, value := range goSettings(ctx, env) {
		switch {
		case value == "" || given(name):
		case buildarg.HasUserinfo(value):
			mistakes.Addf(diag.Range{File: name}, "%s", buildarg.ErrUserinfo).Help = buildarg.UserinfoHelp(name)
		default:
			args[name] = value
		}
	}
	for _, name := range append([]string{buildarg.Epoch}, proxyVariables...) {
		value, _ := env.LookupEnv(name)
		switch {
		case value == "" || given(name):
		case buildarg.HasUserinfo(value):
			warnings = append(warnings, name+" is not handed to the build: "+buildarg.ErrUserinfo.Error())
		default:
			args[name] = value
		}
	}
	return args, warnings
}

// goSettings asks the go command when the environment says nothing of GOPROXY, and the environment alone otherwise.
func goSettings(ctx context.Context, env Env) map[string]string {
	if proxy, _ := env.LookupEnv("GOPROXY"); proxy == "" {
		if s := env.GoEnv(ctx); s != nil {
			return s
		}
	}
	s := map[string]string{}
	for _, name := range buildarg.GoSettings() {
		s[name], _ = env.LookupEnv(name)
	}
	return s
}

// GoEnv returns what the user has told the go command in the PATH about module sources, by the environment or `go env -w`; nil if
// there is none or it fails. Go's own defaults are not among them: they are no reason to overrule the configuration. Where
// this program knows no default module proxy, Go's stands in for it.
func GoEnv(ctx context.Context) map[string]string {
	defaults, err := goenv.Defaults()
	if err != nil {
		return nil
	}
	return changedGoEnv(ctx, defaults)
}

func changedGoEnv(ctx context.Context, defaults goenv.Settings) map[string]string {
	settings := runGoEnv(ctx, "-changed")
	if settings != nil && (settings["GOPROXY"] != "" || defaults.Proxy != "") {
		return settings
	}
	if settings = runGoEnv(ctx); settings == nil { // Go 1.22 and older do not know -changed
		return nil
	}
	private := settings["GOPRIVATE"]
	for name, value := range map[string]string{"GOPROXY": defaults.Proxy, "GOSUMDB": defaults.SumDB, "GONOPROXY": private, "GONOSUMDB": private} {
		if settings[name] == value {
			delete(settings, name)
		}
	}
	return settings
}

func runGoEnv(ctx context.Context, flags ...string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"env", "-json"}, flags, buildarg.GoSettings())...)
	// Neither a go.mod nor a go.work may make it switch to, and so fetch, another toolchain.
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	var settings map[string]string
	if json.Unmarshal(out, &settings) != nil {
		return nil
	}
	return settings
}
