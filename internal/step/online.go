package step

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// onlineLimit is how long a step may fetch. A server that goes on sending a little is never silent; 500 modules take some minutes.
const onlineLimit = 2 * time.Hour

var errTooSlow = errors.New("what is downloaded has not come within the time allowed")

// online bounds the time of a step that waits for servers.
func online[T any](run func(context.Context, T) error) func(context.Context, T) error {
	return within(onlineLimit, run)
}

func within[T any](limit time.Duration, run func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, req T) error {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w, %v", errTooSlow, limit))
		defer cancel()
		err := run(ctx, req)
		if cause := context.Cause(ctx); err != nil && errors.Is(cause, errTooSlow) && !errors.Is(err, errTooSlow) {
			return fmt.Errorf("%w: %w", cause, err)
		}
		return err
	}
}
