//go:build linux

package integration

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// build is one build as a user orders it. The zero value of everything but dir is what a user gets who says nothing.
type build struct {
	dir       string  // the context
	daemon    *daemon // nil is the shared one
	platforms string  // as in linux/amd64,linux/arm64
	// flags are given to both clients as they are.
	flags []string
	// args are build arguments; they win over what the harness gives.
	args []string
	// push is a repository in the local registry; without it the image goes to an OCI archive.
	push string
	// noImage makes nothing of the result.
	noImage bool
	// quiet asks for no progress.
	quiet bool
	// with runs the client under another program, such as taskset.
	with []string
}

// mode is a way to use modship.
type mode struct {
	name string
	// command gives the client and the part of the command line that differs from the other mode.
	command func(l *laboratory, d *daemon, b build) (args, env []string)
}

var (
	client = mode{"client", clientCommand}
	syntax = mode{"syntax", syntaxCommand}
)

// eachMode runs a body with `modship build` and through `# syntax=`.
func eachMode(t *testing.T, body func(t *testing.T, m mode)) {
	setUp(t)
	for _, m := range []mode{client, syntax} {
		t.Run(m.name, func(t *testing.T) { body(t, m) })
	}
}

// clientCommand is `modship build`. It takes certificates and module settings from this machine by itself.
func clientCommand(l *laboratory, d *daemon, _ build) (args, env []string) {
	return []string{l.modship, "build", "--addr", d.Addr}, d.env
}

// syntaxCommand is buildx, which a user tells of the certificates and settings of the machine.
func syntaxCommand(l *laboratory, d *daemon, b build) (args, env []string) {
	args = []string{filepath.Join(l.tools, "buildx"), "build", "--builder", builderName}
	return append(args, l.machineFlags(b)...), d.env
}

// machineFlags are what a build behind a company's proxy needs.
func (l *laboratory) machineFlags(b build) []string {
	var flags []string
	if bundle := systemBundle(); bundle != "" {
		flags = append(flags, "--secret", "id=ca,src="+bundle)
	}
	if !hasArg(b.args, "GOPROXY") {
		flags = append(flags, "--build-arg", "GOPROXY="+l.goProxy)
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		if os.Getenv(name) != "" {
			flags = append(flags, "--build-arg", name)
		}
	}
	return flags
}

// systemBundle is the file of the machine's certificate authorities, or "".
func systemBundle() string {
	for _, file := range []string{os.Getenv("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"} {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return ""
}

func hasArg(args []string, name string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return len(a) > len(name) && a[:len(name)+1] == name+"=" })
}

// build runs a build that must succeed.
func (m mode) build(t *testing.T, b build) result {
	t.Helper()
	r := m.try(t, b)
	if r.code != 0 {
		t.Fatalf("the build failed with exit code %d:\n%s", r.code, r.log)
	}
	return r
}

// fail runs a build that must fail, and sees to it that no image was made.
func (m mode) fail(t *testing.T, b build) result {
	t.Helper()
	r := m.try(t, b)
	if r.code == 0 {
		t.Fatalf("the build succeeded:\n%s", r.log)
	}
	if _, err := os.Stat(r.archive); err == nil {
		t.Errorf("the build failed, and there is an image all the same")
	}
	return r
}

// try runs a build.
func (m mode) try(t *testing.T, b build) result {
	t.Helper()
	r := result{archive: filepath.Join(t.TempDir(), "image.tar")}
	cmd := m.start(t, b, r.archive)
	started := time.Now()
	r.log, r.code = run(t, cmd)
	r.took = time.Since(started)
	t.Logf("%s build took %.1f s", m.name, r.took.Seconds())
	if b.push != "" {
		r.archive, r.pushed = "", lab.registry+"/"+b.push
	}
	return r
}

// start prepares the command of a build.
func (m mode) start(t *testing.T, b build, archive string) *exec.Cmd {
	t.Helper()
	l := setUp(t)
	args, env := m.command(l, cmp.Or(b.daemon, l.daemon), b)
	args = append(slices.Clone(b.with), args...)
	if b.quiet {
		args = append(args, "--quiet")
	} else {
		args = append(args, "--progress", "plain")
	}
	if b.platforms != "" {
		args = append(args, "--platform", b.platforms)
	}
	for _, a := range b.args {
		args = append(args, "--build-arg", a)
	}
	switch {
	case b.push != "":
		args = append(args, "--tag", l.registry+"/"+b.push, "--push")
	case !b.noImage:
		args = append(args, "--output", "type=oci,dest="+archive)
	}
	args = append(append(args, b.flags...), b.dir)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute) // zig compiles its libraries first
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = env
	return cmd
}
