package frontend

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/safetext"
)

// PlanRequest is the subrequest that gives the plan and builds nothing of it. Its result is JSON under "result.json" and a
// text under "result.txt", as clients of BuildKit take them.
const PlanRequest = "frontend.modship.plan"

func planResult(p *plan.Plan) (*gateway.Result, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the plan: %w", err)
	}
	res := gateway.NewResult()
	res.AddMeta("result.json", safetext.JSON(append(text, '\n')))
	res.AddMeta("result.txt", []byte(safetext.Lines(describePlan(p))))
	res.AddMeta("version", []byte("1"))
	return res, nil
}

// describePlan says the plan in a few lines for people.
func describePlan(p *plan.Plan) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	line("main", p.ImportPaths())
	line("go", p.Go.Version+p.Go.Image)
	line("base", p.Runtime.Base)
	for _, s := range p.Laid {
		line("source", strings.TrimSuffix(s.From+" "+s.Path, " ")+" in "+s.To)
	}
	for _, name := range p.Contexts() {
		line("files of", name)
	}
	line("version", p.Metadata.Version)
	line("revision", p.Metadata.Revision)
	for _, img := range p.Images {
		line(img.Target.String(), fmt.Sprintf("files of the module: %d, imports of other modules: %d, of the standard library: %d",
			len(img.Files), len(img.External), len(img.Std)))
	}
	line("cgo", p.CgoReport())
	_ = w.Flush() // a strings.Builder never fails
	return b.String()
}
