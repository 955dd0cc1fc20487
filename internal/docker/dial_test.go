package docker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dockercontext "github.com/docker/cli/cli/context"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// upgrading is a server that does with POST /grpc and /session what dockerd does, and answers with the path, and with what it is sent.
func upgrading(t *testing.T) *http.Server {
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Connection") != "Upgrade" || r.URL.Path != "/grpc" && r.URL.Path != "/session" {
			http.Error(w, "no such thing: "+r.URL.Path, http.StatusNotFound)
			return
		}
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		// In one write: a client may read the first bytes together with the header.
		io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: "+r.Header.Get("Upgrade")+"\r\n\r\n"+
			r.URL.Path+" "+r.Header.Get("Upgrade")+" "+r.Header.Get("X-Docker-Expose-Session-Uuid")+"\n")
		io.Copy(conn, buf)
		conn.Close()
	})}
	t.Cleanup(func() { srv.Close() })
	return srv
}

// TestDialer: the API and the sessions of Docker's BuildKit are reached over a socket, and over TLS with the certificates of a context or
// of the environment; without them they are not.
func TestDialer(t *testing.T) {
	certs := newAuthority(t)
	socket := filepath.Join(t.TempDir(), "d.sock")
	local, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", certs.server)
	if err != nil {
		t.Fatal(err)
	}
	go upgrading(t).Serve(local)
	go upgrading(t).Serve(secure)
	host := "tcp://" + secure.Addr().String()

	d := newDesk(t)
	d.context("socket", "unix://"+socket, nil)
	tlsData, err := dockercontext.TLSDataFromFiles(certs.file("ca.pem"), certs.file("cert.pem"), certs.file("key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	d.context("tls", host, tlsData)
	d.env["DOCKER_HOST"], d.env["DOCKER_TLS_VERIFY"], d.env["DOCKER_CERT_PATH"] = host, "1", certs.dir
	for _, name := range []string{"socket", "tls", DefaultContext} {
		b, err := d.settings().Named(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Plain()) > 0 {
			t.Errorf("%s: %q are said to be plain", name, b.Plain())
		}
		if b.Context.TLS != (name != "socket") {
			t.Errorf("%s: TLS is %t", name, b.Context.TLS)
		}
		dialer, err := d.settings().Dialer(b)
		if err != nil {
			t.Fatal(err)
		}
		talk(t, name, "/grpc h2c \nhello", func() (net.Conn, error) { return dialer.Dial(t.Context()) })
		talk(t, name, "/session h2c u\nhello", func() (net.Conn, error) {
			return dialer.Session(t.Context(), "h2c", map[string][]string{"X-Docker-Expose-Session-Uuid": {"u"}})
		})
	}

	for what, env := range map[string]map[string]string{
		"no certificates":             {"DOCKER_HOST": host},
		"no authority to verify with": {"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": t.TempDir()},
		"another authority":           {"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": newAuthority(t).dir},
	} {
		d := desk{t, t.TempDir(), env}
		if conn, err := connect(t.Context(), d.settings()); err == nil {
			conn.Close()
			t.Errorf("%s: connected", what)
		}
	}
	d.env["DOCKER_HOST"] = "gopher://somewhere"
	if _, err := connect(t.Context(), d.settings()); err == nil || !strings.Contains(err.Error(), "gopher") {
		t.Errorf("got %v", err)
	}
}

func connect(ctx context.Context, s Settings) (net.Conn, error) {
	b, err := s.Named(DefaultContext)
	if err != nil {
		return nil, err
	}
	dialer, err := s.Dialer(b)
	if err != nil {
		return nil, err
	}
	return dialer.Dial(ctx)
}

// talk says hello, and wants an answer.
func talk(t *testing.T, name, want string, dial func() (net.Conn, error)) {
	t.Helper()
	conn, err := dial()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
	}
}

// TestBuildxSays: what buildx says is the error, and not what the library makes of it that runs it.
func TestBuildxSays(t *testing.T) {
	dir := t.TempDir()
	program := "#!/bin/sh\n[ \"$*\" = 'dial-stdio --builder ship' ] && echo 'ERROR: no builder \"ship\" found' >&2\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "buildx"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	ship, path := Builder{Name: "ship", Driver: "remote"}, dir
	s := Settings{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }}
	dialer, err := s.Dialer(ship)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dialer.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil || err.Error() != `no builder "ship" found` {
		t.Errorf("got %v", err)
	}
	if got := commandError(io.EOF); !errors.Is(got, io.EOF) {
		t.Errorf("got %v", got)
	}
	path = t.TempDir()
	if _, err := s.Dialer(ship); err == nil || !strings.Contains(err.Error(), "neither docker nor buildx is in PATH") {
		t.Errorf("without buildx: %v", err)
	}
}

// TestSSHSays: what ssh says is the error.
func TestSSHSays(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		testbed.Missing(t, "ssh: %v", err)
	}
	d := newDesk(t)
	d.env["DOCKER_HOST"] = "ssh://root@127.0.0.1:1"
	conn, err := connect(t.Context(), d.settings())
	const want = "ssh: connect to host 127.0.0.1 port 1: Connection refused"
	if err == nil || err.Error() != want {
		t.Errorf("%v, %v, want %q", conn, err, want)
	}
}

// authority makes the certificates of a daemon and of its clients.
type authority struct {
	t      *testing.T
	dir    string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	server *tls.Config
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign("ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.sign("server", &x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	a.sign("cert", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err := os.Rename(a.file("cert-key.pem"), a.file("key.pem")); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(a.file("server.pem"), a.file("server-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	clients := x509.NewCertPool()
	clients.AddCert(a.cert)
	a.server = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) sign(name string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + "-key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(a.file(file), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}
