package llb

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// TestSeedKeys: a build with a seed has the keys of one without, so that each finds what the other has exported. All that differs is a
// proxy of the step that lists dependencies, of which BuildKit makes no part of a key.
func TestSeedKeys(t *testing.T) {
	told := 0
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		p.Cache.Seed = ""
		without := execs(t, graphOf(t, p)...)
		p.Cache.Seed = "seed.example/app:seed"
		with := execs(t, graphOf(t, p)...)
		if len(with) != len(without) {
			t.Fatalf("%d steps with a seed, %d without", len(with), len(without))
		}
		for i, e := range with {
			if proxy := e.Meta.ProxyEnv; e.Network == pb.NetMode_NONE && proxy != nil {
				if e.stage != request.StageAnalyze || proxy.FtpProxy != testHost.Token {
					t.Errorf("%s is told %v", e.stage, proxy)
				}
				told++
				e.Meta.ProxyEnv = nil
			}
			if !e.ExecOp.EqualVT(without[i].ExecOp) {
				t.Errorf("%s has another key with a seed:\n%v\n%v", e.stage, e.ExecOp, without[i].ExecOp)
			}
		}
	})
	if told == 0 {
		t.Error("no step is told of the build")
	}
}

// TestSeedIsKept: the packages of a seed go where the compile of the dependencies looks for those of earlier builds, and into no cache that
// is exported.
func TestSeedIsKept(t *testing.T) {
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		if p.Cache.Isolated {
			return
		}
		b := newBuild(t)
		for i, cache := range b.CompileCaches(p, b.src) {
			if cache.Empty() {
				continue
			}
			seed := b.Seed(p, p.Images[i], b.SeedImage("seed.example/app@sha256:"+strings.Repeat("1", 64), p.Images[i])).vertex.op.(step)
			if !seed.NoExport {
				t.Error("a seed is exported")
			}
			if got, want := keptIn(seed), keptIn(cache.vertex.op.(step)); got != want || want == "" {
				t.Errorf("a seed goes into %q, and packages are looked for in %q", got, want)
			}
		}
	})
}

// keptIn gives the cache mount with compiled packages of earlier builds.
func keptIn(s step) string {
	for _, m := range s.Mounts {
		if m.At == request.KeptCache {
			return m.Cache
		}
	}
	return ""
}
