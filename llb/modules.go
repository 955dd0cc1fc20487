package llb

import (
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// modules is the vertex that downloads the modules. It depends on go.mod, go.sum and go.work only, and serves every platform
// and every main package. It need not be exported with the cache: what is built from it is, and a machine without it downloads.
// BuildKit v0.33.1 heeds that only in builds that find the vertex in their cache (solver/edge.go, makeExportable); the build that ran
// it exports it nevertheless, which is why the step takes out of the zips what it can.
func (b *Builder) modules(d *plan.Draft, src Sources) Tree {
	s := step{
		Request: request.Modules{Downloads: d.Source.Downloads(), Sums: d.Source.SumFiles()},
		Mounts:  moduleMounts(b.moduleFiles(d.Source, src), d.Cache), NoExport: true,
	}
	if d.Source.Graph {
		s.Mounts = append(s.Mounts, reading(request.Graphed, b.ModuleGraph(d.Source, d.Fetch, d.Cache, src)))
	}
	return b.download(named(request.StageModules, "download and verify modules"), s, withoutSumDB(d.Fetch)).at(request.Out)
}

// ModuleGraph is the vertex that follows the requirements of modules and chooses the build list, where the module files do not name
// it; its output holds request.GraphFile. The frontend reads it before there is a plan.
func (b *Builder) ModuleGraph(source plan.Source, fetch goenv.Settings, cache plan.Cache, src Sources) Tree {
	s := step{Request: request.Graph{}, Mounts: moduleMounts(b.moduleFiles(source, src), cache)}
	return b.download(named(request.StageGraph, "follow the requirements of modules"), s, withoutSumDB(fetch)).at(request.Out)
}

// moduleMounts are what the steps that download modules have.
func moduleMounts(files Tree, cache plan.Cache) []mount {
	return append([]mount{reading(request.Source, files), out}, keptZips(cache)...)
}

// withoutSumDB leaves out what vouches for Go alone: modules are held against go.sum, whoever vouches for them, and another database is
// no reason to fetch them again.
func withoutSumDB(s goenv.Settings) goenv.Settings {
	s.SumDB, s.NoSumDB = "", nil
	return s
}

// keptZips mounts the zips of earlier builds, so that a change of go.mod downloads only what is new. They are verified
// again, yet an isolated build does without.
func keptZips(cache plan.Cache) []mount {
	if cache.Isolated {
		return nil
	}
	return []mount{{At: request.Zips, Use: keeps, Cache: zipsCacheID(cache)}}
}
