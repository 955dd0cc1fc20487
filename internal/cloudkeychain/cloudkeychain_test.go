package cloudkeychain

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// The secrets of the tests, none of which may reach a host that it is not for.
const (
	amazonSecret    = "amazon-canary"
	microsoftSecret = "microsoft-canary"
	entraToken      = "entra-canary"
	password        = "password-canary"
	tenant          = "11111111-2222-3333-4444-555555555555"
)

// clouds stands in for every host that there is.
type clouds struct {
	mu   sync.Mutex
	seen map[string][]string // what was sent to each host: paths, and the secrets in them
	// redirect is where the exchange of tokens sends whoever asks.
	redirect string
}

// keychain asks the clouds, whatever the name of a host.
func (c *clouds) keychain(t *testing.T) *keychain {
	t.Helper()
	server := httptest.NewTLSServer(c)
	t.Cleanup(server.Close)
	c.seen = map[string][]string{}
	dir := t.TempDir()
	for key, value := range map[string]string{
		"HOME": dir, "PATH": dir, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": amazonSecret, "AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "",
		"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": microsoftSecret,
	} {
		t.Setenv(key, value)
	}
	return &keychain{func(transport *http.Transport) {
		transport.Proxy, transport.TLSClientConfig = nil, &tls.Config{InsecureSkipVerify: true}
		transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
	}}
}

func (c *clouds) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	sent := fmt.Sprintf("%s %s %s", r.URL, r.Header, body)
	what := r.URL.Path
	for _, secret := range []string{amazonSecret, microsoftSecret, entraToken, password} {
		if strings.Contains(sent, secret) {
			what += " " + secret
		}
	}
	c.mu.Lock()
	c.seen[r.Host] = append(c.seen[r.Host], what)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	login := "https://login.microsoftonline.com/" + tenant
	switch {
	case strings.HasSuffix(r.URL.Path, "/discovery/instance"):
		fmt.Fprintf(w, `{"tenant_discovery_endpoint": %q, "metadata": [{"preferred_network": "login.microsoftonline.com", "preferred_cache": "login.windows.net",
			"aliases": ["login.microsoftonline.com"]}]}`, login+"/v2.0/.well-known/openid-configuration")
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		fmt.Fprintf(w, `{"authorization_endpoint": %q, "token_endpoint": %q, "issuer": %q}`, login+"/oauth2/v2.0/authorize", login+"/oauth2/v2.0/token", login+"/v2.0")
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		fmt.Fprintf(w, `{"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": %q}`, entraToken)
	case r.URL.Path == "/oauth2/exchange" && c.redirect != "":
		http.Redirect(w, r, c.redirect, http.StatusTemporaryRedirect)
	case r.URL.Path == "/oauth2/exchange":
		fmt.Fprintf(w, `{"refresh_token": %q}`, password)
	case strings.HasPrefix(r.Host, "api.ecr"):
		fmt.Fprintf(w, `{"authorizationData": [{"authorizationToken": %q}]}`, base64.StdEncoding.EncodeToString([]byte("AWS:"+password)))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (c *clouds) hosts() []string {
	var hosts []string
	for host := range c.seen {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

func resolve(t *testing.T, k *keychain, ref string) (authn.AuthConfig, error) {
	t.Helper()
	repository, err := name.NewRepository(ref)
	if err != nil {
		t.Fatal(err)
	}
	auth, err := k.Resolve(repository)
	if err != nil {
		return authn.AuthConfig{}, err
	}
	config, err := auth.Authorization()
	if err != nil {
		t.Fatal(err)
	}
	return *config, nil
}

// TestAmazon gets a password from the region of the registry. The key signs the request and is not sent.
func TestAmazon(t *testing.T) {
	for registry, asked := range map[string]string{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com":          "api.ecr.eu-west-1.amazonaws.com",
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn":      "api.ecr.cn-north-1.amazonaws.com.cn",
		"123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com": "api.ecr-fips.us-gov-east-1.amazonaws.com",
		"123456789012.dkr-ecr.us-east-1.on.aws":                 "api.ecr.us-east-1.amazonaws.com",
	} {
		c := &clouds{}
		got, err := resolve(t, c.keychain(t), registry+"/app")
		if err != nil || got.Username != "AWS" || got.Password != password {
			t.Errorf("%s: %+v, %v", registry, got, err)
		}
		if diff := cmp.Diff(map[string][]string{asked: {"/"}}, c.seen); diff != "" {
			t.Errorf("%s (-want +got):\n%s", registry, diff)
		}
	}
}

// TestMicrosoft: the secret goes to the server of logins, its token to the registry.
func TestMicrosoft(t *testing.T) {
	c := &clouds{}
	got, err := resolve(t, c.keychain(t), "example.azurecr.io/app")
	if err != nil || got.Username != anyUser || got.Password != password {
		t.Errorf("%+v, %v", got, err)
	}
	for host, all := range c.seen {
		for _, what := range all {
			path, secret, _ := strings.Cut(what, " ")
			if secret != map[string]string{"/oauth2/exchange": entraToken, "/" + tenant + "/oauth2/v2.0/token": microsoftSecret}[path] || path == "/oauth2/exchange" != (host == "example.azurecr.io") {
				t.Errorf("%s: %s", host, what)
			}
		}
	}
	if hosts := c.hosts(); !slices.Contains(hosts, "example.azurecr.io") || slices.ContainsFunc(hosts, func(h string) bool { return h != "example.azurecr.io" && !strings.HasPrefix(h, "login.microsoft") }) {
		t.Errorf("asked were %q", hosts)
	}
}

// TestOtherHosts: what only looks as if it was of a cloud gets nothing, and nobody is asked.
func TestOtherHosts(t *testing.T) {
	c := &clouds{}
	k := c.keychain(t)
	for _, ref := range []string{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example/app",
		"evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com",
		"evil-123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
		"123456789012.dkr.ecr.eu-west-1.evil.amazonaws.com/app",
		"123456789012.dkr.ecr.evil.example/amazonaws.com",
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com:444/app",
		"123456789012xdkr.ecr.eu-west-1.amazonaws.com/app",
		"evil.example/x.azurecr.io",
		"example.azurecr.io.evil.example/app",
		"example.azurecr.io:444/app",
		"evil.example.azurecr.io/app",
		"exampleazurecr.io/app",
		"azurecr.io/app",
		"localhost:5000/example.azurecr.io",
		"ghcr.io/me/app",
	} {
		if got, err := resolve(t, k, ref); err != nil || got != (authn.AuthConfig{}) {
			t.Errorf("%s: %+v, %v", ref, got, err)
		}
	}
	if len(c.seen) > 0 {
		t.Errorf("asked were %q", c.hosts())
	}
}

// TestNoRedirect: nobody sends a token on.
func TestNoRedirect(t *testing.T) {
	c := &clouds{redirect: "https://evil.example/oauth2/exchange"}
	_, err := resolve(t, c.keychain(t), "example.azurecr.io/app")
	if err == nil || slices.Contains(c.hosts(), "evil.example") || strings.Contains(err.Error(), entraToken) {
		t.Errorf("%v, asked were %q", err, c.hosts())
	}
}

// TestNoCredentials says which cloud has none.
func TestNoCredentials(t *testing.T) {
	c := &clouds{}
	k := c.keychain(t)
	for _, key := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"} {
		t.Setenv(key, "")
	}
	for ref, want := range map[string]string{"123456789012.dkr.ecr.eu-west-1.amazonaws.com/app": "Amazon ECR", "example.azurecr.io/app": "Azure Container Registry"} {
		if _, err := resolve(t, k, ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}
