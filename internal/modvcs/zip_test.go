package modvcs_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
)

// TestConverted: where an archive of git has other bytes than the repository, which go.sum then has, the file that is why is named. The
// attributes that cmd/go turns off are no reason.
func TestConverted(t *testing.T) {
	for attributes, named := range map[string]bool{
		"*.txt eol=crlf": true, "*.txt text ident": true, "*.md working-tree-encoding=UTF-16": true, "*.bin filter=lfs diff=lfs": true,
		"*.txt export-ignore": false, "*.txt export-subst": false, "*.sh text eol=lf": false, "# *.txt eol=crlf": false, "* text=auto": false,
	} {
		s := gittest.New(t)
		s.Repo("github.com", "acme/crlf").Commit("-- .gitattributes --\n"+attributes+"\n-- sub/go.mod --\nmodule github.com/acme/crlf/sub\n-- sub/a.txt --\nx\n", "sub/v1.0.0")
		o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client()}, Dir: t.TempDir()}
		found, err := o.File(t.Context(), module.Version{Path: "github.com/acme/crlf/sub", Version: "v1.0.0"}, ".zip", filepath.Join(t.TempDir(), "zip"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(found.Help, ".gitattributes "); got != named {
			t.Errorf("%s: %q", attributes, found.Help)
		}
	}
}

// TestTreeBombs: folders that hold each other stand for any number of files, or for a path of any length, in a pack of some kilobytes.
func TestTreeBombs(t *testing.T) {
	for name, c := range map[string]struct {
		below        []string // names of one folder in another
		levels       int
		says         string
		fileAtBottom bool
	}{
		"files":   {strings.Split("abcdefghij", ""), 9, "more than the 200000 files and folders allowed", true},
		"folders": {strings.Split("abcdefghij", ""), 9, "more than the 200000 files and folders allowed", false},
		"path":    {[]string{strings.Repeat("a", 200)}, 30, "the path of a folder has more than the 4096 bytes allowed", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := gittest.New(t)
			repo := s.Repo("github.com", "acme/bomb")
			tree := func(mode, hash string, names ...string) string {
				t.Helper()
				id, err := hex.DecodeString(hash)
				if err != nil {
					t.Fatal(err)
				}
				var text strings.Builder
				for _, name := range names {
					text.WriteString(mode + " " + name + "\x00" + string(id))
				}
				file := filepath.Join(t.TempDir(), "tree")
				if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return repo.Git("hash-object", "-w", "-t", "tree", file)
			}
			repo.Write("-- a.go --\npackage a\n")
			top := tree("100644", repo.Git("hash-object", "-w", "a.go"), "a.go")
			if !c.fileAtBottom {
				top = tree("", "")
			}
			for range c.levels {
				top = tree("40000", top, c.below...)
			}
			commit := repo.Git("commit-tree", "-m", "bomb", top)
			repo.Git("tag", "v1.0.0", commit)
			repo.Git("push", "--quiet", "origin", "v1.0.0")
			o := &modvcs.Origin{Access: modvcs.Access{Transport: s.Client()}, Dir: t.TempDir()}
			_, err := o.File(t.Context(), module.Version{Path: "github.com/acme/bomb", Version: "v1.0.0"}, ".zip", filepath.Join(t.TempDir(), "zip"))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}
