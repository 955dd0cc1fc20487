package goenv

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/modship-build/modship/internal/diag"
)

const netrcHelp = "put credentials in the netrc secret"

// Validate returns every mistake in s, as [diag.Error] values without a position. An empty Proxy is not a mistake, because
// a vendored module needs none; [ParseProxies] reports it to those who do.
func (s Settings) Validate() error {
	var mistakes diag.List
	if s.Proxy != "" {
		s.validateProxy(&mistakes)
	}
	if s.SumDB != "" {
		s.validateSumDB(&mistakes)
	}
	validatePatterns(&mistakes, "GONOPROXY", s.NoProxy)
	validatePatterns(&mistakes, "GONOSUMDB", s.NoSumDB)
	validatePatterns(&mistakes, "GOPRIVATE", s.Private)
	return mistakes.Err()
}

func (s Settings) validateProxy(mistakes *diag.List) {
	proxies, err := ParseProxies(s.Proxy)
	if err != nil {
		*mistakes = append(*mistakes, diag.All(err)...)
	}
	for _, p := range proxies {
		switch p.Kind {
		case KindURL:
			s.validateURL(mistakes, "GOPROXY", p.URL)
		case KindFile:
			mistakes.Addf(diag.Range{}, "GOPROXY entry %q names a directory, which a build step cannot see", Redact(p.URL)).
				Help = "serve it over https"
		}
	}
}

func (s Settings) validateSumDB(mistakes *diag.List) {
	db, err := ParseSumDB(s.SumDB)
	if err != nil {
		found := diag.All(err)
		if len(found) == 0 {
			found = diag.List{{Msg: "GOSUMDB is not valid", Err: err}}
		}
		*mistakes = append(*mistakes, found...)
		return
	}
	if db.URL != "" {
		s.validateURL(mistakes, "GOSUMDB", db.URL)
	}
}

// HTTPHelp says what to do about a server that is named by plain http.
const HTTPHelp = "use https; http is for loopback addresses and for hosts that modules.insecure names"

// Names tells whether one of the hosts is that of u. One without a port means all ports.
func Names(hosts []string, u *url.URL) bool {
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return slices.ContainsFunc(hosts, func(host string) bool {
		return strings.EqualFold(host, u.Hostname()) || strings.EqualFold(host, net.JoinHostPort(u.Hostname(), port))
	})
}

// validateURL holds what one URL of the given setting must satisfy to be used from a build step.
func (s Settings) validateURL(mistakes *diag.List, setting, raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		mistakes.Addf(diag.Range{}, "%s: %q is not a URL", setting, Redact(raw)).Err = parseCause(err, raw)
		return
	}
	if u.User != nil {
		mistakes.Addf(diag.Range{}, "%s: the URL of %s carries a user name or password", setting, u.Host).Help = netrcHelp
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		mistakes.Addf(diag.Range{}, "%s: the URL of %s has a query or fragment", setting, u.Host).Help = netrcHelp
	}
	switch {
	case u.Host == "" || u.Hostname() == "":
		mistakes.Addf(diag.Range{}, "%s: %q names no host", setting, Redact(raw))
	case u.Scheme == "http" && !IsLoopback(u.Hostname()) && !Names(s.Insecure, u):
		mistakes.Addf(diag.Range{}, "%s: %s is plain http", setting, Redact(raw)).Help = HTTPHelp
	case u.Scheme != "https" && u.Scheme != "http":
		mistakes.Addf(diag.Range{}, "%s: %q must begin with https://", setting, Redact(raw))
	}
}

// validatePatterns checks module path patterns as [module.MatchPrefixPatterns] reads them: it silently ignores a malformed
// pattern, so a typing mistake would send a private module's path to the public.
func validatePatterns(mistakes *diag.List, setting string, patterns []string) {
	for _, p := range patterns {
		switch _, err := path.Match(p, ""); {
		case p == "":
			mistakes.Addf(diag.Range{}, "%s has an empty pattern", setting)
		case err != nil:
			mistakes.Addf(diag.Range{}, "%s pattern %q is malformed", setting, p).
				Help = "see https://pkg.go.dev/path#Match"
		case strings.ContainsFunc(p, func(r rune) bool { return r == ',' || unicode.IsSpace(r) || unicode.IsControl(r) }):
			mistakes.Addf(diag.Range{}, "%s pattern %q contains a comma or a space", setting, p).
				Help = "write one pattern per list item"
		case strings.Contains(p, "://"):
			mistakes.Addf(diag.Range{}, "%s pattern %q is a URL", setting, Redact(p)).
				Help = "write a module path such as corp.example/*"
		}
	}
}

// IsLoopback reports whether host, without port or brackets, is localhost or a loopback address.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// OwnMachine says of a server that a step does not find on its own machine whose machine that is, and what to do; of any other host it says "".
func OwnMachine(host string) string {
	if !IsLoopback(host) {
		return ""
	}
	return "in a build " + host + " is the build's own machine and not yours: run the server where the network reaches it; " +
		"of your machine, build steps reach only what GOPROXY or GOSUMDB names, with the BuildKit that modship build starts"
}

// Redact returns rawURL without user name, password, query and fragment, for messages. What cannot be parsed is cut down
// to its scheme, because nobody can tell where the password in it ends.
func Redact(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Opaque != "" {
		scheme, _, ok := strings.Cut(rawURL, "://")
		if !ok || strings.ContainsFunc(scheme, func(r rune) bool { return r < 'a' || r > 'z' }) {
			return "…"
		}
		return scheme + "://…"
	}
	if u.Host == "" && strings.Contains(u.Path, "@") {
		return "…"
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// parseCause returns the reason inside err, or nothing where that reason might quote a credential of rawURL.
func parseCause(err error, rawURL string) error {
	if strings.Contains(rawURL, "@") {
		return nil
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
