package modfetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// stallWatch ends a request when nothing has come for a while.
type stallWatch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limit  time.Duration
}

func watchStall(ctx context.Context, limit time.Duration) (context.Context, *stallWatch) {
	if limit == 0 {
		limit = defaultStall
	}
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(limit, func() { cancel(fmt.Errorf("%w: nothing came for %v", errStalled, limit)) })
	return ctx, &stallWatch{ctx, cancel, timer, limit}
}

func (w *stallWatch) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// explain gives the reason for which the request was ended, if that was why it failed.
func (w *stallWatch) explain(err error) error {
	if cause := context.Cause(w.ctx); err != nil && errors.Is(cause, errStalled) {
		return cause
	}
	return err
}

// over watches a body from here on.
func (w *stallWatch) over(body io.ReadCloser) io.ReadCloser {
	w.timer.Reset(w.limit)
	return watchedBody{body, w}
}

type watchedBody struct {
	io.ReadCloser
	watch *stallWatch
}

func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.timer.Reset(b.watch.limit)
	}
	if err == io.EOF {
		return n, err
	}
	return n, b.watch.explain(err)
}
