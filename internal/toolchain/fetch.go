package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
)

// Versions returns the Go versions that are published for a platform, oldest first. A proxy can hide a version from it, but not forge what
// [Fetch] accepts.
func Versions(ctx context.Context, f *modfetch.Fetcher, os, arch string) ([]string, error) {
	err := onProxy(f.Settings)
	var list []byte
	if err == nil {
		list, err = f.List(ctx, ModulePath)
	}
	if err != nil {
		return nil, fmt.Errorf("listing versions of %s: %w", ModulePath, err)
	}
	return goVersions(string(list), os, arch), nil
}

// Options say what a toolchain has to be.
type Options struct {
	// Pins are h1: sums of which it has to have one, if there are any.
	Pins []string
	// AllSystems keeps what is for other systems than Linux.
	AllSystems bool
}

// Fetch downloads one toolchain, verifies it and unpacks it as a GOROOT at destDir, which must be missing or empty. It returns the h1: sum
// of the zip. What no build reads is left out; see [Keeps]. Modes are 0644, and 0755 for directories and programs; every modification
// time is [ModTime]. If Fetch fails, destDir is as it was.
func Fetch(ctx context.Context, f *modfetch.Fetcher, version, goos, goarch string, o Options, destDir string) (m module.Version, sum string, err error) {
	if m, err = ModuleVersion(version, goos, goarch); err != nil {
		return module.Version{}, "", err
	}
	if sum, err = fetch(ctx, f, m, o, destDir); err == nil {
		return m, sum, nil
	}
	if _, ok := errors.AsType[*modfetch.SumError](err); !ok { // it names the module
		err = fmt.Errorf("fetching %s: %w%s", m, err, missingHelp(err, version, goos, goarch))
	}
	return module.Version{}, "", err
}

// missingHelp explains an answer that says that there is no such toolchain: all that a proxy says itself is a number.
func missingHelp(err error, version, goos, goarch string) string {
	e, ok := errors.AsType[*modfetch.HTTPError](err)
	if !ok || !errors.Is(e, fs.ErrNotExist) {
		return ""
	}
	return fmt.Sprintf("; there is no %s for %s/%s, or the proxy does not have it: check the key go of the configuration, and the go and toolchain lines of go.mod",
		canonical(version), goos, goarch)
}

func fetch(ctx context.Context, f *modfetch.Fetcher, m module.Version, o Options, destDir string) (sum string, err error) {
	verifier, err := verifierFor(f, o.Pins)
	if err != nil {
		return "", err
	}
	st, err := newStage(destDir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, st.discard()) }()
	zip := filepath.Join(st.work, "module.zip")
	err = f.Zip(ctx, m, verifier, zip, func(source string) (string, error) {
		if err := st.reset(); err != nil {
			return "", err
		}
		if sum, err = unpack(ctx, zip, m, o.AllSystems, st.root); err != nil {
			return "", fmt.Errorf("unpacking %s: %w", source, err)
		}
		return sum, nil
	})
	if err != nil {
		return "", err
	}
	return sum, st.commit()
}

// verifierFor is what a toolchain is verified by: the checksum database, and the pins as well. Where who runs the build has turned the
// database off, the pins stand alone.
func verifierFor(f *modfetch.Fetcher, pins []string) (modfetch.Verifier, error) {
	if err := errors.Join(f.Settings.Validate(), onProxy(f.Settings)); err != nil {
		return nil, err
	}
	db, err := goenv.ParseSumDB(f.Settings.SumDB)
	switch {
	case err != nil:
		return nil, err
	case db.Off && len(pins) == 0:
		return nil, errors.New("GOSUMDB=off leaves a Go toolchain unverified, as no go.sum lists it: " + sumHelp)
	case db.Off:
		return pinned{pins, nil}, nil
	case len(pins) > 0:
		return pinned{pins, f.SumDB(db)}, nil
	}
	return f.SumDB(db), nil
}

// pinned are the hashes of the configuration, of which one has to be that of the database, if there is one.
type pinned struct {
	sums     []string
	database modfetch.Verifier
}

// String says where the hashes are from.
func (pinned) String() string { return "go.sum of the configuration" }

// Sums implements [modfetch.Verifier].
func (p pinned) Sums(ctx context.Context, m module.Version, ext string) ([]string, error) {
	if p.database == nil {
		return p.sums, nil
	}
	known, err := p.database.Sums(ctx, m, ext)
	if err != nil {
		return nil, err
	}
	for _, sum := range known {
		if slices.Contains(p.sums, sum) {
			return []string{sum}, nil
		}
	}
	return nil, fmt.Errorf("%s has %s, and %s has %s", p.database, strings.Join(known, " or "), p, strings.Join(p.sums, " or "))
}

// onProxy is an error if a toolchain may not come from a proxy.
func onProxy(s goenv.Settings) error {
	if s.SkipsProxy(ModulePath) {
		return fmt.Errorf("GONOPROXY or GOPRIVATE matches %s, which only a module proxy serves", ModulePath)
	}
	return nil
}
