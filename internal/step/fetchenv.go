package step

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/certs"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/request"
)

// proxyVars are the variables by which BuildKit tells a step with a network of a proxy.
var proxyVars = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
}

// settings reads where modules come from.
func settings() goenv.Settings {
	env := map[string]string{}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return goenv.FromEnv(env)
}

// extraCA reads the ca secret and what the network asks to trust; without either it is empty. In step sysroot, whose root is that of
// a distribution, the second file holds what this distribution trusts as well.
func extraCA() ([]byte, error) {
	var all []byte
	for _, name := range []string{request.SecretCA, request.NetworkCA} {
		pem, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading certificates to trust: %w", err)
		}
		all = append(append(all, pem...), '\n')
	}
	return bytes.TrimSpace(all), nil
}

// fetchEnv gives the environment in which a program of a distribution reaches servers, and a function that removes the files which
// it made for that.
func fetchEnv() (env []string, cleanup func(), err error) {
	extra, err := extraCA()
	if err != nil {
		return nil, nil, err
	}
	_, pem, err := certs.RootCAs(extra)
	if err != nil {
		return nil, nil, fmt.Errorf("reading certificates to trust: %w", err)
	}
	bundle := filepath.Join(request.Temp, "ca.pem")
	if err := os.WriteFile(bundle, pem, 0o600); err != nil {
		return nil, nil, fmt.Errorf("writing the certificates: %w", err)
	}
	env = []string{"SSL_CERT_FILE=" + bundle}
	for _, name := range proxyVars {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env, func() { _ = os.Remove(bundle) }, nil
}
