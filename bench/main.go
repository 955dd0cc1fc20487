//go:build linux

// Command bench measures modship beside what else makes images of Go programs: a best-practice Dockerfile with cache mounts and
// without, ko, and the bare go build as the limit. It runs in the repository's root, as root, needs runc, and changes nothing
// outside of its temporary directory and its cache directory. docs/performance.md describes the method.
//
//	go run ./bench -short                          a quick look
//	go run ./bench -n 3 -out results.json -reach   everything, which takes hours
//	go run ./bench -read results.json -reach       the tables of an earlier run
//	go run ./bench -update-docs results.json       put them into docs/performance.md
//
// A build that fails is reported and does not end the run; the exit code is 1 then, and 2 for a mistake in the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/modship-build/modship/internal/engine"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == engine.SuperviseCommand {
		os.Exit(engine.Supervise(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	o, err := parseOptions(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 2
	}
	if err := o.do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func (o options) do(ctx context.Context) error {
	if o.updateDocs {
		return updateDocs(o.files)
	}
	if len(o.files) > 0 {
		r, err := readAll(o.files)
		if err != nil {
			return err
		}
		return o.print(os.Stdout, r)
	}
	r, err := o.measure(ctx)
	if r != nil && len(r.Samples) > 0 {
		err = errors.Join(err, o.print(os.Stdout, r))
	}
	return err
}
