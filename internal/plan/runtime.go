package plan

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
)

func (d *Draft) addRuntime(in Input) error {
	c := in.Config.Image
	uid, gid, err := parseUser(cmp.Or(c.User, defaults.User))
	if err != nil {
		return err
	}
	d.Runtime = Runtime{
		Base: in.Base, Path: c.Path, UID: uid, GID: gid,
		Env: environment(c.Env, in.Config.Runtime), OTel: in.Config.Runtime.OTel, Ports: c.Ports, Workdir: c.Workdir,
		Entrypoint: c.Entrypoint, Cmd: c.Cmd,
		Files: c.Files, Labels: c.Labels, Annotations: c.Annotations,
		StopSignal: c.StopSignal, Volumes: c.Volumes, Healthcheck: c.Healthcheck,
	}
	if c.Entrypoint == nil {
		d.Runtime.Entrypoint = []string{"/" + d.ProgramPath()}
	}
	return nil
}

// environment joins the variables of the configuration with the settings of Go's runtime, which have no name in common.
func environment(env map[string]config.Template, r config.Runtime) map[string]config.Template {
	all := maps.Clone(env)
	for name, value := range r.Env() {
		if all == nil {
			all = make(map[string]config.Template)
		}
		all[name] = config.Literal(value)
	}
	return all
}

// parseUser reads the form that package config gives a user: "uid:gid".
func parseUser(user string) (uid, gid int, err error) {
	u, g, _ := strings.Cut(user, ":")
	uid, uidErr := strconv.Atoi(u)
	gid, gidErr := strconv.Atoi(g)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return 0, 0, fmt.Errorf("reading %q: %w", user, err)
	}
	return uid, gid, nil
}
