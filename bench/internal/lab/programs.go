//go:build linux

package lab

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// pushCarry makes the image of the program carry.
func (l *Lab) pushCarry(ctx context.Context) error {
	program := filepath.Join(l.Dir, "carry")
	if err := buildProgram(ctx, program, "./bench/internal/carry"); err != nil {
		return err
	}
	l.Carry = l.Registry + "/carry:bench"
	return l.push(l.Carry, "linux/amd64", v1.Config{}, func(w *tar.Writer) error { return addFile(w, program, "carry", 0o755) })
}

// nextFile makes another program of modship, one that does the same.
const nextFile = `package main

import "os"

func init() {
	if len(os.Args) == 0 {
		os.Stdout.WriteString("the next release")
	}
}
`

// MakeNext makes the next release of modship, of the repository that the benchmark runs in: another program, with the same modship-step.
func (l *Lab) MakeNext(ctx context.Context) error {
	if l.NextModship != "" {
		return nil
	}
	l.Progressf("building the next release of modship …")
	dir := filepath.Join(l.Dir, "next")
	added, list, program := filepath.Join(dir, "next.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "modship")
	place, err := filepath.Abs("cmd/modship/next.go")
	if err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{place: added}})
	if err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(added, []byte(nextFile), 0o644), os.WriteFile(list, overlay, 0o644)); err != nil {
		return err
	}
	if err := buildProgram(ctx, program, "-overlay", list, "./cmd/modship"); err != nil {
		return err
	}
	image := l.Registry + "/modship:next"
	if err := l.pushModship(image, program); err != nil {
		return err
	}
	l.NextModship, l.NextFrontend = program, image
	return nil
}

// buildProgram builds one of this repository's programs as the Makefile does, with the go command of this machine.
func buildProgram(ctx context.Context, out string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if log, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", filepath.Base(out), err, log)
	}
	return nil
}
