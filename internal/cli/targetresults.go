package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/modship-build/modship/internal/safetext"
)

// finish tells what became of each target: in full what is wrong, then a line for each.
func (m *many) finish(ctx context.Context) error {
	stderr := m.env.Stderr
	if exit := exitError(ctx, ExitFailed, nil); exit.Code == ExitInterrupted {
		return exit
	}
	for _, w := range m.late {
		Warn(stderr, w)
	}
	if m.speaks() {
		m.summarize(stderr)
	}
	for _, t := range m.targets {
		if t.err != nil {
			fmt.Fprintf(stderr, "target %s:\n", safetext.Line(t.name))
			Report(stderr, t.err)
		}
	}
	if m.speaks() {
		m.tell(stderr)
	}
	if err := m.writeResults(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return m.failed(ctx)
}

// tell has a line for each target, and more where it made several things.
func (m *many) tell(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, d := range m.decided {
		said := "is built: " + d.why
		if d.why == "" {
			said = "left out: nothing of it has changed since " + string(m.options.Since)
		}
		fmt.Fprintf(w, "%s\t%s\n", safetext.Line(d.name), safetext.Line(said))
	}
	for _, t := range m.targets {
		lines := []string{"failed"}
		if t.err == nil {
			lines = t.made(t.result)
		}
		for _, line := range lines {
			fmt.Fprintf(w, "%s\t%s\n", safetext.Line(t.name), safetext.Line(line))
		}
	}
	_ = w.Flush()
}

// writeResults tells programs what was made, also if that is nothing: what an earlier build has written is not true of this one.
func (m *many) writeResults() error {
	made := []targetResult{}
	for _, t := range m.targets {
		if t.err == nil {
			made = append(made, targetResult{name: t.name, outputs: t.outputs, response: t.result.response})
		}
	}
	return m.options.Output.hand(m.env.Stdout, made)
}

// failed names the targets that failed. The code is that of mistakes in the configuration if there is nothing else.
func (m *many) failed(ctx context.Context) error {
	code := ExitUsage
	var names []string
	for _, t := range m.targets {
		if t.err == nil {
			continue
		}
		names = append(names, t.name)
		if exit, ok := errors.AsType[*ExitError](t.err); !ok || exit.Code != ExitUsage {
			code = ExitFailed
		}
	}
	if len(names) == 0 {
		return nil
	}
	return exitError(ctx, code, fmt.Errorf("%d of %d targets failed: %s", len(names), len(m.targets), strings.Join(names, ", ")))
}
