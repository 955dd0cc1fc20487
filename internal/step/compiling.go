package step

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/request"
)

// compilesLong is how long a step has compiled when it asks what is left: for the answer the go command looks at all packages once more,
// some tenths of a second that the compile after an edit does not have.
const compilesLong = 5 * time.Second

// compiling shows what `go build -v` says, and numbers the packages in it as soon as it is known how many there are.
type compiling struct {
	to    io.Writer
	after time.Duration
	// ask gives the packages that are to be compiled, among them some that were by now; none if nobody knows. Nil is never asked.
	ask    func() []string
	asking errgroup.Group

	mu    sync.Mutex
	piece []byte // of a line
	since time.Time
	asked bool
	// named are the packages that are or were compiled, left those that are not named yet; nil if that is not known.
	named, left map[string]bool
}

func newCompiling(to io.Writer, after time.Duration, ask func() []string) *compiling {
	return &compiling{to: to, after: after, ask: ask, named: map[string]bool{}}
}

// Write takes any piece of what is said.
func (c *compiling) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.piece = append(c.piece, p...)
	for {
		line, rest, whole := bytes.Cut(c.piece, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		c.piece = rest
		if _, err := fmt.Fprintln(c.to, c.line(string(line))); err != nil {
			return 0, err
		}
	}
}

func (c *compiling) line(text string) string {
	pkg, ok := request.CompiledPackage(text)
	if !ok {
		return text
	}
	if c.since.IsZero() {
		c.since = time.Now()
	}
	if c.ask != nil && !c.asked && time.Since(c.since) >= c.after {
		c.asked = true
		c.asking.Go(func() error {
			c.learn(c.ask())
			return nil
		})
	}
	c.named[pkg] = true
	if c.left == nil {
		return text
	}
	delete(c.left, pkg)
	return request.Progress(len(c.named), len(c.named)+len(c.left), pkg)
}

func (c *compiling) learn(packages []string) {
	if len(packages) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = map[string]bool{}
	for _, pkg := range packages {
		if !c.named[pkg] {
			c.left[pkg] = true
		}
	}
}

// close shows what was said without the end of a line. Nobody may write any more, and who was asked has to come to an end.
func (c *compiling) close() error {
	_, err := c.to.Write(c.piece)
	return errors.Join(err, c.asking.Wait())
}

// askStale gives what asks the go command for the packages that it is to compile; nil where the machine has no memory for it beside the
// compilers. A package that turns out as it was has some of these not compiled.
func askStale(ctx context.Context, b request.Build, compilers int, packages []string) func() []string {
	if !readAllowance(os.DirFS("/"), runtime.NumCPU()).hasRoom(compilers + 1) {
		return nil
	}
	return func() []string {
		view, err := viewCache(request.GoCache)
		if err != nil {
			return nil
		}
		defer os.RemoveAll(view)
		args := slices.Concat([]string{"list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}"}, buildFlags(b), []string{"--"}, packages)
		cmd := goCommand(ctx, b.Root, b.Work, append(buildEnv(b), "GOCACHE="+view), args)
		cmd.Stderr = nil // what is wrong, the build says
		said, err := cmd.Output()
		if err != nil {
			return nil
		}
		return strings.Fields(string(said))
	}
}
