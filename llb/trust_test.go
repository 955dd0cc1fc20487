package llb

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/golden"
	"github.com/modship-build/modship/internal/plan"
)

// TestFetchesSeeNoCode: of the build context, what has a network gets the files of modules at most (go.mod, go.sum, go.work), also
// through the vertices that it is made from.
func TestFetchesSeeNoCode(t *testing.T) {
	allowed := map[Stage][]string{StageResolve: nil, StageToolchain: nil, StageSysroot: nil, StageGraph: {"local://mod"}, StageModules: {"local://mod"}}
	seen := map[Stage]bool{}
	check := func(t *testing.T, def *llb.Definition) {
		ops := decodeOps(t, def)
		for dgst, op := range ops {
			e := op.GetExec()
			if e == nil || e.Network == pb.NetMode_NONE {
				continue
			}
			stage := Stage(e.Meta.Args[len(e.Meta.Args)-1])
			want, ok := allowed[stage]
			if !ok {
				t.Errorf("%s has a network", stage)
				continue
			}
			seen[stage] = true
			if got := projectSources(ops, dgst); len(got) > 0 && cmp.Diff(want, got) != "" {
				t.Errorf("%s sees %q of the build context, want no more than %q", stage, got, want)
			}
		}
	}
	eachGolden(t, func(t *testing.T, _ *golden.Archive, p *plan.Plan) {
		for _, def := range graphOf(t, p) {
			check(t, def)
		}
	})
	for _, def := range beforePlan(t) {
		check(t, def)
	}
	for stage := range allowed {
		if !seen[stage] {
			t.Errorf("no graph has a step %s with a network: the test proves nothing of it", stage)
		}
	}
}

// decodeOps gives the operations of a definition by digest.
func decodeOps(t *testing.T, def *llb.Definition) map[string]*pb.Op {
	t.Helper()
	ops := map[string]*pb.Op{}
	for _, encoded := range def.Def {
		op := &pb.Op{}
		if err := op.UnmarshalVT(encoded); err != nil {
			t.Fatal(err)
		}
		ops[digest.FromBytes(encoded).String()] = op
	}
	return ops
}

// projectSources are the parts of the build context that an operation is made from, sorted.
func projectSources(ops map[string]*pb.Op, of string) []string {
	found, visited := map[string]bool{}, map[string]bool{}
	var visit func(string)
	visit = func(dgst string) {
		if visited[dgst] {
			return
		}
		visited[dgst] = true
		op := ops[dgst]
		if source := op.GetSource(); source != nil && strings.HasPrefix(source.Identifier, "local://") && !strings.HasPrefix(source.Identifier, "local://step") {
			found[source.Identifier] = true
		}
		for _, input := range op.Inputs {
			visit(input.Digest)
		}
	}
	visit(of)
	return slices.Sorted(maps.Keys(found))
}
