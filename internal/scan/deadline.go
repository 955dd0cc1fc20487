package scan

import (
	"fmt"
	"io/fs"
	"time"
)

// Deadline is a hundred times what the largest repositories of Go code take.
const Deadline = 5 * time.Minute

// Within is [Scan] with a limit of time, for the case that some source finds what no other bound here has thought of. The scan that took
// too long goes on until the process ends, which the caller is to see to.
func Within(limit time.Duration, fsys fs.FS, req Request) (*Result, error) {
	type answer struct {
		result *Result
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		result, err := Scan(fsys, req)
		done <- answer{result, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-done:
		return a.result, a.err
	case <-timer.C:
		return nil, fmt.Errorf("the module's own packages are not read after %v", limit)
	}
}
