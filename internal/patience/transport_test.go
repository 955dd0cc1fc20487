package patience

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestTooMuch: a server that does not end is not listened to for ever.
func TestTooMuch(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	body := func(left int64) io.Reader {
		timer := time.NewTimer(time.Minute)
		return &answer{io.NopCloser(strings.NewReader("12345")), ctx, timer, time.Minute, cancel, bound{left, true}}
	}
	conn := func(left int64) io.Reader {
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close() })
		go func() {
			defer there.Close()
			_, _ = there.Write([]byte("12345")) // whoever reads may have had enough
		}()
		return Conn(here, time.Minute, left)
	}
	for name, r := range map[string]func(left int64) io.Reader{"answer": body, "connection": conn} {
		if got, err := io.ReadAll(r(5)); err != nil || string(got) != "12345" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if got, err := io.ReadAll(r(4)); !errors.Is(err, errTooMuch) || len(got) > 4 {
			t.Errorf("%s: %q, %v, want %v", name, got, err, errTooMuch)
		}
	}
}
