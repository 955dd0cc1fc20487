package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/status"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/request"
)

// maxFailure bounds what is read of why a step failed, in bytes: less than a message to the daemon may have.
const maxFailure = 8 << 20

// explain gives an error of a step in the step's own words: BuildKit knows only that a process ended with some exit code. The step has
// left them in its root, and BuildKit keeps the mounts of a step that failed for who asked for it.
func (b *builder) explain(ctx context.Context, err error) error {
	failed, ok := errors.AsType[*errdefs.SolveError](err)
	if !ok || failed.Solve == nil {
		return err
	}
	found, readErr := b.readFailure(ctx, failed.Solve)
	if readErr != nil {
		return err // of an older BuildKit, or not of a step of ours: what it printed is in the progress
	}
	name := failed.Description["llb.customname"]
	b.files.learn(found)
	return &stepError{text: found.Text, step: name, mistakes: b.mistakes(ctx, found, name), err: err}
}

// failedStage is the stage of the step that an error is of, "" if it is of none.
func failedStage(err error) request.Stage {
	failed, ok := errors.AsType[*errdefs.SolveError](err)
	if !ok || failed.Solve == nil {
		return ""
	}
	inBrackets, _, _ := strings.Cut(strings.TrimPrefix(failed.Description["llb.customname"], "["), "]")
	return request.Stage(inBrackets[strings.LastIndexByte(inBrackets, ' ')+1:])
}

// readFailure reads the file in the root of the step.
func (b *builder) readFailure(ctx context.Context, failed *errdefs.Solve) (*request.Failure, error) {
	root, err := rootResult(failed)
	if err != nil {
		return nil, err
	}
	// A container is what mounts can be read through; nothing is run in it.
	container, err := b.client.NewContainer(ctx, gateway.NewContainerRequest{
		Mounts: []gateway.Mount{{Dest: pb.RootMount, ResultID: root, Readonly: true}},
	})
	if err != nil {
		return nil, fmt.Errorf("opening the root of the step: %w", err)
	}
	defer container.Release(context.WithoutCancel(ctx))
	content, err := container.ReadFile(ctx, gateway.ReadContainerRequest{ReadRequest: gateway.ReadRequest{
		Filename: path.Join("/", request.FailureFile),
		Range:    &gateway.FileRange{Length: maxFailure},
	}})
	if err != nil {
		return nil, fmt.Errorf("reading why the step failed: %w", err)
	}
	found := &request.Failure{}
	if err := json.Unmarshal(content, found); err != nil {
		return nil, fmt.Errorf("decoding why the step failed: %w", err)
	}
	return found, nil
}

// rootResult is the ID under which the daemon keeps the root of a failed step. Its IDs are in the order of the step's mounts.
func rootResult(failed *errdefs.Solve) (string, error) {
	for i, m := range failed.GetOp().GetExec().GetMounts() {
		if m.Dest == pb.RootMount && i < len(failed.MountIDs) && failed.MountIDs[i] != "" {
			return failed.MountIDs[i], nil
		}
	}
	return "", errors.New("the daemon kept no root")
}

// mistakes are those of a step, which say for what platform it was where there are several.
func (b *builder) mistakes(ctx context.Context, f *request.Failure, step string) diag.List {
	suffix := ""
	if inBrackets, _, _ := strings.Cut(strings.TrimPrefix(step, "["), "]"); len(b.options.targets) > 1 {
		for _, t := range b.options.targets {
			if strings.HasPrefix(inBrackets, t.String()+" ") {
				suffix = " (for " + t.String() + ")"
			}
		}
	}
	var list diag.List
	for _, m := range f.Mistakes {
		mistake := &diag.Error{Range: m.Range, Msg: m.Msg, Help: m.Help, Fails: true}
		if at, ok := b.asked.place(m); ok {
			mistake.Range, mistake.Fails = at, false
		} else if m.Module != nil && b.facts != nil {
			mistake.Range = b.facts.FetchPlace(*m.Module)
		}
		b.helpEmbed(ctx, mistake)
		b.blamePointer(mistake)
		mistake.Msg += suffix
		if last := len(list) - 1; last < 0 || list[last].Error() != mistake.Error() {
			list = append(list, mistake)
		}
	}
	return list
}

// blamePointer says of a file that nobody has fetched that it is a pointer, once, in place of what a compiler makes of its words: C may include it
// from where no one else looks.
func (b *builder) blamePointer(m *diag.Error) {
	info := b.files.find(m.File)
	if info == nil || !gofiles.IsLFSPointer(info.Data) {
		return
	}
	first := diag.Pos{Line: 1, Col: 1}
	m.Range, m.Msg, m.Help = diag.Range{File: m.File, Start: first, End: first}, gofiles.LFSProblem, gofiles.LFSHelp
}

// stepError is why a step failed.
type stepError struct {
	text, step string
	mistakes   diag.List
	err        error // what BuildKit says
}

// Error gives the mistakes, which name their places, else the step and what it said.
func (e *stepError) Error() string {
	if len(e.mistakes) == 0 {
		return e.step + ": " + e.text
	}
	lines := make([]string, len(e.mistakes))
	for i, m := range e.mistakes {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the mistakes for [files.locate], and BuildKit's error, by which clients find the step.
func (e *stepError) Unwrap() []error {
	all := make([]error, 0, len(e.mistakes)+1)
	for _, m := range e.mistakes {
		all = append(all, m)
	}
	return append(all, e.err)
}

// toldError keeps its text on the way to the client. BuildKit's transport goes by the longest text that it finds in an error, and what
// the daemon says of a step may be longer than what the step says.
type toldError struct{ error }

// told wraps an error that is ready to leave; nil stays nil.
func told(err error) error {
	if err == nil {
		return nil
	}
	return &toldError{err}
}

func (e *toldError) Unwrap() error { return e.error }

// GRPCStatus is what travels, beside the typed errors that e wraps.
func (e *toldError) GRPCStatus() *status.Status {
	return status.New(grpcerrors.Code(e.error), e.Error())
}
