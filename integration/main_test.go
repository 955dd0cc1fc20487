//go:build linux

package integration

import (
	"fmt"
	"os"
	"testing"

	"github.com/modship-build/modship/internal/engine"
)

// lab is what all tests share. It is set up by the first test that needs it.
var lab laboratory

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.SuperviseCommand {
		os.Exit(engine.Supervise(os.Args[2:]))
	}
	code := m.Run()
	if err := lab.close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
