package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/github"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/google"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"

	"github.com/modship-build/modship/internal/cloudkeychain"
)

// registries has the passwords of registries that the daemon asks this process for: those of Docker's configuration with its credential
// helpers; else for ghcr.io that of GITHUB_TOKEN, and for registries of Google, Amazon and Microsoft what the programs of these clouds
// would use. Where finding one fails, the registry is asked without: its images may be public.
type registries struct {
	docker authprovider.AuthConfigProvider
	others authn.Keychain

	mu    sync.Mutex
	found map[string]password
	// faults say why there is no password for a registry, by its host.
	faults map[string]error
}

// password is one that was found at a time; those of clouds do not last.
type password struct {
	types.AuthConfig
	at time.Time
}

// newRegistries reads Docker's configuration, and says on w what is wrong with the file.
func newRegistries(w io.Writer) *registries {
	return &registries{
		docker: authprovider.LoadAuthConfig(config.LoadDefaultConfigFile(w)),
		others: authn.NewMultiKeychain(github.Keychain, google.Keychain, cloudkeychain.New()),
		found:  map[string]password{}, faults: map[string]error{},
	}
}

func (r *registries) attachable() session.Attachable {
	return authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{AuthConfigProvider: r.password})
}

// password gives that for a host, none where there is none. It is an [authprovider.AuthConfigProvider].
func (r *registries) password(ctx context.Context, host string, scopes []string, expired authprovider.ExpireCachedAuthCheck) (types.AuthConfig, error) {
	found, fault := r.docker(ctx, host, scopes, expired)
	if fault == nil && !isEmpty(found) {
		return found, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.found[host]; ok && (expired == nil || !expired(p.at, host)) {
		return p.AuthConfig, nil
	}
	other, err := r.resolve(host)
	if fault = cmp.Or(err, fault); fault != nil && isEmpty(other) {
		r.faults[host] = fault
	}
	r.found[host] = password{other, time.Now()}
	return other, nil
}

func isEmpty(c types.AuthConfig) bool {
	return c.Username == "" && c.Password == "" && c.IdentityToken == "" && c.RegistryToken == ""
}

func (r *registries) resolve(host string) (types.AuthConfig, error) {
	registry, err := name.NewRegistry(host)
	if err != nil {
		return types.AuthConfig{}, err
	}
	auth, err := r.others.Resolve(registry)
	if err != nil {
		return types.AuthConfig{}, err
	}
	c, err := auth.Authorization()
	if err != nil {
		return types.AuthConfig{}, err
	}
	return types.AuthConfig{Username: c.Username, Password: c.Password, IdentityToken: c.IdentityToken, RegistryToken: c.RegistryToken}, nil
}

// lacking lists in words which passwords could not be found, by host.
func (r *registries) lacking() map[string]string {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	said := map[string]string{}
	for host, fault := range r.faults {
		said[host] = fmt.Sprintf("there is no password for %s: %s", host, strings.TrimRight(strings.TrimSpace(fault.Error()), ","))
	}
	return said
}

// refusals are the words of registries, and of BuildKit about them, that want a password.
var refusals = []string{"401 Unauthorized", "403 Forbidden", "authorization failed", "failed to authorize", "no basic auth credentials", "authentication required", "denied"}

// explain adds to the error of a build why there is no password for the registry that wants one. Of every other registry it warns: what
// was wanted of it was public.
func (r *registries) explain(err error, warn func(sentence string)) error {
	lacking, text := r.lacking(), ""
	if err != nil {
		text = err.Error()
	}
	refused := slices.ContainsFunc(refusals, func(words string) bool { return strings.Contains(text, words) })
	for _, host := range slices.Sorted(maps.Keys(lacking)) {
		if refused && strings.Contains(text, host) {
			err = fmt.Errorf("%w\n%s", err, lacking[host])
		} else {
			warn(lacking[host])
		}
	}
	return err
}
