package modvcs

import (
	"net"
	"strings"

	"github.com/modship-build/modship/internal/netrc"
)

// The names of secrets by which BuildKit's clients give credentials for git; ".HOST" after one of them says for which host it is.
const (
	HeaderSecret = "GIT_AUTH_HEADER" // the value of Authorization
	TokenSecret  = "GIT_AUTH_TOKEN"  // a password of which the user is x-access-token
	// ClientSecret is what the client finds out by itself, a value of Authorization: nobody has given it for this build.
	ClientSecret = "GIT_CLIENT_HEADER"
)

// Secrets are credentials as they are handed over.
type Secrets struct {
	// Named are secrets by their names, such as "GIT_AUTH_TOKEN.git.example".
	Named map[string]string
	// DefaultHost is the one host that gets secrets which name none; "" is no host.
	DefaultHost string
	// Netrc looks a host up, without its port. It may be nil.
	Netrc func(host string) (user, password string, ok bool)
}

// Credential gives what there is for a host, whose name stands in small letters in that of a secret, in the order of BuildKit; then comes netrc, and last what the client has found.
func (s Secrets) Credential(host string) (Credential, bool) {
	host = strings.ToLower(host)
	names := []string{HeaderSecret + "." + host, TokenSecret + "." + host}
	if host == s.DefaultHost {
		names = append(names, HeaderSecret, TokenSecret)
	}
	for _, name := range names {
		value := strings.TrimSpace(s.Named[name])
		if value == "" {
			continue
		}
		if strings.HasPrefix(name, TokenSecret) {
			value = netrc.Basic("x-access-token", value)
		}
		return Credential{Header: value, From: "the secret " + name}, true
	}
	if s.Netrc != nil {
		name := host
		if h, _, err := net.SplitHostPort(host); err == nil {
			name = h
		}
		if user, password, ok := s.Netrc(name); ok {
			return Credential{Header: netrc.Basic(user, password), From: "the secret netrc"}, true
		}
	}
	if header := strings.TrimSpace(s.Named[ClientSecret+"."+host]); header != "" {
		return Credential{Header: header, From: "the credential helpers of git, or GOAUTH, on the client"}, true
	}
	return Credential{}, false
}
