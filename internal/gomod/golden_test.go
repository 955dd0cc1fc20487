package gomod_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

// TestGolden loads each archive as a context; its file want holds the facts or the mistakes.
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
			last := &archive.Files[len(archive.Files)-1]
			if last.Name != "want" {
				t.Fatal("the last file must be want")
			}
			got := render(gomod.Load(contextOf(archive)))
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("run with -update if this is right (-want +got):\n%s", diff)
			}
		})
	}
}

func contextOf(archive *txtar.Archive) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name != "want" {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return fsys
}

func render(facts *gomod.Facts, err error) string {
	var b bytes.Buffer
	if err != nil {
		for _, e := range diag.All(err) {
			end := ""
			if e.Start.Line > 0 {
				end = fmt.Sprintf("-%d:%d", e.End.Line, e.End.Col)
			}
			fmt.Fprintf(&b, "%s%s | %s\n", e.Range, end, strings.TrimPrefix(e.Error(), e.Range.String()+": "))
		}
		return b.String()
	}
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(facts); err != nil {
		return err.Error()
	}
	fmt.Fprintf(&b, "go line %s, toolchain line %s\n", facts.GoLine(), facts.ToolchainLine())
	for _, path := range facts.Requires {
		fmt.Fprintf(&b, "%s %s\n", facts.RequireLine(path), path)
	}
	return b.String()
}
