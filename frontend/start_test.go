package frontend

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/plan"
)

// TestStarts: what has to start in an image is its program, and its command where that is another.
func TestStarts(t *testing.T) {
	const program = "/usr/local/bin/app"
	self := start{program, "program", "image.base"}
	for name, c := range map[string]struct {
		runtime plan.Runtime
		static  bool
		want    []start
	}{
		"static":           {plan.Runtime{Entrypoint: []string{program}}, true, nil},
		"dynamic":          {plan.Runtime{Entrypoint: []string{program, "-x"}}, false, []start{self}},
		"static on a base": {plan.Runtime{Base: "x", Entrypoint: []string{program}}, true, []start{self}},
		"arguments":        {plan.Runtime{Entrypoint: []string{program}, Cmd: []string{"serve"}}, true, nil},
		"another":          {plan.Runtime{Entrypoint: []string{"/bin/sh", "-c", "app"}}, true, []start{{"/bin/sh", "entrypoint", "image.entrypoint[0]"}}},
		"both":             {plan.Runtime{Entrypoint: []string{"tini", "app"}}, false, []start{self, {"tini", "entrypoint", "image.entrypoint[0]"}}},
		"command":          {plan.Runtime{Entrypoint: []string{}, Cmd: []string{"sh"}}, true, []start{{"sh", "command", "image.cmd[0]"}}},
		"nothing":          {plan.Runtime{Entrypoint: []string{}}, true, nil},
		"relative":         {plan.Runtime{Entrypoint: []string{"./run.sh"}, Workdir: "/srv/app"}, true, []start{{"/srv/app/./run.sh", "entrypoint", "image.entrypoint[0]"}}},
		"health check":     {plan.Runtime{Entrypoint: []string{program}, Healthcheck: config.Healthcheck{Test: []string{"CMD", "bin/check"}}}, true, []start{{"//bin/check", "health check", "image.healthcheck.test[0]"}}},
		"checks itself":    {plan.Runtime{Entrypoint: []string{program}, Healthcheck: config.Healthcheck{Test: []string{program, "-health"}}}, true, nil},
		"relative to root": {plan.Runtime{Entrypoint: []string{"bin/run"}}, true, []start{{"//bin/run", "entrypoint", "image.entrypoint[0]"}}},
	} {
		p := &plan.Plan{}
		p.Main.Name, p.Runtime = "app", c.runtime
		if diff := cmp.Diff(c.want, starts(p, c.static), cmp.AllowUnexported(start{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	p := &plan.Plan{}
	p.Main.Name, p.Beside = "app", []plan.Main{{Name: "migrate"}, {Name: "check"}}
	p.Runtime.Entrypoint, p.Runtime.Healthcheck.Test = []string{"/usr/local/bin/migrate"}, []string{"/usr/local/bin/check"}
	want := []start{{"/usr/local/bin/migrate", "program migrate", "image.base"}}
	if diff := cmp.Diff(want, starts(p, true, false, true), cmp.AllowUnexported(start{})); diff != "" {
		t.Errorf("several programs (-want +got):\n%s", diff)
	}
}
