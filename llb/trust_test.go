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

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestTrust: the fields say of every vertex what is true of its definition, and none has a network or secrets and sees code.
func TestTrust(t *testing.T) {
	seen := map[[2]bool]bool{}
	eachBuild(t, func(t *testing.T, p *plan.Plan, b build) {
		for _, v := range verticesOf(b.all(t, p)...) {
			if v.online && v.code {
				t.Errorf("%s is not to be trusted", v.name)
			}
			def := b.marshal(t, v.at(root))
			ops, head := decodeOps(t, def), digestOf(t, def)
			e := ops[head].GetExec()
			online := e != nil && (e.Network != pb.NetMode_NONE || hasSecrets(exec{ExecOp: e}))
			code := slices.ContainsFunc(projectSources(ops, head), func(source string) bool { return source != "local://mod" })
			if v.online != online || v.code != code {
				t.Errorf("%s: online %t, code %t; its definition: %t, %t", v.name, v.online, v.code, online, code)
			}
			seen[[2]bool{online, code}] = true
		}
	})
	if len(seen) != 3 {
		t.Errorf("the generated graphs have vertices of %d kinds, want 3", len(seen))
	}
}

// eachBuild is eachPlan with a build, and for the goldens with one that has another context laid over its own as well.
func eachBuild(t *testing.T, test func(t *testing.T, p *plan.Plan, b build)) {
	t.Helper()
	eachPlan(t, func(t *testing.T, p *plan.Plan) { test(t, p, newBuild(t)) })
	eachGolden(t, func(t *testing.T, _ *golden.Archive, p *plan.Plan) { test(t, p, newLaid(t)) })
}

// TestFetchesSeeNoCode: of the build context, what has a network gets the files of modules at most (go.mod, go.sum, go.work), also
// through the vertices that it is made from.
func TestFetchesSeeNoCode(t *testing.T) {
	allowed := map[request.Stage][]string{request.StageResolve: nil, request.StageToolchain: nil, request.StageZig: nil, request.StageSysroot: nil, request.StageGraph: {"local://mod"}, request.StageModules: {"local://mod"}}
	seen := map[request.Stage]bool{}
	check := func(t *testing.T, def *llb.Definition) {
		ops := decodeOps(t, def)
		for dgst, op := range ops {
			e := op.GetExec()
			if e == nil || e.Network == pb.NetMode_NONE {
				continue
			}
			stage := stageOf(e)
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
	eachBuild(t, func(t *testing.T, p *plan.Plan, b build) {
		for _, tree := range b.all(t, p) {
			check(t, b.marshal(t, tree))
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

// TestEmptyRoot: a step runs in an empty root, at most with room for the certificate of the network. Only where C is compiled it is
// the root of a sysroot, or of the image that is one.
func TestEmptyRoot(t *testing.T) {
	seen := map[request.Stage]bool{}
	check := func(t *testing.T, def *llb.Definition, builder string) {
		ops := decodeOps(t, def)
		sysroots := map[string]bool{}
		for dgst, op := range ops {
			if e := op.GetExec(); e != nil && stageOf(e) == request.StageSysroot || builder != "" && op.GetSource().GetIdentifier() == "docker-image://"+builder {
				sysroots[dgst] = true
			}
		}
		for _, op := range ops {
			e := op.GetExec()
			if e == nil || stageOf(e) == request.StageSysroot {
				continue
			}
			stage, root := stageOf(e), rootOf(t, op)
			compiles := (stage == request.StageDeps || stage == request.StageCompile) && sysroots[root]
			if root != "" && !compiles && !(slices.Contains(fetching, stage) && makesRoom(ops[root])) {
				t.Errorf("%s does not run in an empty root", stage)
			}
			seen[stage] = true
		}
	}
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		for i, def := range graphOf(t, p) {
			builder := ""
			if c := p.Images[i].Cgo; c != nil && c.Provider == ctoolchain.BuilderImage {
				builder = c.Base
			}
			check(t, def, builder)
		}
	})
	for _, def := range beforePlan(t) {
		check(t, def, "")
	}
	for _, stage := range []request.Stage{request.StageResolve, request.StageToolchain, request.StageGraph, request.StageModules, request.StageScan, request.StageAnalyze, request.StageZig, request.StageDeps, request.StageCompile, request.StageLibraries, request.StageRootfs} {
		if !seen[stage] {
			t.Errorf("no graph has a step %s: the test proves nothing of it", stage)
		}
	}
}

func stageOf(e *pb.ExecOp) request.Stage { return request.Stage(e.Meta.Args[len(e.Meta.Args)-1]) }

// rootOf gives the operation that an exec's root comes from, or "" if it begins empty.
func rootOf(t *testing.T, op *pb.Op) string {
	t.Helper()
	for _, m := range op.GetExec().Mounts {
		if m.Dest != "/" {
			continue
		}
		if m.Input < 0 {
			return ""
		}
		return op.Inputs[m.Input].Digest
	}
	t.Fatal("an exec has no root")
	return ""
}

// makesRoom tells whether an operation makes an empty file in folders of their own and nothing else.
func makesRoom(op *pb.Op) bool {
	f := op.GetFile()
	return f != nil && len(op.Inputs) == 0 && !slices.ContainsFunc(f.Actions, func(a *pb.FileAction) bool {
		file := a.GetMkfile()
		return a.GetMkdir() == nil && (file == nil || len(file.Data) > 0)
	})
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
