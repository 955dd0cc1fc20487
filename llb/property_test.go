package llb

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/stepnet"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/golden"
)

// fetching are the only steps with a network and secrets; no project code runs in them.
var fetching = []request.Stage{request.StageResolve, request.StageToolchain, request.StageGraph, request.StageModules, request.StageZig}

// exec is an exec of a graph with the stage that it belongs to.
type exec struct {
	*pb.ExecOp
	stage    request.Stage
	platform *pb.Platform
	inputs   []*pb.Input
}

// eachExec calls test for every exec of every golden, and of the graphs before a plan.
func eachExec(t *testing.T, test func(t *testing.T, e exec)) {
	t.Helper()
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		for _, e := range execs(t, graphOf(t, p)...) {
			t.Run(string(e.stage), func(t *testing.T) { test(t, e) })
		}
	})
	for _, e := range execs(t, beforePlan(t)...) {
		t.Run(string(e.stage), func(t *testing.T) { test(t, e) })
	}
}

// beforePlan are the graphs that find out what the plan needs to know.
func beforePlan(t *testing.T) []*llb.Definition {
	t.Helper()
	b, proxy := newBuild(t), goenv.Settings{Proxy: "https://proxy.example"}
	return []*llb.Definition{
		b.marshal(t, b.Versions(target.Target{OS: "linux", Arch: "amd64"}, proxy)),
		b.marshal(t, b.Scan(request.Scan{Request: scan.Request{GoVersion: "1.26"}}, b.src)),
		b.marshal(t, b.ModuleGraph(plan.Source{Files: []string{"go.work"}}, proxy, plan.Cache{}, b.src)),
	}
}

// execs decodes the execs of definitions, each once.
func execs(t *testing.T, defs ...*llb.Definition) []exec {
	t.Helper()
	var found []exec
	seen := map[string]bool{}
	for _, def := range defs {
		for _, encoded := range def.Def {
			var op pb.Op
			if err := op.UnmarshalVT(encoded); err != nil {
				t.Fatal(err)
			}
			if e := op.GetExec(); e != nil && !seen[string(encoded)] {
				seen[string(encoded)] = true
				found = append(found, exec{ExecOp: e, stage: request.Stage(e.Meta.Args[len(e.Meta.Args)-1]), platform: op.Platform, inputs: op.Inputs})
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no execs")
	}
	return found
}

// TestNetworkAndSecrets: what compiles has neither, whatever the plan.
func TestNetworkAndSecrets(t *testing.T) {
	eachExec(t, func(t *testing.T, e exec) {
		fetches := slices.Contains(fetching, e.stage) || e.stage == request.StageSysroot && len(decode[request.Sysroot](t, e).Packages) > 0
		if online := e.Network != pb.NetMode_NONE; online != fetches {
			t.Errorf("network is %s", e.Network)
		}
		if own := e.Meta.Hostname == stepnet.Hostname; own != fetches {
			t.Errorf("the network is the step's own: %t", own)
		}
		if e.Network == pb.NetMode_HOST {
			t.Error("the host's network reaches services of the machine")
		}
		var want []string
		if fetches {
			want = append(want, request.IDCA)
		}
		if fetches && e.stage != request.StageSysroot && e.stage != request.StageZig {
			want = append(want, request.IDNetrc)
		}
		got := secretsOf(e)
		if e.stage == request.StageGraph || e.stage == request.StageModules { // see TestRepositorySecrets
			got = slices.DeleteFunc(got, ofRepositories)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(e.Secretenv) > 0 {
			t.Errorf("%d secrets are in its environment, and mounted are (-want +got):\n%s", len(e.Secretenv), diff)
		}
		if proxied := e.Meta.ProxyEnv != nil; proxied != fetches {
			t.Errorf("has a proxy: %t", proxied)
		}
		if e.Security != pb.SecurityMode_SANDBOX {
			t.Errorf("security mode is %s", e.Security)
		}
	})
}

// TestNoGoOnline: where a repository may choose the Go, by a version or an image, no step that has a network or secrets sees it. So
// nothing that the repository chose runs there.
func TestNoGoOnline(t *testing.T) {
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		p.Source.Graph = p.Source.Download
		all := execs(t, graphOf(t, p)...)
		roots := map[string]bool{} // what is a GOROOT to some step
		for _, e := range all {
			for _, m := range e.Mounts {
				if m.Dest == request.GoRoot && m.Input >= 0 {
					roots[e.inputs[m.Input].Digest] = true
				}
			}
		}
		if len(roots) == 0 {
			t.Fatal("no step has a Go")
		}
		for _, e := range all {
			if e.Network == pb.NetMode_NONE && !hasSecrets(e) {
				continue
			}
			for _, m := range e.Mounts {
				// The sysroot of builder.image is installed in that image, by apt-get, with no secret but certificates.
				inRoot := m.Dest == "/" && e.stage == request.StageSysroot
				if m.Dest == request.GoRoot || m.Input >= 0 && roots[e.inputs[m.Input].Digest] && !inRoot {
					t.Errorf("%s has a Go at %s", e.stage, m.Dest)
				}
			}
		}
	})
}

// ofRepositories tells what credentials for repositories are.
func ofRepositories(id string) bool {
	return id == request.IDKnown || id == "ssh "+request.IDSSH || strings.HasPrefix(id, request.IDGitHeader) || strings.HasPrefix(id, request.IDGitToken)
}

func hasSecrets(e exec) bool { return len(secretsOf(e)) > 0 }

// secretsOf gives the secrets that are mounted, sorted.
func secretsOf(e exec) []string {
	var ids []string
	for _, m := range e.Mounts {
		switch m.MountType {
		case pb.MountType_SECRET:
			ids = append(ids, m.SecretOpt.ID)
		case pb.MountType_SSH:
			ids = append(ids, "ssh "+m.SSHOpt.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestBuildPlatform: a step on a target's platform would be emulated.
func TestBuildPlatform(t *testing.T) {
	eachExec(t, func(t *testing.T, e exec) {
		if e.platform == nil {
			t.Fatal("the platform is not said, so marshalling decides it")
		}
		got := platforms.FormatAll(ocispecs.Platform{OS: e.platform.OS, Architecture: e.platform.Architecture, Variant: e.platform.Variant})
		if want := platforms.FormatAll(testHost.Platform); got != want {
			t.Errorf("runs on %s, want %s", got, want)
		}
	})
}

// TestReadOnly: a mount that is neither is keyed by the vertex before it, not by its content, and what a step wrote there
// would be lost. The exceptions are meant to be thrown away: the compile cache of step compile, and the tree that cmd/go works
// in, which begins empty. That one is not in memory either: it holds all that the program embeds.
func TestReadOnly(t *testing.T) {
	eachExec(t, func(t *testing.T, e exec) {
		for _, m := range e.Mounts {
			scratchpad := e.stage == request.StageCompile && m.Dest == request.GoCache || m.Dest == request.Work && m.Input < 0
			if m.MountType == pb.MountType_BIND && m.Dest != "/" && m.Output < 0 && !m.Readonly && !scratchpad {
				t.Errorf("%s can be written", m.Dest)
			}
			if m.MountType == pb.MountType_TMPFS {
				t.Errorf("%s is in memory", m.Dest)
			}
		}
	})
}

// TestSumDBOfGo: the checksum database, which vouches for Go, is no part of the steps that fetch modules.
func TestSumDBOfGo(t *testing.T) {
	fetch := func(s goenv.Settings) (modules, others []byte) {
		p := readPlan(t, golden.Read(t, "testdata/dependencies.txtar"))
		p.Fetch, p.Source.Graph = s, true
		for _, def := range graphOf(t, p) {
			for _, encoded := range def.Def {
				switch name := vertexName(def, encoded); {
				case strings.HasPrefix(name, "[modules]"), strings.HasPrefix(name, "[graph]"):
					modules = append(modules, encoded...)
				case strings.HasPrefix(name, "[toolchain]"):
					others = append(others, encoded...)
				}
			}
		}
		return modules, others
	}
	plain := goenv.Settings{Proxy: "https://proxy.example"}
	other := goenv.Settings{Proxy: plain.Proxy, SumDB: "sum.example+033de0ae+Ac4=", NoSumDB: []string{"corp.example"}}
	modules, toolchain := fetch(plain)
	otherModules, otherToolchain := fetch(other)
	if len(modules) == 0 || !bytes.Equal(modules, otherModules) {
		t.Error("modules are fetched again from the same proxy")
	}
	if len(toolchain) == 0 || bytes.Equal(toolchain, otherToolchain) {
		t.Error("another database vouches for Go, and it is not asked")
	}
}

// TestDaemonFetchesNothing: BuildKit fetches images and what the client sends. Whatever else has an address is fetched by steps, from
// the network that those have.
func TestDaemonFetchesNothing(t *testing.T) {
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		for _, def := range graphOf(t, p) {
			for _, op := range decodeOps(t, def) {
				source := op.GetSource()
				if scheme, _, _ := strings.Cut(source.GetIdentifier(), "://"); source != nil && scheme != "local" && scheme != "docker-image" {
					t.Errorf("BuildKit fetches %s", source.Identifier)
				}
			}
		}
	})
}

// TestNoShell: exec form only, and of this program only.
func TestNoShell(t *testing.T) {
	eachExec(t, func(t *testing.T, e exec) {
		want := []string{request.Binary, "step", string(e.stage)}
		if diff := cmp.Diff(want, e.Meta.Args); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !slices.Contains(request.Stages(), e.stage) {
			t.Errorf("%q is no stage", e.stage)
		}
	})
}

// TestStepBinary: the program that runs is mounted from the host's state, never from what a step made.
func TestStepBinary(t *testing.T) {
	eachExec(t, func(t *testing.T, e exec) {
		i := slices.IndexFunc(e.Mounts, func(m *pb.Mount) bool { return m.Dest == request.Binary })
		if i < 0 || e.Mounts[i].Selector != testHost.StepPath || !e.Mounts[i].Readonly {
			t.Errorf("the program is not mounted as it should be: %v", e.Mounts)
		}
	})
}

// TestSameBuild: deps and compile must tell cmd/go the same, or it compiles everything twice.
func TestSameBuild(t *testing.T) {
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		compiled := map[target.Target]request.Build{}
		all := execs(t, graphOf(t, p)...)
		for _, e := range all {
			if e.stage == request.StageCompile {
				b := decode[request.Compile](t, e).Build
				compiled[b.Target] = b
			}
		}
		if len(compiled) != len(p.Images) {
			t.Fatalf("%d platforms are compiled, want %d", len(compiled), len(p.Images))
		}
		for _, e := range all {
			var builds []request.Build
			switch e.stage {
			case request.StageDeps:
				got := decode[request.Deps](t, e).Build
				if !slices.ContainsFunc(e.Mounts, func(m *pb.Mount) bool { return m.Dest == request.Source }) { // Go's own packages
					want := compiled[got.Target]
					if got.Work || got.Vendor || want.PGO != "" {
						t.Errorf("a step without the module is told of it: %+v", got)
					}
					got.Work, got.Vendor = want.Work, want.Vendor
				}
				builds = []request.Build{got}
			case request.StageAnalyze:
				for _, img := range decode[request.Analyze](t, e).Images {
					want := compiled[img.Build.Target]
					if len(img.Build.Flags) > 0 || img.Build.PGO != "" {
						t.Errorf("analyze is told what changes no list: %+v", img.Build)
					}
					img.Build.Flags, img.Build.PGO = want.Flags, want.PGO
					if img.Build.Cgo != nil { // a list of packages depends on no more than that there is one
						img.Build.Cgo = want.Cgo
					}
					builds = append(builds, img.Build)
				}
			}
			for _, got := range builds {
				if diff := cmp.Diff(compiled[got.Target], got); diff != "" {
					t.Errorf("%s for %s (-compile +%[1]s):\n%[3]s", e.stage, got.Target, diff)
				}
			}
		}
	})
}

// decode reads a request from an exec's environment, as the step does.
func decode[T any](t *testing.T, e exec) T {
	t.Helper()
	req, err := request.Decode[T](func(name string) (string, bool) {
		for _, kv := range e.Meta.Env {
			if value, ok := strings.CutPrefix(kv, name+"="); ok {
				return value, true
			}
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// TestThirdPartyLayer: what else the module's own code imports of the standard library leaves the vertex alone that compiles the
// packages of other modules.
func TestThirdPartyLayer(t *testing.T) {
	archive := golden.Read(t, "testdata/dependencies.txtar")
	layers := func(std ...string) (thirdParty, standard []byte) {
		p := readPlan(t, archive)
		p.Images[0].Std = std
		for _, def := range graphOf(t, p) {
			for _, encoded := range def.Def {
				switch name := vertexName(def, encoded); {
				case strings.HasSuffix(name, "compile third-party packages"):
					thirdParty = encoded
				case strings.HasSuffix(name, "compile standard packages"):
					standard = encoded
				}
			}
		}
		if thirdParty == nil || standard == nil {
			t.Fatalf("the graph has the third-party layer: %t, the standard one: %t", thirdParty != nil, standard != nil)
		}
		return thirdParty, standard
	}
	thirdParty, standard := layers("fmt", "os")
	sameThirdParty, otherStandard := layers("container/list", "fmt", "os")
	if !bytes.Equal(thirdParty, sameThirdParty) {
		t.Error("the third-party layer is another one when a standard package is imported")
	}
	if bytes.Equal(standard, otherStandard) {
		t.Error("the standard layer is the same when a standard package is imported")
	}
}

// vertexName is the name under which a user sees a vertex.
func vertexName(def *llb.Definition, encoded []byte) string {
	return def.Metadata[digest.FromBytes(encoded)].Description["llb.customname"]
}
