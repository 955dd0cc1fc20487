// Package patience says how long a build waits for servers: one that sends nothing is given up, one that sends without an end is not listened
// to, and one that is in no state to answer is asked again.
//
// It knows no protocol but HTTP and reads no clock but timers; whoever asks says what is worth another attempt.
package patience

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// MaxRedirects is how many redirects are followed.
const MaxRedirects = 10

// Attempts is how often something is tried before its failure counts.
const Attempts = 4

const firstPause = 500 * time.Millisecond // doubled before each further attempt

// ErrSilent is why a request was given up to which nothing came.
var ErrSilent = errors.New("the server is silent")

// Sleep pauses, and returns early with the context's error.
type Sleep func(context.Context, time.Duration) error

// Retry does something until it succeeds, some times at most, as long as again says of the error that it is worth it. A nil sleep is a timer.
// It gives the last error.
func Retry(ctx context.Context, sleep Sleep, again func(error) bool, do func() error) error {
	if sleep == nil {
		sleep = wait
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || attempt == Attempts || ctx.Err() != nil || !again(err) {
			return err
		}
		if sleep(ctx, pause) != nil {
			return err
		}
		pause *= 2
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// WithoutURL takes the URL out of an error of [net/http.Client]: after a redirect it may hold a signed query.
func WithoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
