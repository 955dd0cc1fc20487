package step

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
)

// TestRootfs looks at what every image on scratch gets.
func TestRootfs(t *testing.T) {
	dir := t.TempDir()
	container{t: t}.run("rootfs", request.Rootfs{UID: 1001, GID: 1002}, out(dir, request.Out))

	modes := map[string]string{
		"etc": "drwxr-xr-x", "etc/passwd": "-rw-r--r--", "etc/ssl/certs/ca-certificates.crt": "-rw-r--r--",
		"tmp": "dtrwxrwxrwx", "usr/share/zoneinfo/Europe/Berlin": "-rw-r--r--", "usr/share/zoneinfo": "drwxr-xr-x",
	}
	for name, text := range listing(t, dir) {
		fields := strings.Fields(text)
		if fields[1] != "0" {
			t.Errorf("%s has the time %s", name, fields[1])
		}
		if want, ok := modes[name]; ok && fields[0] != want {
			t.Errorf("%s is %s, want %s", name, fields[0], want)
		}
		delete(modes, name)
	}
	if len(modes) > 0 {
		t.Errorf("missing: %v", modes)
	}
	for name, want := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/:/sbin/nologin\napp:x:1001:1002:app:/:/sbin/nologin\n",
		"etc/group":  "root:x:0:\napp:x:1002:\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	again := t.TempDir()
	container{t: t}.run("rootfs", request.Rootfs{UID: 1001, GID: 1002}, out(again, request.Out))
	sameTree(t, dir, again)
}
