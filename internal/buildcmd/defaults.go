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
			mistakes.Addf(diag.Range{File: name}, "the address has a user name or a password in it, which would be kept in the record of the build").
				Help = "put it into a netrc file and give that with --secret id=netrc,src=FILE, and the bare address with --build-arg " + name + "=URL"
		default:
			args[name] = value
		}
	}
	for _, name := range append([]string{buildarg.Epoch}, proxyVariables...) {
		value, _ := env.LookupEnv(name)
		switch {
		case value == "" || given(name):
		case buildarg.HasUserinfo(value):
			warnings = append(warnings, name+" is not handed to the build: it has a user name or a password in it, which would be kept in the record of the build")
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

// GoEnv returns what the go command in the PATH says about module sources, which `go env -w` may have set, or nil if there is none or it fails.
func GoEnv(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"env", "-json"}, buildarg.GoSettings()...)...)
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
