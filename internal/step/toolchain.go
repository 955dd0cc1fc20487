package step

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/certs"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/stepnet"
	fetch "github.com/modship-build/modship/internal/toolchain"
)

// resolve asks the module proxy which Go toolchains there are; the frontend chooses.
func resolve(ctx context.Context, req request.Versions) error {
	f, err := fetcher()
	if err != nil {
		return err
	}
	versions, err := f.Versions(ctx, req.Build.OS, req.Build.Arch)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Out, request.VersionsFile), versions)
}

// toolchain downloads one Go and verifies it before anything of it is unpacked.
func toolchain(ctx context.Context, req request.Toolchain) error {
	f, err := fetcher()
	if err != nil {
		return err
	}
	result, err := f.Fetch(ctx, req.Version, req.Build.OS, req.Build.Arch, request.Out)
	if err != nil {
		return err
	}
	if err := renewCached(result); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s@%s %s\n", result.Module.Path, result.Module.Version, result.Sum)
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.GoFile), request.FetchedGo{Sum: result.Sum})
}

// renewCached keeps a zip that came from the cache from being trimmed.
func renewCached(r fetch.Result) error {
	if !r.Cached {
		return nil
	}
	if err := renew(r.Source); !errors.Is(err, fs.ErrNotExist) { // another build may have trimmed it since
		return err
	}
	return nil
}

// fetcher downloads toolchains as the step's environment and secrets say.
func fetcher() (*fetch.Fetcher, error) {
	client, err := proxyClient()
	if err != nil {
		return nil, err
	}
	f := &fetch.Fetcher{Settings: settings(), Client: client.HTTP, Auth: client.Auth}
	if exists(request.Zips) {
		f.CacheDir = request.Zips
	}
	return f, nil
}

// proxyClient trusts and authenticates as the step's secrets say.
func proxyClient() (*modfetch.Client, error) {
	conf, err := tlsConfig()
	if err != nil {
		return nil, err
	}
	auth, err := netrcAuth(request.SecretNetrc)
	if err != nil {
		return nil, err
	}
	return &modfetch.Client{HTTP: &http.Client{Transport: stepnet.Transport(conf)}, Auth: auth}, nil
}

// tlsConfig trusts as the step's secrets say.
func tlsConfig() (*tls.Config, error) {
	extra, err := extraCA()
	if err != nil {
		return nil, err
	}
	roots, _, err := certs.RootCAs(extra)
	if err != nil {
		return nil, fmt.Errorf("reading certificates to trust: %w", err)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}
