package workflows

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

const version = "v1.2.3"

// shipped is a release on a server, and the public key that it is signed with.
type shipped struct {
	dir, url, key string
}

// ship makes a release that has one program, and signs it with openssl.
func ship(t *testing.T) shipped {
	t.Helper()
	for _, program := range []string{"openssl", "curl", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			testbed.Missing(t, "%v", err)
		}
	}
	dir, keys := t.TempDir(), t.TempDir()
	server := httptest.NewServer(http.StripPrefix("/"+version, http.FileServer(http.Dir(dir))))
	t.Cleanup(server.Close)
	folder := "modship-" + version + "-linux-" + runtime.GOARCH
	program := "#!/bin/sh\necho shipped\n"
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	w := tar.NewWriter(zipped)
	if err := w.WriteHeader(&tar.Header{Name: folder + "/modship", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(program)) // what is wrong with it, Close says
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, folder+".tar.gz"), archive.String())
	write(t, filepath.Join(dir, "SHA256SUMS"), fmt.Sprintf("%x  %s.tar.gz\n", sha256.Sum256(archive.Bytes()), folder))
	key := filepath.Join(keys, "key.pem")
	openssl(t, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
	signature := openssl(t, "dgst", "-sha256", "-sign", key, filepath.Join(dir, "SHA256SUMS"))
	write(t, filepath.Join(dir, "SHA256SUMS.sig"), base64.StdEncoding.EncodeToString([]byte(signature))+"\n")
	return shipped{dir, server.URL, openssl(t, "pkey", "-in", key, "-pubout")}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "openssl", args...).Output()
	if err != nil {
		t.Fatalf("openssl %v: %v", args, err)
	}
	return string(out)
}

// setup runs the script of the action, and gives what it adds to PATH.
func setup(t *testing.T, s shipped, version, key string) (path, said string, err error) {
	t.Helper()
	temp := t.TempDir()
	action, err := filepath.Abs("../../.github/actions/setup")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(action, "setup.sh"))
	cmd.Env = append(os.Environ(), "GITHUB_ACTION_PATH="+action, "GITHUB_PATH="+filepath.Join(temp, "path"), "RUNNER_TEMP="+temp,
		"VERSION="+version, "PUBLIC_KEY="+key, "RELEASES="+s.url)
	out, err := cmd.CombinedOutput()
	added, _ := os.ReadFile(filepath.Join(temp, "path")) // there is none where it fails
	return strings.TrimSpace(string(added)), string(out), err
}

// TestSetup puts the programs of a release into PATH.
func TestSetup(t *testing.T) {
	s := ship(t)
	path, said, err := setup(t, s, version, s.key)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if out, err := exec.CommandContext(t.Context(), filepath.Join(path, "modship")).Output(); err != nil || string(out) != "shipped\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// TestSetupRefuses: nothing is put into PATH that the key has not signed.
func TestSetupRefuses(t *testing.T) {
	other := ship(t).key
	for name, change := range map[string]func(s *shipped) (version, key string){
		"no key":      func(*shipped) (string, string) { return version, "" },
		"another key": func(*shipped) (string, string) { return version, other },
		"no such":     func(s *shipped) (string, string) { return "v1.2.4", s.key },
		"other sums":  func(s *shipped) (string, string) { add(t, s.dir, "SHA256SUMS"); return version, s.key },
		"other bytes": func(s *shipped) (string, string) {
			add(t, s.dir, "modship-"+version+"-linux-"+runtime.GOARCH+".tar.gz")
			return version, s.key
		},
		"not signed": func(s *shipped) (string, string) {
			write(t, filepath.Join(s.dir, "SHA256SUMS.sig"), "")
			return version, s.key
		},
		"not in there": func(s *shipped) (string, string) {
			write(t, filepath.Join(s.dir, "SHA256SUMS"), "")
			return version, s.key
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := ship(t)
			version, key := change(&s)
			if path, said, err := setup(t, s, version, key); err == nil || path != "" {
				t.Errorf("%q is in PATH, %v\n%s", path, err, said)
			}
		})
	}
}

// add changes a file.
func add(t *testing.T, dir, name string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, name), string(data)+"x\n")
}
