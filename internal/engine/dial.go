package engine

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/goenv"
)

func connectAddr(ctx context.Context, o Options, addr, why string) (*Engine, error) {
	if !strings.Contains(addr, "://") {
		return nil, fmt.Errorf("the address of BuildKit %q has no scheme; write unix:///PATH, tcp://HOST:PORT or docker-container://NAME", addr)
	}
	o.warnOfPlain(addr)
	ctx, cancel := withLimit(ctx, o.Waits.ready())
	defer cancel()
	c, workers, err := dial(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("connecting to BuildKit at %s: %w; start a daemon there, or leave --addr and BUILDKIT_HOST empty to have one found or started", addr, err)
	}
	return &Engine{Addr: addr, Name: addr, Why: why, Version: askVersion(ctx, c, workers), client: c}, nil
}

// warnOfPlain says that an address leads over a network without encryption: passwords of registries and secrets go that way.
func (o Options) warnOfPlain(addr string) {
	u, err := url.Parse(addr)
	if err == nil && u.Scheme == "tcp" && !goenv.IsLoopback(u.Hostname()) {
		o.progressf("warning: %s is neither encrypted nor authenticated: passwords of registries and the secrets of the build go there as they are; "+
			"use unix://, ssh:// or docker-container://", addr)
	}
}

// dial connects and asks for the workers, because a connection alone says nothing: gRPC dials lazily, and a daemon may listen
// before it has a worker. ListWorkers is older than Info, so Docker answers it too.
func dial(ctx context.Context, addr string, opts ...client.ClientOpt) (*client.Client, []*client.WorkerInfo, error) {
	// The connection outlives the wait for the first answer.
	c, err := client.New(context.WithoutCancel(ctx), addr, opts...)
	if err != nil {
		return nil, nil, err
	}
	workers, err := c.ListWorkers(ctx)
	if err == nil && len(workers) == 0 {
		err = errors.New("it has no worker")
	}
	if err != nil {
		c.Close()
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
		return nil, nil, err
	}
	return c, workers, nil
}

// waitReady dials until a worker answers, the daemon is gone, or limit has passed.
func waitReady(ctx context.Context, addr string, gone <-chan struct{}, limit time.Duration) (*client.Client, error) {
	ctx, cancel := withLimit(ctx, limit)
	defer cancel()
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		c, _, err := dial(ctx, addr)
		if err == nil {
			return c, nil
		}
		select {
		case <-gone:
			return nil, errors.New("it ended before it answered")
		case <-ctx.Done():
			return nil, err
		case <-retry.C:
		}
	}
}
