package testbed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/modship-build/modship/internal/child"
)

// startTimeout is how long a registry may take to answer.
const startTimeout = 30 * time.Second

// StartRegistry runs a registry that keeps its data in a directory, and waits until it answers; ctx bounds only that. BuildKit,
// ko and go-containerregistry take plain http from its address, such as 127.0.0.1:5000. It ends at the latest with this process.
func StartRegistry(ctx context.Context, program, data string, env []string) (addr string, stop func() error, err error) {
	if addr, err = FreeAddress(); err != nil {
		return "", nil, err
	}
	config := fmt.Sprintf("version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n"+
		"storage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: %q}\n", data, addr)
	file := data + ".yml"
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return "", nil, err
	}
	cmd := exec.Command(program, "serve", file)
	cmd.Env = slices.Concat(env, []string{"OTEL_TRACES_EXPORTER=none"})
	gone, err := child.Start(cmd)
	if err != nil {
		return "", nil, fmt.Errorf("starting the registry: %w", err)
	}
	stop = func() error {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		<-gone
		return nil
	}
	if err := waitFor(ctx, "http://"+addr+"/v2/", gone); err != nil {
		return "", nil, errors.Join(err, stop())
	}
	return addr, stop, nil
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
