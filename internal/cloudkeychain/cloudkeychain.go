// Package cloudkeychain finds passwords for the private registries of Amazon (ECR) and Microsoft (ACR) where the programs of these clouds
// find their credentials: in the environment, in the files of their command lines, and in what a machine or a workload of the cloud is
// given.
//
// A registry is one of a cloud only if its whole name is: every other name is answered with no password, and no cloud is asked. The
// credentials of a cloud go to that cloud's servers of tokens, over TLS and along no redirect. What they give is a password for the
// registry that was asked for, and it is for the caller to send it nowhere else. Nothing is written to the disk.
package cloudkeychain

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// timeout is for all requests that a password takes. Machines of no cloud wait for the addresses that clouds give theirs.
const timeout = 20 * time.Second

// Names of registries, as Amazon and Microsoft document them. They have no port.
var (
	amazon    = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn)$`)
	microsoft = regexp.MustCompile(`^[a-z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$`)
)

// keychain asks over transports that change has changed.
type keychain struct{ change func(*http.Transport) }

// New gives the keychain.
func New() authn.Keychain { return &keychain{func(*http.Transport) {}} }

// client follows no redirect.
func (k *keychain) client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	k.change(transport)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Resolve gives the password for a registry, none for those that are of neither cloud.
func (k *keychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	host := r.RegistryStr()
	if m := amazon.FindStringSubmatch(host); m != nil {
		auth, err := k.amazon(ctx, endpoint{fips: m[1] != "", region: m[2]})
		return orError(auth, "Amazon ECR", err)
	}
	if microsoft.MatchString(host) {
		auth, err := k.microsoft(ctx, host)
		return orError(auth, "Azure Container Registry", err)
	}
	return authn.Anonymous, nil
}

func orError(auth *authn.Basic, cloud string, err error) (authn.Authenticator, error) {
	if err != nil {
		return nil, fmt.Errorf("asking %s for a password: %w", cloud, err)
	}
	return auth, nil
}
