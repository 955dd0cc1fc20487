package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/stepnet"
)

// DaemonOptions are the flags of every command that uses a daemon.
type DaemonOptions struct {
	Progress string // "" is "auto"
	Addr     string // "" is that of the environment
	Builder  string // a builder of buildx, a context of docker, or private; "" is that of the environment
}

func (o *DaemonOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.Progress, "progress", "auto", "progress `MODE` on standard error: "+strings.Join(progressModes, ", "))
	o.addAddrFlag(f)
}

// addAddrFlag adds the flags that name a BuildKit.
func (o *DaemonOptions) addAddrFlag(f *pflag.FlagSet) {
	f.StringVar(&o.Addr, "addr", "", "`ADDRESS` of the BuildKit daemon (default: $BUILDKIT_HOST)")
	f.StringVar(&o.Builder, "builder", "", "`NAME` of a builder of buildx, or of a context of docker, or private (default: $BUILDX_BUILDER, else the current one)")
}

// check finds the flags that cannot go together.
func (o *DaemonOptions) check(mistakes *diag.List) {
	if o.Addr != "" && o.Builder != "" {
		flagMistake(mistakes, "builder", "--addr names a BuildKit as well").Help = "give one of them"
	}
}

// mode is the value of --progress; --quiet and BUILDKIT_PROGRESS go before the automatic choice.
func (o DaemonOptions) mode(quiet bool, lookup func(string) (string, bool)) progressui.DisplayMode {
	mode := progressui.DisplayMode(o.Progress)
	if mode != progressui.AutoMode && mode != progressui.DefaultMode {
		return mode
	}
	if quiet {
		return progressui.QuietMode
	}
	if v, _ := lookup("BUILDKIT_PROGRESS"); v != "" {
		return progressui.DisplayMode(v)
	}
	return progressui.AutoMode
}

// connect also makes sure that somebody listens: a client of BuildKit connects on its first call only.
func connect(ctx context.Context, env Env, o DaemonOptions) (*Daemon, []*client.WorkerInfo, error) {
	d, err := env.Connect(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	workers, err := d.Client.ListWorkers(ctx)
	if err != nil {
		d.Close()
		return nil, nil, fmt.Errorf("asking BuildKit for its workers: %w", err)
	}
	return d, workers, nil
}

const argPrefix = "build-arg:"

// useStepProxy sends the steps of the build through the gateway of the private BuildKit, where that is their only way to the network.
// The gateway goes on through the proxies that the user has named, and reaches of this machine what the user has named: both are
// build arguments, given by flags or by the machine. What the configuration says is not known here, and may not be.
func (j *job) useStepProxy(ctx context.Context, d *Daemon) error {
	if d.StepProxy == nil {
		return nil
	}
	arg := func(name string) string { return j.opt.FrontendAttrs[argPrefix+name] }
	// The gateway is no part of the build's record.
	proxy := stepnet.ProxyOf(arg)
	proxy.HTTPProxy, proxy.HTTPSProxy = j.logins.putBack(proxy.HTTPProxy), j.logins.putBack(proxy.HTTPSProxy)
	url, err := d.StepProxy(ctx, stepnet.Settings{Proxy: proxy, Local: stepnet.Servers(arg("GOPROXY"), arg("GOSUMDB"))})
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
