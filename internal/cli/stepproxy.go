package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/stepnet"
)

const argPrefix = "build-arg:"

// useStepProxy sends the steps of the build through the gateway of the private BuildKit, where that is their only way to the network.
// The gateway goes on through the proxies that the user has named, and reaches of this machine what the user has named: both are
// build arguments, given by flags or by the machine. What the configuration says is not known here, and may not be.
func (j *job) useStepProxy(ctx context.Context, d *Daemon) error {
	if d.StepProxy == nil {
		return nil
	}
	arg := func(name string) string { return j.opt.FrontendAttrs[argPrefix+name] }
	url, err := d.StepProxy(ctx, stepnet.Settings{Proxy: stepnet.ProxyOf(arg), Local: stepnet.Servers(arg("GOPROXY"), arg("GOSUMDB"))})
	if err != nil || url == "" {
		return err
	}
	j.opt.FrontendAttrs = maps.Clone(j.opt.FrontendAttrs)
	proxies := []string{buildarg.HTTPProxy, buildarg.HTTPSProxy, buildarg.AllProxy, buildarg.NoProxy}
	maps.DeleteFunc(j.opt.FrontendAttrs, func(attr, _ string) bool {
		name, ok := strings.CutPrefix(attr, argPrefix)
		return ok && slices.ContainsFunc(proxies, func(proxy string) bool { return buildarg.Same(proxy, name) })
	})
	for _, name := range []string{buildarg.HTTPProxy, buildarg.HTTPSProxy} {
		j.opt.FrontendAttrs[argPrefix+name] = url
	}
	return nil
}
