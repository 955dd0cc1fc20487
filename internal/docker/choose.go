package docker

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/moby/moby/client"

	"github.com/modship-build/modship/internal/diag"
)

// Named finds the builder of buildx, or the context of docker, that the user has named.
func (s Settings) Named(name string) (Builder, error) {
	b, err := s.instance(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	c, err := s.context(name)
	if err == nil {
		return c.builder(), nil
	}
	if !errors.Is(err, errNoContext) {
		return Builder{}, err
	}
	names := s.names()
	help := diag.Suggest(name, names)
	if help == "" {
		help = "there is " + strings.Join(names, ", ")
	}
	return Builder{}, &diag.Error{Msg: fmt.Sprintf("there is no builder of buildx and no context of docker named %q", name), Help: help}
}

// names are those that Named knows.
func (s Settings) names() []string {
	names := slices.Concat(s.instances(), s.contextNames())
	slices.Sort(names)
	return slices.Compact(names)
}

// Current gives what docker and buildx use if nobody says anything: the current builder of buildx, else the BuildKit of the daemon that the
// current context of docker leads to, else those whose sockets are where they usually are. An error is about one of them, and the others
// are given all the same.
func (s Settings) Current() ([]Choice, error) {
	name, why, err := s.currentContext()
	if err != nil {
		return s.usualSockets(), err
	}
	c, err := s.context(name)
	if err != nil {
		return s.usualSockets(), err
	}
	var choices []Choice
	current, err := s.chosen(c)
	if err == nil && current != "" && current != name {
		var b Builder
		if b, err = s.instance(current); err == nil {
			choices = append(choices, Choice{b, "the current builder of buildx"})
		}
	}
	if name != DefaultContext || s.getenv("DOCKER_HOST") != "" {
		return append(choices, Choice{c.builder(), why}), err
	}
	if socket, ok := strings.CutPrefix(client.DefaultDockerHost, "unix://"); !ok || exists(socket) {
		choices = append(choices, Choice{c.builder(), why})
	}
	return append(choices, s.usualSockets()...), err
}

// All are the builders that can be named, and those of sockets that are where they usually are. What cannot be read is left out.
func (s Settings) All() []Builder {
	var all []Builder
	for _, name := range s.names() {
		if b, err := s.Named(name); err == nil {
			all = append(all, b)
		}
	}
	for _, c := range s.usualSockets() {
		if !slices.ContainsFunc(all, func(b Builder) bool { return b.Context != nil && b.Context.Host == c.Context.Host }) {
			all = append(all, c.Builder)
		}
	}
	return all
}

// Daemon is the context whose Docker daemon images are loaded into: the current one, or the first whose socket is where it usually is.
func (s Settings) Daemon() (*Context, error) {
	choices, err := s.Current()
	for _, c := range choices {
		if c.Context != nil {
			return c.Context, nil
		}
	}
	return nil, cmp.Or(err, errNoDaemon)
}

var errNoDaemon = errors.New("there is no Docker on this machine: docker has no context, and no socket is where it usually is")
