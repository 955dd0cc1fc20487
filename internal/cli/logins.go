package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/moby/buildkit/session/secrets"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/request"
)

// logins are the user names and passwords that stand in addresses of build arguments. These are part of a build's record, so the logins
// are taken out and go to the steps that download as entries of the netrc secret. A nil pointer takes none out.
type logins struct{ all []login }

type login struct {
	host, user, password string
	// proxy says that it is of an HTTP proxy.
	proxy bool
}

// takeOut gives the value of an argument without the logins in its addresses. An error says why one cannot be an entry of netrc.
func (l *logins) takeOut(name, value string) (string, error) {
	if l == nil || !buildarg.HasUserinfo(value) {
		return value, nil
	}
	scheme, separators := "https", ""
	switch {
	case name == "GOPROXY":
		separators = ",|"
	case name == "GOSUMDB":
		separators = " "
	case slices.ContainsFunc([]string{buildarg.HTTPProxy, buildarg.HTTPSProxy, buildarg.AllProxy}, func(proxy string) bool { return buildarg.Same(proxy, name) }):
		scheme = "http"
	default:
		return value, nil // it has no addresses; what stands there is refused
	}
	var bare strings.Builder
	for value != "" {
		address, rest := value, ""
		if i := strings.IndexAny(value, separators); i >= 0 {
			address, rest = value[:i], value[i:i+1]
			value = value[i+1:]
		} else {
			value = ""
		}
		without, err := l.takeFrom(address, scheme, separators == "")
		if err != nil {
			return "", err
		}
		bare.WriteString(without + rest)
	}
	return bare.String(), nil
}

var (
	errNoLogin    = errors.New("the user name and the password in the address cannot be told apart: write signs such as / and @ in them as %2F and %40")
	errNoPassword = errors.New("the address has a user name and no password, and netrc has both or neither")
	errNoUser     = errors.New("the address has a password and no user name, and netrc has both or neither")
	errSpace      = errors.New("the user name or the password in the address has white space in it, which netrc cannot say")
	errTwoNames   = errors.New("netrc has one user name and password for each host, and two are given for the same")
	errPlain      = errors.New("a password in an http address would be read by everybody on the way")
)

// takeOutHelp says what to do about an address whose login stays in it.
func takeOutHelp(name string, err error) string {
	if errors.Is(err, errPlain) {
		return "use https"
	}
	return buildarg.UserinfoHelp(name)
}

// takeFrom takes the login out of one address; plain says that it is that of an HTTP proxy, which may have no TLS.
func (l *logins) takeFrom(address, scheme string, plain bool) (string, error) {
	if !buildarg.HasUserinfo(address) {
		return address, nil
	}
	prefix, rest, ok := strings.Cut(address, "://")
	if ok {
		scheme, prefix = prefix, prefix+"://"
	} else {
		prefix, rest = "", address
	}
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || u.User == nil || u.Hostname() == "" {
		return "", errNoLogin
	}
	password, _ := u.User.Password()
	found := login{u.Hostname(), u.User.Username(), password, plain}
	switch {
	case found.password == "":
		return "", errNoPassword
	case found.user == "":
		return "", errNoUser
	case strings.ContainsFunc(found.host+found.user+found.password, unicode.IsSpace):
		return "", errSpace
	}
	if u.Scheme != "https" && !plain && !goenv.IsLoopback(u.Hostname()) {
		return "", errPlain
	}
	if slices.ContainsFunc(l.all, func(other login) bool {
		return other.host == found.host && (other.user != found.user || other.password != found.password)
	}) {
		return "", errTwoNames
	}
	if !slices.Contains(l.all, found) {
		l.all = append(l.all, found)
	}
	end := strings.IndexAny(rest+"/", "/?#")
	return prefix + rest[strings.LastIndex(rest[:end], "@")+1:], nil
}

// putBack gives an address of a proxy with its login, for what is no part of the record.
func (l *logins) putBack(address string) string {
	prefix, rest, ok := strings.Cut(address, "://")
	if !ok {
		prefix, rest = "http", address
	}
	u, err := url.Parse(prefix + "://" + rest)
	if err != nil || u.User != nil {
		return address
	}
	for _, login := range l.list() {
		if login.proxy && login.host == u.Hostname() {
			u.User = url.UserPassword(login.user, login.password)
			return u.String()
		}
	}
	return address
}

func (l *logins) list() []login {
	if l == nil {
		return nil
	}
	return l.all
}

// over gives the store with the logins before what its netrc has: of two entries for a host the first counts.
func (l *logins) over(store secrets.SecretStore) secrets.SecretStore {
	var lines strings.Builder
	for _, login := range l.list() {
		fmt.Fprintf(&lines, "machine %s login %s password %s\n", login.host, login.user, login.password)
	}
	return netrcFirst{store, lines.String()}
}

// netrcFirst is a store of secrets with lines before those of netrc.
type netrcFirst struct {
	secrets.SecretStore
	lines string
}

// GetSecret gives the lines as netrc where the store has none.
func (s netrcFirst) GetSecret(ctx context.Context, id string) ([]byte, error) {
	text, err := s.SecretStore.GetSecret(ctx, id)
	if id != request.IDNetrc || s.lines == "" || err != nil && !errors.Is(err, secrets.ErrNotFound) {
		return text, err
	}
	return append([]byte(s.lines), text...), nil
}
