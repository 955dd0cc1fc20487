package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

// TestGolden reads each archive's app.yaml. Lines of `call` name a target ("-" for the top level) and arguments; without
// that file the top level and every target are shown.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			input, calls, want := archiveFile(archive, "app.yaml"), archiveFile(archive, "call"), archiveFile(archive, "want")
			if input == nil || want == nil {
				t.Fatal("app.yaml or want is missing")
			}
			got := render(input.Data, calls)
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("run with -update if this is right (-want +got):\n%s", diff)
			}
		})
	}
}

func archiveFile(a *txtar.Archive, name string) *txtar.File {
	for i := range a.Files {
		if a.Files[i].Name == name {
			return &a.Files[i]
		}
	}
	return nil
}

func render(input []byte, calls *txtar.File) string {
	file, err := config.Parse("app.yaml", input)
	if err != nil {
		return renderErrors(err)
	}
	var b strings.Builder
	for _, call := range callLines(file, calls) {
		fmt.Fprintf(&b, "# %s\n", call)
		fields := strings.Fields(call)
		args := map[string]string{}
		for _, f := range fields[1:] {
			name, value, _ := strings.Cut(f, "=")
			args[name] = value
		}
		cfg, err := file.Target(strings.TrimPrefix(fields[0], "-"), args)
		if err != nil {
			b.WriteString(renderErrors(err))
			continue
		}
		b.WriteString(renderConfig(cfg))
	}
	return b.String()
}

func callLines(file *config.File, calls *txtar.File) []string {
	if calls == nil {
		return append([]string{"-"}, file.Targets()...)
	}
	return strings.Split(strings.TrimSpace(string(calls.Data)), "\n")
}

func renderConfig(cfg *config.Config) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(cfg); err != nil {
		return err.Error()
	}
	return b.String()
}

// renderErrors writes a line for each mistake, with the end of its range.
func renderErrors(err error) string {
	var b strings.Builder
	for _, e := range diag.All(err) {
		fmt.Fprintf(&b, "%s-%d:%d: %s", e.Range, e.End.Line, e.End.Col, e.Msg)
		if e.Err != nil {
			fmt.Fprintf(&b, ": %v", e.Err)
		}
		if e.Help != "" {
			fmt.Fprintf(&b, "; %s", e.Help)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
