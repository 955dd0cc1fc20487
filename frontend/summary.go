package frontend

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

// InlineMessage is the metadata key of a text that clients print when the build is done; buildx does, and modship build.
const InlineMessage = "frontend.result.inlinemessage"

// summarize says what was made, as it was read from the programs: a line for each on each platform.
func summarize(p *plan.Plan, programs [][]program) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, img := range p.Images {
		for k, m := range p.Programs() {
			built := programs[i][k]
			fmt.Fprintf(w, "%s\t/%s\t%s\t%s\t%.1f MB\n", img.Target, p.PathOf(m), built.facts.GoVersion, linking(built.facts), float64(built.size)/1e6)
		}
	}
	_ = w.Flush() // a strings.Builder never fails
	return b.String()
}

// linking is how a program is linked; of those for other systems than Linux, what they are.
func linking(f *binary.Facts) string {
	switch {
	case f.Format != target.FormatELF:
		return string(f.Format)
	case f.Static:
		return "static"
	}
	return "dynamic"
}
