package step

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// lay writes the files of an archive below a new folder.
func lay(t *testing.T, archive string) string { return golden.Parse(t, archive).Dir(t) }

// publish writes a module, an archive of its files, into a folder as a proxy serves it and gives its lines of go.sum.
func publish(t *testing.T, zips string, m module.Version, archive string) string {
	t.Helper()
	made := modproxytest.New(t, m, golden.Parse(t, archive).FS())
	if err := os.CopyFS(zips, made.Files); err != nil {
		t.Fatal(err)
	}
	return made.Sums
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listing has a line for everything below root: mode, time, and the hash of a file's content.
func listing(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		text := fmt.Sprintf("%s %d", info.Mode(), info.ModTime().UnixNano())
		switch {
		case d.Type().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" %x", sha256.Sum256(content))
		case d.Type() == fs.ModeSymlink:
			dest, err := os.Readlink(path)
			if err != nil {
				return err
			}
			text = "-> " + dest
		}
		found[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func writeFileText(name, text string) error { return writeFile(name, strings.NewReader(text)) }

// tableOf is the table of the module files in a folder, with what step graph has left in chosen, if that is not "".
func tableOf(t *testing.T, source, chosen string) gomod.Table {
	t.Helper()
	facts, err := gomod.Load(os.DirFS(source))
	if err != nil {
		t.Fatal(err)
	}
	if chosen != "" {
		var list []gomod.Module
		if err := readJSON(filepath.Join(chosen, request.GraphFile), &list); err != nil {
			t.Fatal(err)
		}
		facts.Settle(list)
	}
	return facts.Table
}

// modulesOf are the modules of the table, with the hashes that the files in a folder have. They are fetched in one part.
func modulesOf(t *testing.T, source string, table gomod.Table) request.Modules {
	t.Helper()
	sums := modfetch.GoSum{}
	for _, name := range table.SumFiles() {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		sums.Add(text)
	}
	return request.Modules{Modules: table.Pin(sums)}
}

// fetched shows step analyze what step modules gave, as every part.
func fetched(dir string) []mount {
	var mounts []mount
	for part := range request.ModuleParts {
		mounts = append(mounts, in(dir, request.FetchedPart(part)))
	}
	return mounts
}
