package llb

import (
	"path"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// modules are the vertices that download the modules, by the part of [request.ModulePart]. They serve every platform and every main
// package, and each depends on its modules and their hashes only: when one of them changes, the others stay as they are. They need not be
// exported with the cache: what is built from them is, and a machine without them downloads.
// BuildKit v0.33.1 heeds that only in builds that find the vertex in their cache (solver/edge.go, makeExportable); the build that ran
// it exports it nevertheless, which is why the zips stay where they are kept.
func (b *Builder) modules(d *plan.Draft) [request.ModuleParts]Tree {
	var parts [request.ModuleParts][]gomod.Pinned
	for _, m := range d.Source.Pinned {
		i := request.ModulePart(m.Path)
		parts[i] = append(parts[i], m)
	}
	var trees [request.ModuleParts]Tree
	for i, part := range parts {
		if len(part) == 0 {
			continue
		}
		from := b.repositories(part, d.Fetch)
		req := request.Modules{Modules: part, Hosts: from.known(), Kept: !d.Cache.Isolated}
		if b.gone[i] {
			req.Again = b.host.Token
		}
		s := step{Request: req, Mounts: append([]mount{out}, keptZips(d.Cache)...), NoExport: true}
		name := named(request.StageModules, "download and verify modules (part %d of %d)", i+1, len(parts))
		trees[i] = b.fetchModules(name, s, from, d.Fetch)
	}
	return trees
}

// FetchAgain has parts of the modules fetched in this build, from now on: what they have left is not there any more. It tells whether some
// of them were not fetched in it yet.
func (b *Builder) FetchAgain(parts []int) (changed bool) {
	if b.host.Token == "" {
		return false // it would be the same vertex
	}
	for _, i := range parts {
		if i >= 0 && i < len(b.gone) && !b.gone[i] {
			b.gone[i], changed = true, true
		}
	}
	return changed
}

// Licenses is the vertex that recognises the licenses of the modules; its output holds request.LicensesFile. It depends on their texts and
// on no version. A draft whose modules are not fetched has none.
func (b *Builder) Licenses(d *plan.Draft) Tree {
	if !d.Source.Download || !d.NeedsAnalysis() {
		return Tree{}
	}
	s := step{Request: request.Licenses{}, Mounts: []mount{out}}
	for i, part := range b.modules(d) {
		if !part.Empty() {
			s.Mounts = append(s.Mounts, reading(request.FetchedPart(i), part).folder(path.Join("/", request.LicensesDir)))
		}
	}
	return b.run(named(request.StageLicenses, "recognise the licenses of modules"), s).at(request.Out)
}

// ModuleGraph is the vertex that follows the requirements of modules and chooses the build list, where the module files do not name
// it; its output holds request.GraphFile. The frontend reads it before there is a plan.
func (b *Builder) ModuleGraph(source plan.Source, fetch goenv.Settings, cache plan.Cache, src Sources) Tree {
	from := b.repositories(source.Pinned, fetch)
	s := step{Request: request.Graph{Root: source.Root, Hosts: from.known()}, Mounts: append([]mount{reading(request.Source, b.moduleFiles(source, src)), out}, keptZips(cache)...)}
	return b.fetchModules(named(request.StageGraph, "follow the requirements of modules"), s, from, fetch)
}

// fetchModules is the vertex of a step that fetches modules, from proxies and from where they are developed.
func (b *Builder) fetchModules(name string, s step, from *repositories, fetch goenv.Settings) Tree {
	fetch = withoutSumDB(fetch)
	s = s.withRepositories(from, &fetch)
	return b.download(name, s, fetch).at(request.Out)
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
