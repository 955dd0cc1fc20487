package frontend

import (
	"context"
	"fmt"
	"strconv"

	intoto "github.com/in-toto/in-toto-golang/in_toto"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	scanner "github.com/moby/buildkit/frontend/attestations/sbom"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/result"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

// attest attaches the SBOM of every image. BuildKit runs no scanner where a frontend gives an SBOM, so the scanner that
// --sbom asks for runs here, beside.
func (b *builder) attest(ctx context.Context, res *gateway.Result, p *plan.Plan, done built) error {
	if p.SBOM != "off" {
		if err := b.attestSBOMs(ctx, res, p, done.documents); err != nil {
			return err
		}
	}
	if b.ui.SBOM == nil {
		return nil
	}
	return b.scanImages(ctx, res, p, done.graph)
}

func (b *builder) attestSBOMs(ctx context.Context, res *gateway.Result, p *plan.Plan, documents [][]byte) error {
	name := sbomName(p)
	refs := make([]gateway.Reference, len(documents))
	eg, ctx := errgroup.WithContext(ctx)
	for i, document := range documents {
		eg.Go(func() (err error) {
			if refs[i], err = b.solveTree(ctx, b.graph.Document(p, p.Images[i], name, document)); err != nil {
				return fmt.Errorf("attaching the SBOM for %s: %w", p.Images[i].Target, err)
			}
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	for i, ref := range refs {
		res.AddAttestation(p.Images[i].Target.String(), gateway.Attestation{
			Kind: gatewaypb.AttestationKind_InToto,
			Ref:  ref,
			Path: name,
			Metadata: map[string][]byte{
				result.AttestationReasonKey: []byte(result.AttestationReasonSBOM),
				// As with the provenance that buildx adds by itself: it goes where an image can carry it, and does not turn a
				// single image for `docker load` into an index. Who asks for an SBOM gets it everywhere.
				result.AttestationInlineOnlyKey: []byte(strconv.FormatBool(b.ui.SBOM == nil)),
			},
			InToto: result.InTotoAttestation{PredicateType: intoto.PredicateSPDX},
		})
	}
	return nil
}

// scanImages runs the scanner of the user's choice on every image, as BuildKit's Dockerfile frontend does.
func (b *builder) scanImages(ctx context.Context, res *gateway.Result, p *plan.Plan, images []graph.Image) error {
	platform := b.options.build.OCI()
	scan, err := scanner.CreateSBOMScanner(ctx, b.client, b.ui.SBOM.Generator, platform, sourceresolver.Opt{
		ImageOpt: &sourceresolver.ResolveImageOpt{ResolveMode: b.ui.ImageResolveMode.String(), Platform: &platform},
	}, b.ui.SBOM.Parameters)
	if err != nil || scan == nil {
		return err
	}
	for i, img := range p.Images {
		id := img.Target.String()
		found, ref, err := b.scanImage(ctx, scan, id, images[i].Rootfs)
		if err != nil {
			return fmt.Errorf("scanning the image for %s: %w", id, err)
		}
		res.AddAttestation(id, gateway.Attestation{
			Kind: found.Kind, Ref: ref, Path: found.Path, Metadata: found.Metadata, InToto: found.InToto,
		})
	}
	return nil
}

func (b *builder) scanImage(ctx context.Context, scan scanner.Scanner, id string, rootfs graph.Tree) (found result.Attestation[*llb.State], ref gateway.Reference, err error) {
	state, err := b.graph.State(rootfs)
	if err != nil {
		return found, nil, err
	}
	if found, err = scan(ctx, id, state, nil, llb.Platform(b.options.build.OCI())); err != nil {
		return found, nil, err
	}
	tree, err := b.graph.Code(ctx, "SBOM of "+id, *found.Ref)
	if err != nil {
		return found, nil, err
	}
	ref, err = b.solveTree(ctx, tree)
	return found, ref, err
}

// sbomName is the name of the file that holds a document. Exporters that write files use it.
func sbomName(p *plan.Plan) string { return p.Main.Name + ".spdx.json" }
