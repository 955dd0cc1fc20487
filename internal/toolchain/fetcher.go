package toolchain

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
)

const maxList = 16 << 20 // bytes; the list of all Go toolchains of all platforms has 0.2 MB in 2026

// Fetcher fetches toolchains as its settings say. Only Settings is required.
type Fetcher struct {
	// Settings name the proxies and the checksum database.
	Settings goenv.Settings
	// Client, Auth and Sleep are those of [modfetch.Client].
	Client *http.Client
	Auth   func(host string) (user, password string, ok bool)
	Sleep  func(context.Context, time.Duration) error
	// CacheDir keeps downloaded zips, in the layout of a module proxy. They are verified again at every use, so it may be
	// a cache mount that others write to. Empty means none.
	CacheDir string
	// Sum is the toolchain's h1: sum, if the caller knows it. It is checked beside the checksum database, and stands in
	// for it where GOSUMDB is off.
	Sum string
	// MaxZip bounds a download in bytes; 0 means 500 MiB, the limit of every module zip.
	MaxZip int64
}

func (f *Fetcher) client() *modfetch.Client {
	return &modfetch.Client{HTTP: f.Client, Auth: f.Auth, Sleep: f.Sleep}
}

// Versions returns the Go versions that are published for a platform, oldest first, as the first proxy that has a list
// tells. The list itself is not signed: a proxy can hide a version from it, but not forge what [Fetcher.Fetch] accepts.
func (f *Fetcher) Versions(ctx context.Context, os, arch string) ([]string, error) {
	proxies, err := f.proxies()
	if err != nil {
		return nil, fmt.Errorf("listing versions of %s: %w", ModulePath, err)
	}
	var list []byte
	err = goenv.TryProxies(proxies, func(p goenv.Proxy) error {
		base, err := proxyBase(p)
		if err != nil {
			return err
		}
		list, err = f.client().GetBytes(ctx, base+"/"+ModulePath+"/@v/list", maxList)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing versions of %s: %w", ModulePath, err)
	}
	return goVersions(string(list), os, arch), nil
}

// proxies returns the checked list of proxies.
func (f *Fetcher) proxies() ([]goenv.Proxy, error) {
	if err := f.Settings.Validate(); err != nil {
		return nil, err
	}
	if f.Settings.SkipsProxy(ModulePath) {
		return nil, fmt.Errorf("GONOPROXY or GOPRIVATE matches %s, which only a module proxy serves", ModulePath)
	}
	return goenv.ParseProxies(f.Settings.Proxy)
}

// downloadZip writes the zip of m to file, as the first proxy that has it serves it, and returns where that was.
func (f *Fetcher) downloadZip(ctx context.Context, m module.Version, file modfetch.Body) (source string, err error) {
	proxies, err := f.proxies()
	if err != nil {
		return "", err
	}
	escaped, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", err
	}
	err = goenv.TryProxies(proxies, func(p goenv.Proxy) error {
		base, err := proxyBase(p)
		if err != nil {
			return err
		}
		source = base + "/" + m.Path + "/@v/" + escaped + ".zip"
		return f.client().Get(ctx, source, f.limit(), file)
	})
	return goenv.Redact(source), err
}

// limit bounds a zip, in bytes.
func (f *Fetcher) limit() int64 {
	if f.MaxZip == 0 {
		return modzip.MaxZipFile
	}
	return f.MaxZip
}

// errUnusable marks entries of GOPROXY that cannot serve a toolchain. They count as "not found", so that the answer of a
// real proxy before them stays the error that is shown.
type errUnusable string

func (e errUnusable) Error() string { return string(e) }

func (e errUnusable) Is(target error) bool { return target == fs.ErrNotExist }

// proxyBase returns the URL below which p serves modules.
func proxyBase(p goenv.Proxy) (string, error) {
	switch p.Kind {
	case goenv.KindURL:
		return strings.TrimSuffix(p.URL, "/"), nil
	case goenv.KindOff:
		return "", errUnusable("downloads are forbidden by GOPROXY=off")
	case goenv.KindDirect:
		return "", errUnusable(`GOPROXY's "direct" cannot serve a Go toolchain: a module proxy is needed`)
	}
	return "", errUnusable("a GOPROXY entry of kind " + string(p.Kind) + " cannot serve a Go toolchain: a module proxy is needed")
}
