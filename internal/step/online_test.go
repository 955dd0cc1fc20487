package step

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/modfetch"
)

// TestSlowServer: a server that sends a byte now and then is given up.
func TestSlowServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("."))
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	}))
	defer server.Close()
	fetch := func(ctx context.Context, _ struct{}) error {
		_, err := (&modfetch.Client{}).GetBytes(ctx, server.URL, 1<<30)
		return err
	}
	err := within(200*time.Millisecond, fetch)(t.Context(), struct{}{})
	if !errors.Is(err, errTooSlow) {
		t.Errorf("got %v", err)
	}
	if onlineLimit != 2*time.Hour {
		t.Errorf("a step may download for %v", onlineLimit)
	}
	if err := within(time.Hour, func(context.Context, struct{}) error { return errors.ErrUnsupported })(t.Context(), struct{}{}); err != errors.ErrUnsupported {
		t.Errorf("another error is changed: %v", err)
	}
}
