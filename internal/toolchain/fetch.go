package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/modfetch"
)

// Result says what Fetch wrote.
type Result struct {
	// Version is the Go version, such as go1.26.8.
	Version string `json:"version"`
	// Module is what was fetched for it, such as golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64.
	Module module.Version `json:"module"`
	// Sum is the verified h1: sum of the module zip, before pruning.
	Sum string `json:"sum"`
	// VerifiedBy is the name of the checksum database, or "the caller" for [Fetcher.Sum].
	VerifiedBy string `json:"verifiedBy"`
	// Source is the URL of the download without query, or the path of the cached zip.
	Source string `json:"source"`
	// Cached says that no zip was downloaded.
	Cached bool `json:"cached"`
}

// Fetch downloads one toolchain, verifies it and unpacks it as a GOROOT at destDir, which must be missing or empty. What
// no build reads is left out; see [Keeps]. Modes are 0644, and 0755 for directories and programs; every modification time
// is [ModTime]. If Fetch fails, destDir is as it was.
func (f *Fetcher) Fetch(ctx context.Context, version, goos, goarch, destDir string) (Result, error) {
	m, err := ModuleVersion(version, goos, goarch)
	if err != nil {
		return Result{}, err
	}
	r := Result{Version: canonical(version), Module: m}
	if err := f.fetch(ctx, &r, destDir); err != nil {
		if _, ok := errors.AsType[*SumError](err); ok {
			return Result{}, err // it names the module
		}
		return Result{}, fmt.Errorf("fetching %s: %w%s", m, err, missingHelp(err, version, goos, goarch))
	}
	return r, nil
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

func (f *Fetcher) fetch(ctx context.Context, r *Result, destDir string) (err error) {
	if _, err := f.proxies(); err != nil {
		return err
	}
	if r.Sum, r.VerifiedBy, err = f.expected(ctx, r.Module); err != nil {
		return err
	}
	st, err := newStage(destDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.discard()) }()
	if !f.unpackCached(ctx, r, st) {
		if err := f.unpackDownloaded(ctx, r, st); err != nil {
			return err
		}
	}
	return st.commit()
}

// unpackCached tries the zip in the cache. One that is missing, broken or not as published counts as missing.
func (f *Fetcher) unpackCached(ctx context.Context, r *Result, st *stage) bool {
	if f.CacheDir == "" {
		return false
	}
	zip := filepath.Join(st.work, "localfile.zip")
	if err := localfile.Folder(f.CacheDir).Get(cachedZip(r.Module), zip, f.limit()); err != nil {
		return false
	}
	defer os.Remove(zip)
	sum, err := unpack(ctx, zip, r.Module, st.root)
	if err != nil || sum != r.Sum {
		return false
	}
	r.Source, r.Cached = filepath.Join(f.CacheDir, filepath.FromSlash(cachedZip(r.Module))), true
	return true
}

func (f *Fetcher) unpackDownloaded(ctx context.Context, r *Result, st *stage) error {
	if err := st.reset(); err != nil {
		return err
	}
	file, err := os.CreateTemp(st.work, "download-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	r.Source, err = f.downloadZip(ctx, r.Module, modfetch.File{File: file})
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	sum, err := unpack(ctx, file.Name(), r.Module, st.root)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", r.Source, err)
	}
	if sum != r.Sum {
		return &SumError{Module: r.Module, Got: sum, Want: r.Sum, WantFrom: r.VerifiedBy, Source: r.Source}
	}
	if f.CacheDir != "" {
		return localfile.Folder(f.CacheDir).Put(file.Name(), cachedZip(r.Module))
	}
	return nil
}

// cachedZip returns where in the cache a zip is kept: the path that a module proxy serves it at.
func cachedZip(m module.Version) string { return m.Path + "/@v/" + m.Version + ".zip" }
