package modvcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/modship-build/modship/internal/patience"
)

// maxUnanswered is how often in a row a host may give no answer before it is not asked any more: each time costs some seconds of attempts,
// or minutes where it is silent, and others of its modules would cost as much.
const maxUnanswered = 3

// retry does something again while the server of a URL is in no state to answer.
func (a *Access) retry(ctx context.Context, u *url.URL, do func() error) error {
	if n := a.failures(u.Host); n >= maxUnanswered {
		return &accessError{url: u, why: fmt.Sprintf("%s is not asked any more: it has given no answer %d times", u.Host, n)}
	}
	err := patience.Retry(ctx, a.Sleep, isTransient, do)
	a.note(u.Host, err != nil && isTransient(err))
	return err
}

// failures is how often in a row a host has given no answer.
func (a *Access) failures(host string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.unanswered[host]
}

// note counts that a host was asked.
func (a *Access) note(host string, failed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unanswered == nil {
		a.unanswered = map[string]int{}
	}
	if failed {
		a.unanswered[host]++
	} else {
		a.unanswered[host] = 0
	}
}

// witness remembers that a connection broke: go-git takes an answer that does not come for an empty one.
type witness struct {
	http.RoundTripper
	mu     sync.Mutex
	broken error
}

// RoundTrip implements [http.RoundTripper].
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(r)
	if err != nil {
		w.note(err)
		return nil, err
	}
	resp.Body = &witnessed{resp.Body, w}
	return resp, nil
}

func (w *witness) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = err
}

// with adds to an error that a connection broke.
func (w *witness) with(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil || w.broken == nil || errors.Is(err, w.broken) {
		return err
	}
	return fmt.Errorf("%w: %w", err, w.broken)
}

type witnessed struct {
	io.ReadCloser
	witness *witness
}

// Read implements [io.Reader].
func (w *witnessed) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		w.witness.note(err)
	}
	return n, err
}
