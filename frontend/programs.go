package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
	"github.com/modship-build/modship/internal/scan"
)

// TargetsRequest is the subrequest that lists the images that can be built, as [Targets] under "result.json" and as text under "result.txt".
const TargetsRequest = "frontend.modship.targets"

// Targets are the images that can be built of a project, in the order of the configuration or of their folders.
type Targets struct {
	Targets []Target `json:"targets"`
}

// Target is one image.
type Target struct {
	// Name is what --target calls it.
	Name string `json:"name"`
	// Main is its main package as the configuration would have it; "" if there is only one.
	Main string `json:"main"`
	// Beside are the main packages whose programs are in the image beside that of Main.
	Beside []string `json:"beside,omitempty"`
	// Default says that it is built without --target.
	Default bool `json:"default"`
}

// Mains names the main packages for people.
func (t Target) Mains() string { return strings.Join(append([]string{t.Main}, t.Beside...), ", ") }

// programsResult answers [TargetsRequest].
func (b *builder) programsResult(ctx context.Context) (*gateway.Result, error) {
	file, _, err := b.configFile(ctx)
	if err != nil {
		return nil, err
	}
	programs, err := b.programs(ctx, file)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(Targets{programs}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the targets: %w", err)
	}
	res := gateway.NewResult()
	res.AddMeta("result.json", safetext.JSON(append(text, '\n')))
	res.AddMeta("result.txt", []byte(safetext.Lines(describeTargets(programs))))
	res.AddMeta("version", []byte("1"))
	return res, nil
}

// describeTargets has a line for each.
func describeTargets(programs []Target) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TARGET\tMAIN")
	for _, p := range programs {
		name := p.Name
		if p.Default && name != defaults.Target {
			name += " (default)"
		}
		fmt.Fprintf(w, "%s\t%s\n", name, p.Mains())
	}
	_ = w.Flush() // a strings.Builder never fails
	return text.String()
}

// programs lists the images: those of the configuration, or else the main packages of the module by their names.
func (b *builder) programs(ctx context.Context, file *config.File) ([]Target, error) {
	if file.ByName() {
		return b.mainPackages(ctx)
	}
	var all []Target
	for _, name := range append([]string{""}, file.Targets()...) {
		p := Target{Name: name, Default: name == ""}
		if p.Default {
			p.Name = defaults.Target
		}
		settings, err := file.Target(name, b.options.args.Own)
		if err != nil {
			return nil, err
		}
		p.Main, p.Beside = settings.Main.First(), settings.Main.Beside()
		if p.Default && p.Main == "" {
			if can, err := b.hasOneProgram(ctx); err != nil {
				return nil, err
			} else if !can {
				continue
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// scanAll finds the main packages of the module that the top level of the configuration is about.
func (b *builder) scanAll(ctx context.Context) (*input, error) {
	b.ui.Target = "" // all are asked for
	in, err := b.readInput(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.layContexts(ctx, in); err != nil {
		return nil, err
	}
	if err := b.loadGoFiles(ctx); err != nil {
		return nil, err
	}
	return in, in.ScanPackages(ctx, b)
}

// hasOneProgram tells whether the top level can be built without a main in it: it may be no more than what the targets have in common.
func (b *builder) hasOneProgram(ctx context.Context) (bool, error) {
	in, err := b.scanAll(ctx)
	if diag.Wrong(err) {
		return false, nil
	}
	return err == nil && len(in.Scan.Mains) == 1, err
}

// mainPackages lists those that have a name, each for a platform that is asked for at least.
func (b *builder) mainPackages(ctx context.Context) ([]Target, error) {
	in, err := b.scanAll(ctx)
	if err != nil {
		return nil, err
	}
	if len(in.Scan.Mains) == 0 {
		_, err := in.Scan.Choose("")
		return nil, err
	}
	all, only := []Target{}, len(in.Scan.Mains) == 1
	for i, name := range in.Scan.Names() {
		if name == "" {
			if !only {
				b.warnOfUnnamed(ctx, in, in.Scan.Mains[i])
				continue
			}
			name = defaults.Target
		}
		all = append(all, Target{Name: name, Main: in.Scan.Spelling(in.Scan.Mains[i]), Default: only})
	}
	return all, nil
}

// warnOfUnnamed says of a main package that it is none of the targets.
func (b *builder) warnOfUnnamed(ctx context.Context, in *input, m scan.Main) {
	spelled := in.Scan.Spelling(m)
	b.warnAt(ctx, &diag.Error{Range: in.At("targets"),
		Msg:  fmt.Sprintf("the main package %s is no target: what it would be called means something else, or is another's name", spelled),
		Help: nameMain(spelled)})
}

// nameMain is advice on a main package, spelled as in a configuration, that is no target.
func nameMain(spelled string) string {
	return fmt.Sprintf("name it in the configuration, as in targets: {NAME: {main: %s}}, with the others", spelled)
}
