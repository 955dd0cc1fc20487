package llb

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/request"
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
	// Token is a word that no other build has; see [request.TokenVariable].
	Token string
	// NoCache tells whether a stage must run again; nil means never.
	NoCache func(request.Stage) bool
}

// given is a tree that the frontend made of the user's input.
type given struct{ state llb.State }

func (given) inputs() []Tree { return nil }

// Given takes a state that has no code of the project in it, whatever it was made of.
func (b *Builder) Given(ctx context.Context, name string, state llb.State) (Tree, error) {
	return b.given(ctx, vertex{name: name, op: given{state}})
}

// Code takes a state that may have code of the project in it. No step with a network or secrets gets to see it.
func (b *Builder) Code(ctx context.Context, name string, state llb.State) (Tree, error) {
	return b.given(ctx, vertex{name: name, op: given{state}, code: true})
}

// given knows a state by its definition, for equal ones may be made anew each time.
func (b *Builder) given(ctx context.Context, v vertex) (Tree, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	def, err := v.op.(given).state.Marshal(ctx, llb.Platform(b.host.Platform))
	if err != nil {
		return Tree{}, fmt.Errorf("marshalling %s: %w", v.name, err)
	}
	head := ""
	if len(def.Def) > 0 {
		head = digest.FromBytes(def.Def[len(def.Def)-1]).String()
	}
	return b.know(fmt.Sprintf("given %t %s", v.code, head), v).at(root), nil
}

// Marshal writes the graph of a tree. Vertices are shared, and the llb package sorts their mounts in place when it writes them
// (client/llb/exec.go, getMountIndexFn), so it writes one graph at a time.
func (b *Builder) Marshal(ctx context.Context, t Tree, opts ...llb.ConstraintsOpt) (*llb.Definition, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state, err := b.state(b.host, t)
	if err != nil {
		return nil, err
	}
	return state.Marshal(ctx, append(opts, llb.Platform(b.host.Platform))...)
}

// State gives a tree to what extends the graph by vertices of its own.
func (b *Builder) State(t Tree) (llb.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state(b.host, t)
}

// translator has what vertices give in LLB, by the folder.
type translator map[*vertex]map[string]llb.State

func (tr translator) state(h Host, t Tree) (llb.State, error) {
	if t.Empty() {
		return llb.Scratch(), nil
	}
	if err := tr.vertex(h, t.vertex); err != nil {
		return llb.State{}, err
	}
	return tr.get(t), nil
}

// get is state for the inputs of a vertex, which are translated before it.
func (tr translator) get(t Tree) llb.State {
	if t.Empty() {
		return llb.Scratch()
	}
	return tr[t.vertex][t.dir]
}

// vertex translates a vertex and those that it reads from, each once.
func (tr translator) vertex(h Host, v *vertex) error {
	if _, done := tr[v]; done {
		return nil
	}
	for _, input := range v.op.inputs() {
		if input.Empty() {
			continue
		}
		if err := tr.vertex(h, input.vertex); err != nil {
			return err
		}
	}
	name := llb.WithCustomName(v.name)
	switch o := v.op.(type) {
	case given:
		tr[v] = map[string]llb.State{root: o.state}
	case image:
		tr[v] = map[string]llb.State{root: llb.Image(o.Ref, llb.Platform(o.Platform), name)}
	case files:
		tr[v] = map[string]llb.State{root: tr.get(o.On).File(tr.actions(o), name)}
	case merge:
		layers := make([]llb.State, len(o.Layers))
		for i, layer := range o.Layers {
			layers[i] = tr.get(layer)
		}
		tr[v] = map[string]llb.State{root: llb.Merge(layers, name)}
	case step:
		if v.online && v.code {
			return errors.New(v.name + ": a step with a network or secrets must not see code of the project")
		}
		gives, err := tr.step(h, o, name)
		if err != nil {
			return fmt.Errorf("making the %s vertex: %w", o.Stage, err)
		}
		tr[v] = gives
	}
	return nil
}

// step gives what a step leaves in its root and in other folders.
func (tr translator) step(h Host, s step, name llb.ConstraintsOpt) (map[string]llb.State, error) {
	env, err := request.Env(s.Request)
	if err != nil {
		return nil, err
	}
	opts := []llb.RunOption{
		llb.Args([]string{request.Binary, "step", string(s.Stage)}),
		llb.AddMount(request.Binary, h.Step, llb.SourcePath(h.StepPath), llb.Readonly),
		// On the disk and not in memory, because it holds what the program embeds, too; it goes when the step has ended.
		llb.AddMount(request.Work, llb.Scratch(), llb.ForceNoOutput),
		llb.Network(llb.NetModeNone),
		llb.Platform(h.Platform),
		name,
	}
	for _, kv := range append(env, s.Env...) {
		name, value, _ := strings.Cut(kv, "=")
		opts = append(opts, llb.AddEnv(name, value))
	}
	if s.NoCache {
		opts = append(opts, llb.IgnoreCache)
	}
	if s.NoExport {
		opts = append(opts, llb.WithoutExportCache())
	}
	if s.Network {
		opts = append(opts, llb.Network(llb.NetModeSandbox), hostname(stepnet.Hostname), llb.WithProxy(h.Proxy))
	}
	if s.Token != "" {
		opts = append(opts, llb.WithProxy(llb.ProxyEnv{FTPProxy: s.Token}))
	}
	for _, s := range s.Secrets {
		opts = append(opts, llb.AddSecret(path.Join(request.Secrets, s), llb.SecretID(s), llb.SecretOptional))
	}
	if s.SSH {
		opts = append(opts, llb.AddSSHSocket(llb.SSHID(request.IDSSH), llb.SSHSocketTarget(request.SSHAgent), llb.SSHOptional))
	}
	e := tr.get(s.Root).Dir("/").Run(opts...)
	gives := map[string]llb.State{root: e.Root()}
	for _, m := range s.Mounts {
		gives[m.At] = e.AddMount(m.At, tr.get(m.From), mountOptions(m)...)
	}
	return gives, nil
}

func mountOptions(m mount) []llb.MountOption {
	var opts []llb.MountOption
	switch m.Use {
	case reads:
		opts = append(opts, llb.Readonly)
	case spoils:
		opts = append(opts, llb.ForceNoOutput)
	case keeps:
		opts = append(opts, llb.AsPersistentCacheDir(m.Cache, llb.CacheMountShared))
	case waits:
		opts = append(opts, llb.AsPersistentCacheDir(m.Cache, llb.CacheMountLocked))
	}
	if m.Path != "" {
		opts = append(opts, llb.SourcePath(m.Path))
	}
	if m.ByOrigin {
		opts = append(opts, llb.ContentCache(llb.MountContentCacheOff))
	}
	return opts
}

// hostname names the host of a step.
type hostname string

func (name hostname) SetRunOption(ei *llb.ExecInfo) { ei.State = ei.State.Hostname(string(name)) }

// actions gives the chain of what is done to files.
func (tr translator) actions(f files) *llb.FileAction {
	var chain *llb.FileAction
	for _, a := range f.Actions {
		switch a.Verb {
		case copies:
			chain = chain.Copy(tr.get(a.From), a.Path, a.To, &llb.CopyInfo{CopyDirContentsOnly: a.Content, CreateDestPath: a.Parents, AttemptUnpack: a.Unpack,
				IncludePatterns: a.Include, CreatedTime: a.Created})
		case makesDir:
			chain = chain.Mkdir(a.To, a.Mode, llb.WithParents(a.Parents))
		case makesFile:
			var opts []llb.MkfileOption
			if a.Created != nil {
				opts = append(opts, llb.WithCreatedTime(*a.Created))
			}
			chain = chain.Mkfile(a.To, a.Mode, a.Data, opts...)
		}
	}
	return chain
}
