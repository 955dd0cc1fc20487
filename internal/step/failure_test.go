package step

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
)

// TestBuildError: each mistake stands for itself, ten at most; help that belongs to one stands behind it.
func TestBuildError(t *testing.T) {
	exit := errors.New("exit status 1")
	many := "# x\n"
	for i := range 13 {
		many += fmt.Sprintf("undefined reference to `f%02d'\n", i)
	}
	first := make([]string, 10)
	for i := range first {
		first[i] = fmt.Sprintf("undefined reference to `f%02d'", i)
	}
	for name, test := range map[string]struct {
		said string
		want []string
	}{
		"nothing said": {"", []string{"running go build: exit status 1"}},
		"in no file":   {"go: updates to go.mod needed\n", []string{"go: updates to go.mod needed"}},
		"thirteen": {many, slices.Concat([]string{"f00 and 12 more symbols in no library that is linked, nor in another of the sysroot: a static library needs others, " +
			"which cgo.ldflags has to name, as in [-lz]; what has them is a Debian package for cgo.packages.build"}, first, []string{"3 more mistakes are not shown"})},
		"with its help": {"# x\nld: cannot find -lfoo: No such file\n", []string{"cannot find -lfoo: No such file; the library foo is missing: name the Debian package that has it in cgo.packages.build"}},
		"help for all":  {"# pkg-config --cflags foo\nPackage 'foo', required by 'virtual:world', not found\n", []string{"Package 'foo', required by 'virtual:world', not found; pkg-config does not know foo: name the Debian package that has it in cgo.packages.build"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := buildError(request.Build{Cgo: compilers(t)["gcc"]}, false, test.said, exit)
			if diff := cmp.Diff(strings.Join(test.want, "\n"), err.Error()); diff != "" {
				t.Error(diff)
			}
			if mistakes := diag.All(err); test.said != "" && !consists(err, mistakes) {
				t.Errorf("not all of %q is mistakes", err)
			}
		})
	}
}

// TestConsists: what is no mistake in a file is not lost beside one.
func TestConsists(t *testing.T) {
	mistake := &diag.Error{Msg: "bad", Help: "mend it"}
	for err, want := range map[error]bool{
		mistake:                       true,
		errors.Join(mistake, mistake): true,
		errors.Join(mistake, errors.New("no room")): false,
		fmt.Errorf("reading: %w", mistake):          false,
		errors.New("no room"):                       false,
	} {
		if got := consists(err, diag.All(err)); got != want {
			t.Errorf("%q consists of mistakes: %t", err, got)
		}
	}
}

// TestOfModules: the frontend is told which part of an error is of which module, and nothing where none is of any.
func TestOfModules(t *testing.T) {
	x, y := module.Version{Path: "example.com/x", Version: "v1.0.0"}, module.Version{Path: "example.com/y", Version: "v1.1.0"}
	why, rest := errors.New("no answer"), errors.New("the others were not tried")
	sum := &modfetch.SumError{Module: y, Ext: ".zip", Got: "h1:a", Want: "h1:b", WantFrom: "go.sum", Source: "https://a.example"}
	for name, c := range map[string]struct {
		err  error
		want []request.Mistake
	}{
		"all": {errors.Join(&modfetch.ModuleError{Module: x, Err: why}, &modfetch.ModuleError{Module: y, Err: sum}, rest), []request.Mistake{
			{Msg: "fetching example.com/x@v1.0.0: no answer", Module: &x}, {Msg: sum.Error(), Module: &y}, {Msg: "the others were not tried"},
		}},
		"none":    {errors.Join(why, rest), nil},
		"another": {fmt.Errorf("reading: %w", why), nil},
	} {
		if diff := cmp.Diff(c.want, ofModules(c.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCertificateHelp: what a real client says of a server that it does not trust names the secret; what else goes wrong does not.
func TestCertificateHelp(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	_, unknown := client.Get(server.URL)
	if unknown == nil {
		t.Fatal("the certificate of a test is trusted")
	}
	flag := "--secret id=" + request.IDCA + ",src=FILE"
	for name, test := range map[string]struct {
		err   error
		given bool
		want  string
	}{
		"Go":                    {fmt.Errorf("fetching: %w", unknown), false, flag},
		"Go, with the secret":   {unknown, true, "do not vouch"},
		"apt":                   {errors.New("Certificate verification failed: The certificate is NOT trusted. The certificate issuer is unknown."), false, flag},
		"the go command's text": {errors.New("go: x: tls: failed to verify certificate: x509: certificate signed by unknown authority"), false, flag},
		"a wrong name":          {x509.HostnameError{Certificate: server.Certificate(), Host: "x"}, false, ""},
		"refused":               {errors.New("connection refused"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := certificateHelp(test.err, test.given)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestFailureFile: what a base has at the name of the file is not there once the step runs, and what comes there is not followed.
func TestFailureFile(t *testing.T) {
	aim := filepath.Join(t.TempDir(), "aim")
	for name, lay := range map[string]func(name string) error{
		"nothing":  func(string) error { return nil },
		"a file":   func(name string) error { return os.WriteFile(name, []byte(`{"text": "of the base"}`), 0o644) },
		"a link":   func(name string) error { return os.Symlink(aim, name) },
		"a folder": func(name string) error { return os.MkdirAll(filepath.Join(name, "x"), 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), request.FailureFile)
			if err := lay(file); err != nil {
				t.Fatal(err)
			}
			if err := leave(file, request.Failure{Text: "ours"}); name != "nothing" && err == nil {
				t.Error("what is there was replaced")
			}
			if err := forget(file); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat(file); !os.IsNotExist(err) {
				t.Errorf("it is still there: %v", err)
			}
			if err := leave(file, request.Failure{Text: "ours"}); err != nil {
				t.Fatal(err)
			}
			var got request.Failure
			if err := readJSON(file, &got); err != nil || got.Text != "ours" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if exists(aim) {
		t.Error("a link was followed")
	}
}
