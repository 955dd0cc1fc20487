//go:build linux

package lab

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
)

// startRegistry runs a registry on a loopback port; buildkitd, ko and go-containerregistry take plain http from there.
func (l *Lab) startRegistry(ctx context.Context) error {
	addr, err := freeAddress()
	if err != nil {
		return err
	}
	config := fmt.Sprintf("version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n"+
		"storage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", l.registryData(), addr)
	file := filepath.Join(l.Dir, "registry.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(l.Tools, "registry"), "serve", file)
	cmd.Env = append(l.Env(), "OTEL_TRACES_EXPORTER=none")
	stop, err := startUntilExit(cmd)
	if err != nil {
		return fmt.Errorf("starting the registry: %w", err)
	}
	l.closers = append(l.closers, stop)
	l.Registry = addr
	return waitFor(ctx, "http://"+addr+"/v2/")
}

// startUntilExit starts a program that ends at the latest with this one; stop ends it.
func startUntilExit(cmd *exec.Cmd) (stop func() error, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, gone := make(chan error, 1), make(chan struct{})
	go func() {
		// The kernel sends Pdeathsig when the starting thread ends (golang/go#27505). Threads do end in this program, those that
		// package engine starts daemons from; so this one is kept until the child has ended.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed
			close(gone)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return func() error {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		<-gone
		return nil
	}, nil
}

func (l *Lab) registryData() string { return filepath.Join(l.Dir, "registry") }

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func waitFor(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
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
