//go:build linux

package gatewaytest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/request"
)

// GoRoot is that of the go command of the machine.
func GoRoot(t testing.TB) string {
	t.Helper()
	text, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// OwnGo stands in for the step that fetches a toolchain: it gives the machine's.
func OwnGo(t testing.TB) func(context.Context, *Step) error {
	goroot := GoRoot(t)
	return func(_ context.Context, s *Step) error {
		s.Give(request.Out, goroot)
		text, err := json.Marshal(request.FetchedGo{Sum: "h1:of-the-machine"})
		return errors.Join(err, os.WriteFile(filepath.Join(s.Folder(request.Said), request.GoFile), text, 0o644))
	}
}
