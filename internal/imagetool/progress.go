package imagetool

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/containerd/console"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// How long pulling takes before it is shown, and how often the line is written.
const showAfter, showEvery = time.Second, 200 * time.Millisecond

// progress shows on a terminal how much was pulled of the blobs that are being pulled. Its line goes with the last of them.
type progress struct {
	inner http.RoundTripper
	w     io.Writer
	now   func() time.Time

	mu           sync.Mutex
	pulls        int
	pulled, size int64
	start, last  time.Time
	shown        bool
}

// transport shows the progress of what registries send if standard error is a terminal.
func transport() http.RoundTripper {
	if _, err := console.ConsoleFromFile(os.Stderr); err != nil {
		return nil
	}
	return &progress{inner: remote.DefaultTransport, w: os.Stderr, now: time.Now}
}

// RoundTrip counts the bodies of blobs. A request that leads elsewhere is followed by one that has no such path, so sizes count too.
func (p *progress) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := p.inner.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || answer.StatusCode != http.StatusOK || strings.Contains(r.URL.Path, "/manifests/") {
		return answer, err
	}
	p.begin(answer.ContentLength)
	answer.Body = &pull{ReadCloser: answer.Body, progress: p}
	return answer, nil
}

func (p *progress) begin(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pulls++; p.pulls == 1 {
		p.start, p.pulled, p.size = p.now(), 0, 0
	}
	p.size += max(size, 0)
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulled += int64(n)
	now := p.now()
	if now.Sub(p.start) < showAfter || now.Sub(p.last) < showEvery {
		return
	}
	p.last, p.shown = now, true
	const mib = 1 << 20
	fmt.Fprintf(p.w, "\r\x1b[Kpulling: %.1f of %.1f MiB", float64(p.pulled)/mib, float64(max(p.size, p.pulled))/mib)
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pulls--; p.pulls == 0 && p.shown {
		p.shown = false
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// pull is the body of one answer.
type pull struct {
	io.ReadCloser
	*progress
	once sync.Once
}

func (p *pull) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.add(n)
	return n, err
}

func (p *pull) Close() error {
	p.once.Do(p.end)
	return p.ReadCloser.Close()
}
