package step

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/request"
)

// fetchingPause is the least time between two lines: of a thousand modules nobody reads one each.
const fetchingPause = time.Second

// fetching says from time to time how many modules are there, of those that are known to be wanted.
type fetching struct {
	to    io.Writer
	pause time.Duration

	mu           sync.Mutex
	said         time.Time
	there, known int
}

func newFetching(to io.Writer, pause time.Duration) *fetching {
	return &fetching{to: to, pause: pause, said: time.Now()}
}

// want adds to the modules that are known to be wanted.
func (f *fetching) want(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known += n
}

// fetched is told of each that is there.
func (f *fetching) fetched(m module.Version) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.there++
	if now := time.Now(); now.Sub(f.said) >= f.pause {
		f.said = now
		fmt.Fprintln(f.to, request.Progress(f.there, f.known, m.String()))
	}
}
