package llb

import (
	"slices"
	"testing"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// TestCommonKnowsNoModule: what all modules share is told of none of them and reads nothing of theirs, and nothing that another build could
// have left: neither files of the context nor a cache mount but that of the slots.
func TestCommonKnowsNoModule(t *testing.T) {
	const common = "net/http"
	seen, withC := 0, false
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		for i := range p.Images {
			if p.Images[i].Common = ""; p.Main.PGO == "" {
				p.Images[i].Common = common
			}
		}
		for _, e := range execs(t, graphOf(t, p)...) {
			if e.stage != request.StageDeps {
				continue
			}
			req := decode[request.Deps](t, e)
			if req.Imports[0] != common {
				continue
			}
			seen++
			if more := req.Imports[1:]; (req.Build.Cgo != nil) != slices.Equal(more, []string{"runtime/cgo"}) || req.Build.Cgo == nil && len(more) > 0 {
				t.Errorf("with C %t it compiles %q", req.Build.Cgo != nil, req.Imports)
			}
			withC = withC || req.Build.Cgo != nil
			if req.Build.Work || req.Build.Vendor || req.Build.PGO != "" || req.Build.Target == (target.Target{}) {
				t.Errorf("it is told of a module: %+v", req.Build)
			}
			for _, m := range e.Mounts {
				if m.CacheOpt != nil && m.Dest != request.Slots {
					t.Errorf("it has what builds keep in %s", m.Dest)
				}
				if slices.Contains([]string{request.Source, request.ModCache, request.Vendor, request.Included, request.KeptCache}, m.Dest) {
					t.Errorf("it reads %s", m.Dest)
				}
			}
		}
	})
	if seen == 0 || !withC {
		t.Errorf("%d plans have such a step, with C %t", seen, withC)
	}
}
