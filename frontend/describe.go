package frontend

import (
	"context"
	"fmt"
	"path"
	"runtime/debug"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/sbom"
)

// maxProgramFile bounds program.json, maxTexts what is said of license texts, in bytes.
const (
	maxProgramFile = 64 << 10
	maxTexts       = 16 << 20
)

// describe gives the hashes of the programs, and makes their SBOMs where the output has them.
func (b *builder) describe(ctx context.Context, p *plan.Plan, in *input, done *built) error {
	texts, err := b.recogniseTexts(ctx, p, in)
	if err != nil {
		return fmt.Errorf("recognising the licenses of modules: %w", err)
	}
	done.files, done.documents = make([][]binary.File, len(p.Images)), make([][]byte, len(p.Images))
	eg, ctx := errgroup.WithContext(ctx)
	for i, img := range p.Images {
		eg.Go(func() (err error) {
			if done.files[i], done.documents[i], err = b.describeImage(ctx, p, in, done, texts, i); err != nil {
				return fmt.Errorf("making the SBOM for %s: %w", img.Target, err)
			}
			return nil
		})
	}
	return eg.Wait()
}

func (b *builder) describeImage(ctx context.Context, p *plan.Plan, in *input, done *built, texts map[string][]string, i int) (files []binary.File, document []byte, err error) {
	var said request.ProgramReport
	if err := b.readJSON(ctx, done.graph[i].Said, request.ProgramFile, maxProgramFile, &said); err != nil {
		return nil, nil, err
	}
	files = append([]binary.File{said.File}, said.Beside...)
	if len(files) != len(done.programs[i]) {
		return nil, nil, fmt.Errorf("the build tells of %d programs, and the image has %d", len(files), len(done.programs[i]))
	}
	for _, name := range said.Pointers {
		at, ok := p.Scanned(in.Scan, p.Images[i].Target).EmbeddedAt(name)
		if !ok {
			at = diag.Range{File: name}
		}
		b.warnAt(ctx, &diag.Error{Range: at, Msg: name + ": " + gofiles.LFSProblem + ", and is in the program", Help: gofiles.LFSHelp, Rule: rules.GitLFS})
	}
	linked, err := b.linked(ctx, in, done, i)
	if err != nil {
		return nil, nil, err
	}
	if !in.output.describes(p) {
		return files, nil, nil
	}
	var beside []sbom.Program
	for k := 1; k < len(files); k++ {
		beside = append(beside, sbom.Program{Facts: done.programs[i][k].facts, File: files[k], CPackages: linked[k]})
	}
	vendor, _ := p.Metadata.Vendor.Fill(p.Known(p.Images[i]))
	document, err = sbom.SPDX(sbom.Input{
		Image:    p.Main.ImportPath,
		Target:   p.Images[i].Target,
		Created:  p.Metadata.Created,
		Vendor:   vendor,
		Facts:    done.programs[i][0].facts,
		Program:  files[0],
		Licenses: done.moduleLicenses(in, texts, i),
		Tool:     "modship",
		Version:  toolVersion(),

		CPackages: linked[0],
		Beside:    beside,
	})
	return files, document, err
}

// recogniseTexts gives SPDX identifiers of the license texts of fetched modules, by the names of the texts, where an SBOM is made.
func (b *builder) recogniseTexts(ctx context.Context, p *plan.Plan, in *input) (texts map[string][]string, err error) {
	tree := b.graph.Licenses(&p.Draft)
	if tree.Empty() || !in.output.describes(p) {
		return nil, nil
	}
	err = b.readJSON(ctx, tree, request.LicensesFile, maxTexts, &texts)
	if b.fetchAgain(ctx, err) {
		return b.recogniseTexts(ctx, p, in)
	}
	return texts, err
}

// moduleLicenses are those of the modules that analyze has found, and of the main module, by their paths. texts are the SPDX identifiers of
// license texts.
func (p planned) moduleLicenses(in *input, texts map[string][]string, image int) map[string]string {
	known := map[string]string{}
	if image < len(p.packages) {
		for _, m := range p.packages[image].Modules {
			known[m.Path] = m.License
			if len(m.LicenseTexts) > 0 {
				var found [][]string
				for _, name := range m.LicenseTexts {
					found = append(found, texts[name])
				}
				known[m.Path] = licenses.Expression(found)
			}
		}
	}
	license, _ := p.plan.Metadata.Licenses.Fill(nil)
	known[in.Facts.ModuleOf(path.Clean(p.plan.Main.Dir)).Path] = license
	return known
}

// toolVersion is modship's own.
func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}
