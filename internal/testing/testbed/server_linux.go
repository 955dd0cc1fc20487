package testbed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/modship-build/modship/internal/child"
)

// startTimeout is how long a server may take to answer.
const startTimeout = 30 * time.Second

// startServer starts a program that serves, and waits until it answers at url; ctx bounds only that. The program ends at the latest
// with this process.
func startServer(ctx context.Context, cmd *exec.Cmd, url string) (stop func() error, err error) {
	gone, err := child.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	stop = func() error {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		<-gone
		return nil
	}
	if err := waitFor(ctx, url, gone); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

func waitFor(ctx context.Context, url string, gone <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		res, err := http.Get(url)
		if err == nil {
			return res.Body.Close()
		}
		select {
		case <-gone:
			return fmt.Errorf("waiting for %s: the server has ended", url)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waiting for %s: %w", url, ctx.Err()), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
