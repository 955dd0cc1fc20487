package modvcs_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/testing/gittest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

const listed = 80 << 20 // bytes, more than a server may send of branches and tags

// manyRefs writes lines of references to one commit.
func manyRefs(hash string, line func(string) error) {
	long := strings.Repeat("/"+strings.Repeat("x", 99), 9)
	for sent, i := 0, 0; sent < listed; i++ {
		text := fmt.Sprintf("%s refs/heads/b%d%s\n", hash, i, long)
		if line(text) != nil {
			return
		}
		sent += len(text)
	}
}

// fetchListed fetches a go.mod, and tells whether the server was given up at once for what it lists.
func fetchListed(t *testing.T, o *modvcs.Origin, path string) {
	t.Helper()
	tries := 0
	o.Dir, o.Sleep = t.TempDir(), func(context.Context, time.Duration) error { tries++; return nil }
	_, err := o.File(t.Context(), module.Version{Path: path, Version: "v1.0.0"}, ".mod", filepath.Join(t.TempDir(), "mod"))
	if err == nil || !strings.Contains(err.Error(), "the server sends more than 64 MB before it is asked for a commit") || tries > 0 {
		t.Errorf("after %d more tries: %v", tries, err)
	}
}

// TestManyRefs: branches and tags without an end do not fill the memory, whatever way and in whatever version of the protocol they come.
func TestManyRefs(t *testing.T) {
	const hash = "0123456789abcdef0123456789abcdef01234567"
	packet := func(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }
	for name, method := range map[string]string{"advertised": http.MethodGet, "asked for": http.MethodPost} {
		t.Run(name, func(t *testing.T) {
			s := gittest.New(t)
			s.Repo("github.com", "acme/lib").Commit("-- go.mod --\nmodule github.com/acme/lib\n", "v1.0.0")
			s.Guard("github.com", func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != method {
					return false
				}
				kind := "result"
				if method == http.MethodGet {
					kind = "advertisement"
				}
				w.Header().Set("Content-Type", "application/x-git-upload-pack-"+kind)
				if method == http.MethodGet {
					fmt.Fprint(w, packet("# service=git-upload-pack\n")+"0000"+packet(hash+" HEAD\x00agent=git/2\n"))
				}
				manyRefs(hash, func(text string) error {
					_, err := fmt.Fprint(w, packet(text))
					return err
				})
				fmt.Fprint(w, "0000")
				return true
			})
			fetchListed(t, &modvcs.Origin{Access: modvcs.Access{Transport: s.Client()}}, "github.com/acme/lib")
		})
	}
	t.Run("by ssh", func(t *testing.T) {
		if os.Getuid() != 0 {
			testbed.Missing(t, "root, who logs in")
		}
		s := gittest.New(t)
		const repo = "git.corp.example/x/tool.git"
		own := s.Repo("git.corp.example", "x/tool").Commit("-- go.mod --\nmodule "+repo+"\n", "v1.0.0")
		daemon := gittest.NewSSH(t, s.Dir("git.corp.example"))
		var refs strings.Builder
		manyRefs(own, func(text string) error { refs.WriteString(text); return nil })
		if err := os.WriteFile(filepath.Join(s.Dir("git.corp.example"), "x/tool.git", "packed-refs"), []byte(refs.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, daemon.Addr)
		}
		ssh := &modvcs.SSH{Agent: daemon.Agent, KnownHosts: daemon.KnownHosts("git.corp.example"), Dial: dial, User: "root"}
		fetchListed(t, &modvcs.Origin{Access: modvcs.Access{Transport: s.Client(), SSH: ssh, Rewrites: map[string]string{"https://": "ssh://root@"}}}, repo)
	})
}
