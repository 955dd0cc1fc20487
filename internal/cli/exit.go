package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
)

// The exit codes of modship.
const (
	ExitFailed      = 1   // the build failed
	ExitUsage       = 2   // a mistake in the flags or in the configuration
	ExitNoBuildKit  = 3   // no BuildKit could be reached or started
	ExitInterrupted = 130 // SIGINT or SIGTERM, as shells count it
)

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// ExitError is an error that decides the exit code of the process.
type ExitError struct {
	// Code is one of the exit codes above.
	Code int
	// Err is what to tell the user; nil says nothing.
	Err error
	// Sources are the places in the user's files that belong to Err.
	Sources []*errdefs.Source
	// Notes are what else to tell of Err, a sentence without an end each.
	Notes []string
}

// Error is the text of Err, for those who do not ask [Report].
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap gives Err.
func (e *ExitError) Unwrap() error { return e.Err }

// exitError wraps err, whose code is another one if the user has interrupted the work.
func exitError(ctx context.Context, code int, err error) *ExitError {
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return &ExitError{Code: ExitInterrupted, Err: errInterrupted}
	}
	return &ExitError{Code: code, Err: err}
}

// failed gives an error of a role the exit code 1.
func failed(err error) error {
	if err == nil {
		return nil
	}
	return &ExitError{Code: ExitFailed, Err: err}
}

// Report tells w about err, once and in full, and returns the exit code. An error that is no [*ExitError] is a mistake in the
// command line.
func Report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*ExitError](err)
	if !ok {
		exit = &ExitError{Code: ExitUsage, Err: err}
	}
	for _, s := range exit.Sources {
		printSource(w, s)
	}
	if exit.Err != nil {
		printError(w, exit.Err)
	}
	for _, note := range exit.Notes {
		fmt.Fprintf(w, "  %s\n", safetext.Line(note))
	}
	return exit.Code
}

// printError writes a list of mistakes as one line each. Any other error of several lines is indented, so that none of them passes
// for an error or a warning of its own.
func printError(w io.Writer, err error) {
	text := safetext.Message(strings.TrimRight(err.Error(), "\n"))
	next := "\n  "
	if n := len(diag.All(err)); n > 1 && n == strings.Count(text, "\n")+1 {
		next = "\nerror: "
	}
	fmt.Fprintf(w, "error: %s\n", strings.ReplaceAll(text, "\n", next))
}

// Warn writes one warning, a sentence without an end.
func Warn(w io.Writer, sentence string) { fmt.Fprintln(w, "warning: "+safetext.Line(sentence)) }

// sources finds the places that err and everything it wraps point at. errdefs.Sources would follow the first branch of a join
// only.
func sources(err error) []*errdefs.Source {
	var found []*errdefs.Source
	var walk func(error)
	walk = func(err error) {
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			walk(x.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				walk(e)
			}
		}
		if e, ok := err.(*errdefs.SourceError); ok { // the place that was added first is the innermost
			found = append(found, e.Source)
		}
	}
	walk(err)
	return slices.CompactFunc(found, (*errdefs.Source).EqualVT)
}

// printSource shows the lines of s as buildx does. It passes over half-open ranges, on which errdefs panics.
func printSource(w io.Writer, s *errdefs.Source) {
	s = s.CloneVT()
	if s.Info != nil {
		s.Info.Filename, s.Info.Data = safetext.Line(s.Info.Filename), []byte(safetext.Lines(string(s.Info.Data)))
	}
	s.Ranges = slices.DeleteFunc(s.Ranges, func(r *pb.Range) bool { return r.GetStart() == nil || r.GetEnd() == nil })
	s.Print(w)
}
