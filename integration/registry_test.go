//go:build linux

package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// startRegistry runs a registry on a loopback port; buildkitd and go-containerregistry both take plain http from there.
func (l *laboratory) startRegistry(ctx context.Context) error {
	addr, err := freeAddress()
	if err != nil {
		return err
	}
	dir := filepath.Join(l.dir, "registry")
	config := fmt.Sprintf("version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n"+
		"storage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", filepath.Join(dir, "data"), addr)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(l.tools, "registry"), "serve", file)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	stop, err := startWithUs(cmd)
	if err != nil {
		return fmt.Errorf("starting the registry: %w", err)
	}
	l.closers = append(l.closers, stop)
	l.registry = addr
	return waitFor(ctx, "http://"+addr+"/v2/")
}

// startWithUs starts a server that ends with the test program, also when that is killed.
func startWithUs(cmd *exec.Cmd) (stop func() error, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The signal is sent when the starting thread ends (golang/go#27505), so this thread stays.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed in the end
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return func() error {
		err := cmd.Process.Kill()
		<-ended
		return err
	}, nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func waitFor(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		res, err := http.Get(url)
		if err == nil {
			return res.Body.Close()
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waiting for %s: %w", url, ctx.Err()), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// push puts an image into the registry and gives its reference.
func (l *laboratory) push(repository string, img v1.Image) (string, error) {
	ref, err := name.ParseReference(l.registry + "/" + repository)
	if err != nil {
		return "", err
	}
	if err := remote.Write(ref, img); err != nil {
		return "", fmt.Errorf("pushing %s: %w", ref, err)
	}
	return ref.String(), nil
}

// pushIndex puts an index into the registry and gives its reference.
func (l *laboratory) pushIndex(repository string, index v1.ImageIndex) (string, error) {
	ref, err := name.ParseReference(l.registry + "/" + repository)
	if err != nil {
		return "", err
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		return "", fmt.Errorf("pushing %s: %w", ref, err)
	}
	return ref.String(), nil
}

// inRegistry tells whether there is an image of that name.
func inRegistry(image string) bool {
	ref, err := name.ParseReference(image)
	if err != nil {
		return false
	}
	_, err = remote.Head(ref)
	return err == nil
}

// imageDigest asks the registry for the digest of what a reference stands for.
func imageDigest(reference string) (string, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", err
	}
	found, err := remote.Head(ref)
	if err != nil {
		return "", err
	}
	return found.Digest.String(), nil
}
