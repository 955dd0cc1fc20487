package imagetool

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestProgress pulls slowly by a clock of its own.
func TestProgress(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2097152")
		w.Write(make([]byte, 2<<20))
	}))
	t.Cleanup(server.Close)
	var out strings.Builder
	var clock time.Time
	p := &progress{inner: http.DefaultTransport, w: &out, now: func() time.Time { return clock }}
	get := func(path string, step time.Duration) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		for half := make([]byte, 1<<20); err == nil; {
			clock = clock.Add(step)
			_, err = io.ReadFull(answer.Body, half)
		}
		answer.Body.Close()
		answer.Body.Close()
	}
	get("/v2/a/blobs/x", time.Millisecond)
	get("/v2/a/manifests/x", time.Hour)
	if out.Len() > 0 {
		t.Errorf("%q", &out)
	}
	get("/v2/a/blobs/x", 2*time.Second)
	got := out.String()
	if !strings.HasPrefix(got, "\r\x1b[Kpulling: ") || !strings.Contains(got, "\r\x1b[Kpulling: 2.0 of 2.0 MiB") || !strings.HasSuffix(got, "MiB\r\x1b[K") {
		t.Errorf("%q", got)
	}
}
