package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
)

// decision says why a target is built, or that nothing of it has changed if why is "".
type decision struct{ name, why string }

// choose gives the names of the targets to build.
func (m *many) choose(ctx context.Context, c gateway.Client, list gateway.BuildFunc) ([]string, error) {
	if names := m.options.named(); len(names) > 0 {
		return names, nil
	}
	res, err := list(ctx, c)
	if err != nil {
		return nil, err
	}
	var all frontend.Targets
	if err := json.Unmarshal(res.Metadata["result.json"], &all); err != nil {
		return nil, fmt.Errorf("decoding the list of targets: %w", err)
	}
	var names []string
	for _, t := range all.Targets {
		if t.Default && t.Main == "" && len(all.Targets) > 1 {
			continue // it is what the targets have in common, and no program
		}
		if m.options.All || m.options.Pattern == "" || matchesMain(m.options.Pattern, append([]string{t.Main}, t.Beside...)...) {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		e := &diag.Error{Msg: fmt.Sprintf("no target has a main package that matches %s", m.options.Pattern)}
		for _, t := range all.Targets {
			e.Help += ", " + t.Name + " is " + t.Mains()
		}
		e.Help = strings.TrimPrefix(e.Help, ", ")
		return nil, e
	}
	return names, nil
}

// changed leaves out the targets of which nothing has changed. One that cannot be looked at is built: that says what is wrong.
func (m *many) changed(ctx context.Context, c gateway.Client, ask gateway.BuildFunc, names []string) ([]string, error) {
	all, known := make([]frontend.Inputs, len(names)), make([]bool, len(names))
	for i, name := range names {
		res, err := ask(ctx, withOptions(c, map[string]string{"requestid": frontend.InputsRequest, "target": name}))
		if ctx.Err() != nil {
			return nil, err
		}
		known[i] = err == nil && json.Unmarshal(res.Metadata["result.json"], &all[i]) == nil
	}
	if err := m.since.compare(all); err != nil {
		return nil, err
	}
	var built []string
	for i, name := range names {
		why := "what it is made of cannot be found out"
		if known[i] {
			why = m.since.why(name, all[i])
		}
		m.decided = append(m.decided, decision{name, why})
		if why != "" {
			built = append(built, name)
		}
	}
	return built, nil
}

// withOptions gives a client with more options of the build.
func withOptions(c gateway.Client, more map[string]string) gateway.Client {
	opts := maps.Clone(c.BuildOpts().Opts)
	maps.Copy(opts, more)
	return optsClient{c, opts}
}

// matchesMain tells whether one of a target's main packages is of a pattern such as ./cmd/..., as for the go command.
func matchesMain(pattern string, mains ...string) bool {
	dir, ok := strings.CutSuffix(pattern, "/...")
	return ok && slices.ContainsFunc(mains, func(main string) bool { return dir == "." || main == dir || strings.HasPrefix(main, dir+"/") })
}
