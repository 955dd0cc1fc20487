package step

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/certs"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/stepnet"
	gotoolchain "github.com/modship-build/modship/internal/toolchain"
)

// resolve asks the module proxy which Go toolchains there are; the frontend chooses.
func resolve(ctx context.Context, req request.Versions) error {
	f, err := fetcher()
	if err != nil {
		return err
	}
	versions, err := gotoolchain.Versions(ctx, f, req.Build.OS, req.Build.Arch)
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
	m, sum, err := gotoolchain.Fetch(ctx, f, req.Version, req.Build.OS, req.Build.Arch, gotoolchain.Options{Pins: req.Pins, AllSystems: req.AllSystems}, request.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s %s\n", m, sum)
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.GoFile), request.FetchedGo{Sum: sum})
}

// fetcher downloads modules as the step's environment and secrets say.
func fetcher() (*modfetch.Fetcher, error) {
	conf, err := tlsConfig()
	if err != nil {
		return nil, err
	}
	auth, err := netrcAuth(request.SecretNetrc)
	if err != nil {
		return nil, err
	}
	settings := settings()
	f := &modfetch.Fetcher{
		Settings: settings,
		Client:   modfetch.Client{HTTP: &http.Client{Transport: stepnet.Transport(conf, auth)}, Auth: auth, Insecure: settings.Insecure},
	}
	if exists(request.Zips) {
		f.Kept = request.Zips
	}
	return f, nil
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
