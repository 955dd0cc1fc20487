package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/safetext"
)

// product is what the daemon knows this client as.
const product = "modship"

// solved is what a build gives back to the client.
type solved struct {
	response map[string]string
	// said is what the frontend says beside the image.
	said     map[string][]byte
	warnings []client.VertexWarning
}

// solve runs the frontend against c and shows the progress. It returns when the daemon has let go of the build, also after
// ctx has ended. The error is an [*ExitError].
func (j *job) solve(ctx context.Context, env Env, c *client.Client) (*solved, error) {
	screen := newScreen(ctx, j.display, j.stats)
	s, err := j.solveOn(ctx, screen.beside(env), c, screen, "")
	warnings := screen.close()
	if err != nil {
		return nil, err
	}
	s.warnings = warnings
	return s, nil
}

// solveOn is solve on a screen that others may have as well, on which it has a name. The warnings are the screen's.
func (j *job) solveOn(ctx context.Context, env Env, c *client.Client, to *screen, name string) (*solved, error) {
	status := make(chan *client.SolveStatus) // closed by the client library
	var (
		s     solved
		words stepWords
	)
	listened, shown := make(chan *client.SolveStatus), make(chan struct{})
	go words.listen(status, listened)
	go func() {
		defer close(shown)
		to.show(name, listened)
	}()
	var frontendErr error
	res, err := c.Build(ctx, j.opt, product, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		f := env.Frontend
		if j.remote != nil {
			f = j.remote.building(f)
		}
		res, err := overruled(recovered(f), j.opt.Exports)(frontend.InFolder(ctx, shownContext(j.context)), c)
		placeSettings(err, j.origins)
		frontendErr = err
		if err != nil {
			return nil, err
		}
		s.said = res.Metadata
		if j.opt.FrontendAttrs["requestid"] != "" {
			return gateway.NewResult(), nil // an answer is for this process, not for the daemon
		}
		return res, nil
	}, status)
	<-shown
	if j.remote != nil && j.remote.words != "" && j.speaks() { // it was not known before
		fmt.Fprintln(env.Stderr, safetext.Line(j.remote.words))
	}
	if words.failed == nil {
		err = explainLost(err)
	}
	if err != nil {
		exit := buildError(ctx, words.explain(err), frontendErr)
		exit.Err, exit.Notes = j.registries.explain(exit.Err, j.say(env)), j.notes(exit.Err)
		return nil, exit
	}
	j.registries.explain(nil, j.say(env))
	s.response = res.ExporterResponse
	return &s, nil
}

// buildError makes one error of what the daemon says and of what the frontend, which ran in this process, has said before:
// mistakes in the configuration are known as such in the latter only, and without the daemon's words around them.
func buildError(ctx context.Context, daemonErr, frontendErr error) *ExitError {
	exit := exitError(ctx, ExitFailed, daemonErr)
	if exit.Code == ExitInterrupted {
		return exit
	}
	if len(diag.All(frontendErr)) > 0 {
		exit.Err = frontendErr
	}
	if diag.Wrong(frontendErr) {
		exit.Code = ExitUsage
	}
	if exit.Sources = sources(daemonErr); len(exit.Sources) == 0 {
		exit.Sources = sources(frontendErr)
	}
	return exit
}

// notes say what the files are named from that an error names, where that is not the working directory; the configuration may be anywhere. And they say
// which go.work was not read: GOWORK may be of the environment.
func (j *job) notes(err error) (notes []string) {
	from := shownContext(j.context)
	if from == "" {
		return nil
	}
	named := slices.ContainsFunc(diag.All(err), func(m *diag.Error) bool { return m.Start.Line > 0 && m.File != j.definition.name })
	if from != "." && named {
		notes = append(notes, "files are named from "+from)
	}
	if j.opt.FrontendAttrs["build-arg:"+buildarg.Workspace] != noWork {
		return notes
	}
	if work := workspaceAbove(filepath.Join(j.context, filepath.FromSlash(j.opt.FrontendAttrs[frontend.OptionFolder]))); work != "" {
		notes = append(notes, "GOWORK is off, so that "+work+" is not read")
	}
	return notes
}

// workspaceAbove gives the go.work that is in force in a folder for the go command, "" if there is none.
func workspaceAbove(dir string) string {
	real, err := realPath(dir)
	for ; err == nil; real = filepath.Dir(real) {
		if exists(filepath.Join(real, "go.work")) {
			return filepath.ToSlash(shownPath(filepath.Join(real, "go.work")))
		}
		if filepath.Dir(real) == real {
			break
		}
	}
	return ""
}

// recovered is f, with a panic turned into an error: BuildKit shows no more of a crashed frontend than its exit code.
func recovered(f gateway.BuildFunc) gateway.BuildFunc {
	return func(ctx context.Context, c gateway.Client) (res *gateway.Result, err error) {
		defer errgroup.Recover(&err)
		return f(ctx, c)
	}
}

// explainLost says of an error of the connection to BuildKit what it means, and gives any other as it is. It is for builds of
// which no step has failed: a step may fail with the same code, because of a registry.
func explainLost(err error) error {
	if err == nil || grpcerrors.Code(err) != codes.Unavailable {
		return err
	}
	return fmt.Errorf("BuildKit went away in the middle of the build: it was stopped, has crashed, or the network to it is down; "+
		"the steps that were finished are kept, so run the same command again: %w", err)
}
