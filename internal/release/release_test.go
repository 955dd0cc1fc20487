package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/target"
)

var at = time.Unix(1_700_000_000, 0)

var sample = []file{{name: "app", data: []byte("program"), exec: true}, {name: "man/app.1", data: []byte("page")}}

// TestTar has what it is made of, and nothing of the machine.
func TestTar(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(writeTar(&a, "app-v1", sample, at), writeTar(&b, "app-v1", sample, at.In(time.FixedZone("x", 3600)))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same files are other bytes in another time zone")
	}
	zipped, err := gzip.NewReader(&a)
	if err != nil {
		t.Fatal(err)
	}
	if !zipped.ModTime.IsZero() || zipped.Name != "" {
		t.Errorf("gzip has the time %v, the name %q", zipped.ModTime, zipped.Name)
	}
	var got []string
	r := tar.NewReader(zipped)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || !h.ModTime.Equal(at) {
			t.Errorf("%+v", h)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, h.FileInfo().Mode().String()+" "+h.Name+" "+string(data))
	}
	if diff := cmp.Diff([]string{"-rwxr-xr-x app-v1/app program", "-rw-r--r-- app-v1/man/app.1 page"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestZip(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(writeZip(&a, "app-v1", sample, at), writeZip(&b, "app-v1", sample, at.In(time.FixedZone("x", 3600)))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same files are other bytes in another time zone")
	}
	r, err := zip.NewReader(bytes.NewReader(a.Bytes()), int64(a.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.File {
		if !f.Modified.Equal(at) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Mode().String()+" "+f.Name+" "+string(data))
	}
	if diff := cmp.Diff([]string{"-rwxr-xr-x app-v1/app program", "-rw-r--r-- app-v1/man/app.1 page"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// writeKey writes a private key in both forms of PEM, and gives their files.
func writeKey(t *testing.T, key *ecdsa.PrivateKey) []string {
	t.Helper()
	sec1, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	// openssl writes the parameters of the curve first.
	params := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6}})
	return []string{
		put(t, "sec1.pem", append(params, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})...)),
		put(t, "pkcs8.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
	}
}

func put(t *testing.T, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestSeal: the signature is one of all files, by the key, and the same each time.
func TestSeal(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var signatures []string
	for _, name := range append(writeKey(t, key), writeKey(t, key)...) {
		r := &release{out: t.TempDir()}
		for _, f := range []string{"b", "a"} {
			if err := os.WriteFile(filepath.Join(r.out, f), []byte(f), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		sign, err := readSigner(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.seal(sign); err != nil {
			t.Fatal(err)
		}
		sums, err := os.ReadFile(filepath.Join(r.out, sumsFile))
		if err != nil {
			t.Fatal(err)
		}
		want := "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a\n3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b\n"
		if string(sums) != want {
			t.Errorf("the sums are\n%s", sums)
		}
		text, err := os.ReadFile(filepath.Join(r.out, signatureFile))
		if err != nil {
			t.Fatal(err)
		}
		signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		if sum := sha256.Sum256(sums); err != nil || !ecdsa.VerifyASN1(&key.PublicKey, sum[:], signature) {
			t.Errorf("%v, the signature %q is none of the key", err, text)
		}
		signatures = append(signatures, string(text))
	}
	for _, s := range signatures {
		if s != signatures[0] {
			t.Errorf("%q, and then %q", signatures[0], s)
		}
	}
}

func TestKeys(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKCS8PrivateKey(edwards)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"text":    {[]byte("key"), errNoKey.Error()},
		"broken":  {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "asn1"},
		"edwards": {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other}), errNoECDSA.Error()},
	} {
		if _, err := readSigner(put(t, "key", c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readSigner(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if sign, err := readSigner(""); sign != nil || err != nil {
		t.Errorf("without a key: %v", err)
	}
}

// TestNotOver: nothing of an older release stays between the files of another.
func TestNotOver(t *testing.T) {
	r := &release{out: t.TempDir()}
	if err := os.WriteFile(filepath.Join(r.out, "old"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.make(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Error(err)
	}
}

// TestOneGo: everything of a release is compiled with the Go that go.mod names.
func TestOneGo(t *testing.T) {
	want := goLine(t, "../../go.mod", `(?m)^go (\S+)$`)
	for _, name := range []string{"../../Dockerfile", "../../image-tools.yaml"} {
		if got := goLine(t, name, `(?m)^go: "(\S+)"$`); got != want {
			t.Errorf("%s builds with Go %s, go.mod names %s", name, got, want)
		}
	}
}

func goLine(t *testing.T, name, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has no version of Go", name)
	}
	return string(m[1])
}

// TestPlatforms: a platform that there is none of is found out before anything is built, and files are named as modship names them.
func TestPlatforms(t *testing.T) {
	for _, wrong := range []string{"-platforms=linux/amd64,windows/sparc", "-image-platforms=linux/amd64,darwin/arm64"} {
		if err := run(t.Context(), []string{"-out", t.TempDir(), "-modship", "/nonexistent", wrong}); err == nil || !strings.Contains(err.Error(), "unsupported platform") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	all, err := parsePlatforms("linux/arm,windows/arm64", target.ParsePort)
	if err != nil {
		t.Fatal(err)
	}
	r := &release{version: "v1"}
	got := []string{joined(all), r.name("modship", all[0], ".zip"), fileName("modship", all[1])}
	if diff := cmp.Diff([]string{"linux/arm/v7,windows/arm64", "modship-v1-linux-arm-v7.zip", "modship-windows-arm64"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
