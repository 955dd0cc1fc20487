package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/modvcs"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/stepnet"
)

// moduleFetcher fetches modules from proxies and, where no proxy is to be asked, from where they are developed.
func moduleFetcher() (*modfetch.Fetcher, error) {
	f, err := fetcher()
	if err != nil {
		return nil, err
	}
	origin, err := origin(f)
	if err != nil {
		return nil, err
	}
	f.Origin = func(ctx context.Context, m module.Version, ext, to string) (modfetch.Origin, error) {
		found, err := origin.File(ctx, m, ext, to)
		return modfetch.Origin(found), err
	}
	return f, nil
}

// origin reaches repositories as the step's environment and secrets say.
func origin(f *modfetch.Fetcher) (*modvcs.Origin, error) {
	named, err := gitSecrets(request.Secrets)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(workDir(), "repositories-")
	if err != nil {
		return nil, fmt.Errorf("making room for repositories: %w", err)
	}
	secrets := modvcs.Secrets{Named: named, DefaultHost: f.Settings.TokenHost, Netrc: f.Client.Auth}
	o := &modvcs.Origin{Dir: dir, Access: modvcs.Access{Transport: f.Client.HTTP.Transport, Credential: secrets.Credential, Rewrites: f.Settings.Rewrite}}
	if exists(request.SSHAgent) {
		o.SSH = &modvcs.SSH{Agent: request.SSHAgent, Dial: stepnet.Dialer(f.Client.Auth)}
		if exists(request.SecretKnown) {
			o.SSH.KnownHosts = request.SecretKnown
		}
	}
	return o, nil
}

// refusedError says that hosts of repositories have let nobody in who was not known.
type refusedError struct {
	error
	hosts []string
}

func (e *refusedError) Unwrap() error { return e.error }

// refusedBy marks an error of hosts that the request does not name.
func refusedBy(err error, named []string) error {
	hosts := slices.DeleteFunc(modvcs.Refused(err), func(host string) bool { return slices.Contains(named, host) })
	if len(hosts) == 0 {
		return err
	}
	return &refusedError{err, hosts}
}

// workDir is on the disk, where a step has such a folder.
func workDir() string {
	if exists(request.Work) {
		return request.Work
	}
	return ""
}

// gitSecrets reads the credentials for git that were handed over, by their IDs.
func gitSecrets(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the secrets: %w", err)
	}
	named := map[string]string{}
	for _, e := range entries {
		if !slices.ContainsFunc([]string{request.IDGitHeader, request.IDGitToken, request.IDGitClient}, func(id string) bool { return strings.HasPrefix(e.Name(), id) }) {
			continue
		}
		value, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the secret %s: %w", e.Name(), err)
		}
		named[e.Name()] = string(value)
	}
	return named, nil
}
