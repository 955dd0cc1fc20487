package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
)

// proxyVariables are the proxies that Go's own client knows (net/http, ProxyFromEnvironment).
var proxyVariables = []string{buildarg.HTTPProxy, buildarg.HTTPSProxy, buildarg.NoProxy, "http_proxy", "https_proxy", "no_proxy"}

// defaultArgs returns the build arguments that the user's machine implies. Build arguments are part of a build's record, so
// one with a password in it is not taken: a proxy is left out with a warning, a module proxy is a mistake, because without
// it private modules would be looked for in public places. explicit lists the values of --build-arg. origins says where the machine
// has those that are in args and settings of Go.
func defaultArgs(ctx context.Context, env Env, explicit []string, mistakes *diag.List) (args map[string]string, origins map[string]goSetting, warnings []string) {
	args, origins = map[string]string{}, map[string]goSetting{}
	given := func(name string) bool {
		return slices.ContainsFunc(explicit, func(v string) bool {
			other, _, _ := strings.Cut(v, "=")
			return buildarg.Same(name, other)
		})
	}
	settings, warnings := goSettings(ctx, env)
	for name, s := range settings {
		switch {
		case given(name):
		case buildarg.HasUserinfo(s.value):
			mistakes.Addf(diag.Range{File: s.place(name)}, "%s", buildarg.ErrUserinfo).Help = buildarg.UserinfoHelp(name)
		default:
			args[name], origins[name] = s.value, s
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
	return args, origins, warnings
}
