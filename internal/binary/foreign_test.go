package binary_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

// tiny is a program that every system can have.
const tiny = "package main\n\nfunc main() { println(\"tiny\") }\n"

func parsePort(t *testing.T, s string) target.Target {
	t.Helper()
	got, err := target.ParsePort(s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// buildFor gives a real program for a platform.
func buildFor(t *testing.T, dir string, tt target.Target) []byte {
	t.Helper()
	program, err := os.ReadFile(goBuild(t, dir, append(tt.Env(), "CGO_ENABLED=0"), "-trimpath", "-ldflags=-s -w"))
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// TestReadFor builds a program for every kind of system, and tells each from those for the others. All ports are long: 26 times the runtime.
func TestReadFor(t *testing.T) {
	ports := []target.Target{parsePort(t, "darwin/arm64"), parsePort(t, "windows/amd64"), parsePort(t, "freebsd/amd64"), parsePort(t, "wasip1/wasm")}
	if os.Getenv("MODSHIP_TEST_FULL") != "" {
		ports = target.Ports()
	} else if testing.Short() {
		ports = ports[:1]
	}
	dir := module(t, tiny)
	for _, port := range ports {
		program := buildFor(t, dir, port)
		facts, err := binary.ReadFor(port, bytes.NewReader(program))
		if err != nil {
			t.Errorf("%v: %v", port, err)
			continue
		}
		if !strings.HasPrefix(facts.GoVersion, "go1.") || facts.Module.Path != "example.com/tiny" || facts.Settings["GOOS"] != port.OS || facts.Settings["GOARCH"] != port.Arch || facts.Format != port.Format() {
			t.Errorf("%v: %+v", port, facts)
		}
		for _, other := range append(ports, parse(t, "linux/amd64"), parsePort(t, "darwin/amd64"), parsePort(t, "windows/arm64"), parsePort(t, "openbsd/amd64")) {
			if err := facts.Check(other); (err == nil) != (port == other) {
				t.Errorf("a program for %v is one for %v: %v", port, other, err)
			}
			_, err := binary.ReadFor(other, bytes.NewReader(program))
			if wrong := port.Format() != other.Format(); wrong != (errors.Is(err, binary.ErrFormat) || errors.Is(err, binary.ErrNotELF)) {
				t.Errorf("a program for %v read for %v: %v", port, other, err)
			}
		}
	}
}

// faulty are ports that TestReadFor builds for as well.
func faulty(t *testing.T) []string {
	t.Helper()
	if testing.Short() {
		return []string{"darwin/arm64"}
	}
	return []string{"darwin/arm64", "windows/amd64", "wasip1/wasm"}
}

// TestReadForFaults: what is cut off or changed is an error and no panic.
func TestReadForFaults(t *testing.T) {
	dir := module(t, tiny)
	for _, name := range faulty(t) {
		port := parsePort(t, name)
		program := buildFor(t, dir, port)
		for _, size := range []int{0, 1, 4, 8, 20, 64, 200, 1000, 5000, len(program) / 2} {
			if facts, err := binary.ReadFor(port, bytes.NewReader(program[:size])); err == nil {
				t.Errorf("%s: %d bytes of it are %+v", name, size, facts)
			}
		}
		bare := bytes.ReplaceAll(program, []byte("\xff Go buildinf:"), []byte("\xff No buildinf:"))
		bare = bytes.ReplaceAll(bare, []byte("path\texample.com/tiny"), []byte("pith\texample.com/tiny")) // WebAssembly has that alone
		facts, err := binary.ReadFor(port, bytes.NewReader(bare))
		if !errors.Is(err, binary.ErrNoBuildInfo) || facts == nil || facts.Arch != port.Arch {
			t.Errorf("%s without build information: %+v, %v", name, facts, err)
		}
		broken := errors.New("broken")
		if _, err := binary.ReadFor(port, failingAt{bytes.NewReader(program), broken}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"#!/bin/sh\n", "MZ", "\x00asm\x02\x00\x00\x00", "\x00asm\x01\x00\x00\x00\x0b\xff\xff\xff\xff\x0f", "\xcf\xfa\xed\xfe"} {
		for _, port := range target.Ports() {
			if facts, err := binary.ReadFor(port, strings.NewReader(text)); err == nil {
				t.Errorf("%q is a program for %v: %+v", text, port, facts)
			}
		}
	}
}

// failingAt reads the beginning, and then no more.
type failingAt struct {
	*bytes.Reader
	err error
}

func (f failingAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= 4096 {
		return 0, f.err
	}
	return f.Reader.ReadAt(p, off)
}
