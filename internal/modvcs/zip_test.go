package modvcs_test

import (
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
