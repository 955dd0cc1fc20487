package toolchain

import (
	"crypto/tls"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/certs"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
)

// TestRealToolchain fetches the newest stable Go through this machine's own module proxy and checksum database, and builds
// with it. The other tests prove the rules; this one proves that what is kept of a real toolchain is enough.
func TestRealToolchain(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this test needs a module proxy with a checksum database, and downloads a toolchain of some 80 MB")
	}
	f := realFetcher(t)
	versions, err := Versions(t.Context(), f, runtime.GOOS, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Choose(versions, "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	goroot := filepath.Join(t.TempDir(), "go")
	start := time.Now()
	m, sum, err := Fetch(t.Context(), f, want, runtime.GOOS, runtime.GOARCH, Options{}, goroot)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s with %s in %v", m, sum, time.Since(start).Round(time.Millisecond))

	g := goCommand{t: t, root: goroot, dir: t.TempDir()}
	if out := g.run("version"); !strings.HasPrefix(out, "go version "+want+" ") {
		t.Errorf("go version says %s", out)
	}
	g.write("go.mod", "module hello\n\ngo "+strings.TrimPrefix(want, "go")+"\n")
	g.write("main.go", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello, world\") }\n")
	g.run("build", "-o", "hello", ".")
	if out, err := exec.Command(filepath.Join(g.dir, "hello")).Output(); err != nil || string(out) != "hello, world\n" {
		t.Errorf("the program says %q, %v", out, err)
	}
	// Every package of the standard library loads, with all that it imports and embeds.
	if out := g.run("list", "std"); !strings.Contains(out, "\nencoding/json\n") {
		t.Errorf("go list std says %s", out)
	}
	g.run("list", "-deps", "std")
	g.env = append(g.env, "GOARCH=arm64")
	g.run("build", "-o", "hello", ".")
}

// realFetcher is set up as a build step is: the system's roots are extra ones, the settings those of the go command.
func realFetcher(t *testing.T) *modfetch.Fetcher {
	t.Helper()
	name := os.Getenv("SSL_CERT_FILE")
	if name == "" {
		name = "/etc/ssl/certs/ca-certificates.crt"
	}
	extra, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	pool, _, err := certs.RootCAs(extra)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "env", "GOPROXY", "GOSUMDB").Output()
	if err != nil {
		t.Fatal(err)
	}
	proxy, sumDB, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	return &modfetch.Fetcher{Settings: goenv.Settings{Proxy: proxy, SumDB: sumDB}, Client: modfetch.Client{HTTP: &http.Client{Transport: transport}}}
}

// goCommand runs the fetched Go as a compile step does: with nothing of this machine's environment but a cache of its own.
type goCommand struct {
	t         *testing.T
	root, dir string
	env       []string
}

func (g goCommand) write(name, content string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(content), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g goCommand) run(args ...string) string {
	g.t.Helper()
	cmd := exec.CommandContext(g.t.Context(), filepath.Join(g.root, "bin", "go"), args...)
	cmd.Dir = g.dir
	cmd.Env = append([]string{"HOME=" + g.dir, "GOCACHE=" + filepath.Join(g.dir, ".cache"), "GOPATH=" + filepath.Join(g.dir, ".gopath"),
		"GOFLAGS=", "GOTOOLCHAIN=local", "GOENV=off", "GOPROXY=off", "GOSUMDB=off", "GOTELEMETRY=off", "CGO_ENABLED=0"}, g.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		g.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
