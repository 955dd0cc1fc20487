package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestGolden reads each archive's app.yaml. Lines of `call` name a target ("-" for the top level) and arguments; without
// that file the top level and every target are shown.
func TestGolden(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		calls, ok := a.FS()["call"]
		var lines []string
		if ok {
			lines = strings.Split(strings.TrimSpace(string(calls.Data)), "\n")
		}
		a.Want(t, render(t, a.Data(t, "app.yaml"), lines))
	})
}

// render shows the calls, if there are none those of every target.
func render(t *testing.T, input []byte, calls []string) string {
	t.Helper()
	file, err := config.Parse("app.yaml", input)
	if err != nil {
		return diagtest.Show(err)
	}
	if calls == nil {
		calls = append([]string{"-"}, file.Targets()...)
	}
	var b strings.Builder
	for _, call := range calls {
		fmt.Fprintf(&b, "# %s\n", call)
		fields := strings.Fields(call)
		args := map[string]string{}
		for _, f := range fields[1:] {
			name, value, _ := strings.Cut(f, "=")
			args[name] = value
		}
		cfg, err := file.Target(strings.TrimPrefix(fields[0], "-"), args)
		if err != nil {
			b.WriteString(diagtest.Show(err))
			continue
		}
		b.WriteString(golden.JSON(t, cfg))
	}
	return b.String()
}
