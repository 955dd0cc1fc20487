package llb

import (
	"fmt"
	"path"

	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/stepnet"
)

// Host is where and how build steps run.
type Host struct {
	// Step holds the modship binary at StepPath.
	Step     llb.State
	StepPath string
	// Platform is the platform of every step, never a target's: nothing is emulated.
	Platform ocispecs.Platform
	// Proxy is the proxy environment of steps with a network. It is no part of a cache key.
	Proxy llb.ProxyEnv
	// NoCache tells whether a stage must run again; nil means never.
	NoCache func(request.Stage) bool
}

// run makes the vertex of one step: modship alone in an empty root, with neither network nor secrets.
func (h Host) run(req request.Request, name llb.ConstraintsOpt, opts ...llb.RunOption) (llb.ExecState, error) {
	return h.runIn(llb.Scratch(), req, name, opts...)
}

// runIn is run in a root that has a compiler of C, or is to have one.
func (h Host) runIn(root llb.State, req request.Request, name llb.ConstraintsOpt, opts ...llb.RunOption) (llb.ExecState, error) {
	stage := req.Stage()
	env, err := request.Env(req)
	if err != nil {
		return llb.ExecState{}, fmt.Errorf("making the %s vertex: %w", stage, err)
	}
	all := []llb.RunOption{
		llb.Args([]string{request.Binary, "step", string(stage)}),
		llb.AddMount(request.Binary, h.Step, llb.SourcePath(h.StepPath), llb.Readonly),
		// On the disk and not in memory, because it holds what the program embeds, too; it goes when the step has ended.
		llb.AddMount(request.Work, llb.Scratch(), llb.ForceNoOutput),
		llb.Network(llb.NetModeNone),
		llb.Platform(h.Platform),
		name,
	}
	for _, kv := range env {
		all = append(all, addEnv(kv))
	}
	if h.NoCache != nil && h.NoCache(stage) {
		all = append(all, llb.IgnoreCache)
	}
	return root.Dir("/").Run(append(all, opts...)...), nil
}

// download makes the vertex of a step that downloads modules or Go.
func (h Host) download(req request.Request, name llb.ConstraintsOpt, s goenv.Settings, opts ...llb.RunOption) (llb.ExecState, error) {
	return h.runIn(roomForCA(), req, name, append(opts, h.fetch(s))...)
}

// roomForCA is the root of a step that downloads. It has nothing but the file in which the proxy network of BuildKit leaves its
// certificate, see [request.NetworkCA].
func roomForCA() llb.State {
	bundle := llb.Mkdir(path.Dir(request.NetworkCA), 0o755, llb.WithParents(true)).Mkfile(request.NetworkCA, 0o644, nil)
	return llb.Scratch().File(bundle, internal("make room for the network's certificate"))
}

// fetch lets a step use the network, the settings of where modules come from, and the secrets for it.
func (h Host) fetch(s goenv.Settings) llb.RunOption {
	opts := runOptions{
		h.network(),
		llb.AddSecret(request.SecretNetrc, llb.SecretID(request.IDNetrc), llb.SecretOptional),
	}
	for _, kv := range s.Env() {
		opts = append(opts, addEnv(kv))
	}
	return opts
}

// network lets a step reach servers that a certificate of the ca secret vouches for.
func (h Host) network() llb.RunOption {
	return runOptions{
		llb.Network(llb.NetModeSandbox),
		hostname(stepnet.Hostname),
		llb.WithProxy(h.Proxy),
		llb.AddSecret(request.SecretCA, llb.SecretID(request.IDCA), llb.SecretOptional),
	}
}

// hostname names the host of a step.
type hostname string

func (name hostname) SetRunOption(ei *llb.ExecInfo) { ei.State = ei.State.Hostname(string(name)) }

// runOptions is several options as one.
type runOptions []llb.RunOption

func (o runOptions) SetRunOption(ei *llb.ExecInfo) {
	for _, opt := range o {
		opt.SetRunOption(ei)
	}
}
