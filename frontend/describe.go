package frontend

import (
	"context"
	"fmt"
	"path"
	"runtime/debug"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/sbom"
	"github.com/modship-build/modship/internal/step/request"
)

// maxProgramFile bounds program.json, in bytes.
const maxProgramFile = 64 << 10

// describe hashes the programs and makes their SBOMs from what was read of them.
func (b *builder) describe(ctx context.Context, p *plan.Plan, in *input, done *built) error {
	for i, img := range p.Images {
		var file sbom.Program
		if err := b.readJSON(ctx, done.graph[i].Said, request.ProgramFile, maxProgramFile, &file); err != nil {
			return fmt.Errorf("making the SBOM for %s: %w", img.Target, err)
		}
		linked, err := b.linked(ctx, in, p, i, done.graph[i])
		if err != nil {
			return fmt.Errorf("making the SBOM for %s: %w", img.Target, err)
		}
		vendor, _ := p.Metadata.Vendor.Fill(p.Known(img))
		document, err := sbom.SPDX(sbom.Input{
			Image:    p.Main.ImportPath,
			Target:   img.Target,
			Created:  p.Metadata.Created,
			Vendor:   vendor,
			Facts:    done.programs[i].facts,
			Program:  file,
			Licenses: in.moduleLicenses(i, p),
			Tool:     toolVersion(),

			CPackages: linked,
		})
		if err != nil {
			return fmt.Errorf("making the SBOM for %s: %w", img.Target, err)
		}
		done.files, done.documents = append(done.files, file), append(done.documents, document)
	}
	return nil
}

// moduleLicenses are those of the modules that analyze has found, and of the main module, by their paths.
func (in *input) moduleLicenses(image int, p *plan.Plan) map[string]string {
	known := map[string]string{}
	if image < len(in.analyzed) {
		for _, m := range in.analyzed[image].Modules {
			known[m.Path] = m.License
		}
	}
	license, _ := p.Metadata.Licenses.Fill(nil)
	known[in.Facts.ModuleOf(path.Clean(p.Main.Dir)).Path] = license
	return known
}

// toolVersion is modship's own.
func toolVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}
