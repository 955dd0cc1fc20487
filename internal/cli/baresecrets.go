package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/session/secrets"
	"github.com/moby/buildkit/util/gitutil"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

// bareSecrets are the secrets for git that name no host. BuildKit asks for them for every repository that it fetches, wherever that is, so the
// client decides whose they are.
var bareSecrets = []string{request.IDGitToken, request.IDGitHeader}

// bare are those that the user hands over.
func (o SecretOptions) bare() []string {
	return slices.DeleteFunc(slices.Clone(bareSecrets), func(id string) bool { return !hasSecret(o.Secrets, id) })
}

// checkBare refuses secrets that name no host where BuildKit fetches repositories and none of them is the source.
func (o SecretOptions) checkBare(contexts ContextOptions, mistakes *diag.List) {
	if o.repository == "" && len(contexts.repositories()) > 0 {
		o.refuseBare("it would be for every repository of --build-context", mistakes)
	}
}

// refuseBare lists the secrets that name no host as mistakes.
func (o SecretOptions) refuseBare(why string, mistakes *diag.List) {
	for _, id := range o.bare() {
		flagMistake(mistakes, "secret", "%s names no host, and %s", id, why).Help = fmt.Sprintf("write id=%s.HOST", id)
	}
}

// gitHost is the host of a repository with its port if the address has one, as BuildKit asks for it.
func gitHost(address string) string {
	u, err := gitutil.ParseURL(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// isRepository tells whether BuildKit fetches an address with git.
func isRepository(address string) bool {
	_, isGit, err := dfgitutil.ParseGitRef(address)
	return isGit && err == nil
}

// bareFor gives secrets that name no host as those of one host, and to nobody who does not name it.
type bareFor struct {
	secrets.SecretStore
	host string
}

// GetSecret gives what the store has for the host before what it has for none.
func (s bareFor) GetSecret(ctx context.Context, id string) ([]byte, error) {
	if slices.Contains(bareSecrets, id) {
		return nil, secrets.ErrNotFound
	}
	value, err := s.SecretStore.GetSecret(ctx, id)
	if !errors.Is(err, secrets.ErrNotFound) {
		return value, err
	}
	for _, name := range bareSecrets {
		if id == name+"."+s.host {
			return s.SecretStore.GetSecret(ctx, name)
		}
	}
	return nil, err
}
