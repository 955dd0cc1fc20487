package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/modship-build/modship/internal/goenv"
)

// insecureHost checks a host, or a host with a port, that is asked by plain http.
func insecureHost(s string) (string, error) {
	const help = "write a name or an address, and its port if it is for that alone: mirror.corp.example:8080"
	u, err := url.Parse("http://" + s)
	if err != nil || u.Host != s || u.Hostname() == "" || strings.ContainsAny(s, "*?, \t\n") {
		return "", &problem{fmt.Sprintf("%q is not a host", goenv.Redact(s)), help}
	}
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && strings.Contains(u.Hostname(), ":") {
		return "", &problem{fmt.Sprintf("%q is not a host", s), help}
	}
	if u.Port() == "" {
		return u.Hostname(), nil
	}
	return s, nil
}

// moduleProxy checks a list of module proxies; https://go.dev/ref/mod#environment-variables, GOPROXY. insecure are the hosts for which
// plain http is right.
func moduleProxy(s string, insecure []string) (string, error) {
	for element := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '|' }) {
		if element != "direct" && element != "off" {
			if err := moduleServer("proxy", element, insecure); err != nil {
				return "", err
			}
		}
	}
	if strings.Trim(s, ",|") == "" || strings.ContainsAny(s, " \t\n") {
		return "", &problem{"modules.proxy is not a list of proxies", "separate https URLs, direct and off by , or | without spaces"}
	}
	return s, nil
}

// moduleServer checks the URL of a proxy or a checksum database, to which paths are appended; [goenv.Settings.Validate] refuses
// the same, but does not know the place in the file.
func moduleServer(what, s string, insecure []string) error {
	if err := serverURL(what, s, goenv.HTTPHelp, insecure...); err != nil {
		return err
	}
	if strings.ContainsAny(s, "?#") {
		return &problem{"the " + what + " URL has a query or fragment", "keep the file free of secrets: pass them in the netrc secret"}
	}
	return nil
}

// serverURL checks a URL that build steps fetch from; httpHelp says what to do about one by plain http, which insecure hosts have. What it
// says never repeats user name, password or query.
func serverURL(what, s, httpHelp string, insecure ...string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return &problem{"the " + what + " is not a URL", "write https://host/path"}
	case u.User != nil || strings.Contains(s, "@"):
		return &problem{"the " + what + " URL holds a user name or password", "keep the file free of secrets: pass them in the netrc secret"}
	case u.Scheme == "http" && !goenv.IsLoopback(u.Hostname()) && !goenv.Names(insecure, u):
		return &problem{fmt.Sprintf("the %s %s is not encrypted", what, goenv.Redact(s)), httpHelp}
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return &problem{fmt.Sprintf("the %s %q is not an https URL", what, goenv.Redact(s)), "write https://host/path, direct or off"}
	}
	return nil
}

// sumDB checks where Go's checksum database is reached, its name and a URL after it; GOSUMDB of
// https://go.dev/ref/mod#environment-variables. It vouches for the toolchain, a program that runs. So a repository may say where it
// is served, and never that another database, or none, is to be believed: that is for who runs the build to say.
func sumDB(s string, insecure []string) (string, error) {
	if s == "off" {
		return "", &problem{"the checksum database cannot be off", "leave the key out"}
	}
	fields := strings.Fields(s)
	db, err := goenv.ParseSumDB(s)
	switch {
	case len(fields) > 2 || err != nil && len(fields) > 0 && !strings.Contains(fields[0], "+"):
		return "", &problem{"modules.sumdb is not Go's checksum database", "write sum.golang.org, and a URL after it if it is served elsewhere"}
	case err != nil && len(fields) == 0:
		return "", &problem{"modules.sumdb is empty", "write sum.golang.org, and a URL after it if it is served elsewhere"}
	case err != nil || !db.IsGo():
		return "", &problem{"modules.sumdb names another checksum database than Go's, which would vouch for the Go that builds the program",
			"who runs the build names one, with --build-arg GOSUMDB; here write sum.golang.org, and a URL after it if it is served elsewhere"}
	}
	if len(fields) == 2 {
		if err := moduleServer("checksum database", fields[1], insecure); err != nil {
			return "", err
		}
	}
	return strings.Join(fields, " "), nil
}

// namesHost tells whether something of the host is written out in a pattern, beside wildcards and classes of letters.
func namesHost(pattern string) bool {
	host, _, _ := strings.Cut(pattern, "/")
	for host != "" {
		switch c := host[0]; {
		case c == '[':
			host = afterClass(host)
			continue
		case c == '\\' && len(host) > 1: // the next letter stands for itself
			host = host[1:]
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= utf8.RuneSelf:
			return true
		}
		host = host[1:]
	}
	return false
}

// afterClass cuts a class such as [^a-z\]] off the beginning.
func afterClass(s string) string {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ']':
			return s[i+1:]
		}
	}
	return ""
}

// modulePattern checks one glob pattern of module path prefixes, as GOPRIVATE holds.
func modulePattern(s string) (string, error) {
	switch _, err := path.Match(s, ""); {
	case strings.ContainsAny(s, ", \t\n"):
		return "", &problem{fmt.Sprintf("%q holds several patterns", s), "write one per element"}
	case s == "" || err != nil || strings.Contains(s, "://"):
		return "", &problem{fmt.Sprintf("%q is not a pattern of module paths", s), "write a prefix such as corp.example/*"}
	case !namesHost(s):
		return "", &problem{fmt.Sprintf("pattern %q matches every host", s), "then every module would be looked for in version control; name the hosts"}
	}
	return s, nil
}
