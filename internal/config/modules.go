package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/modship-build/modship/internal/goenv"
)

// moduleProxy checks a list of module proxies; https://go.dev/ref/mod#environment-variables, GOPROXY.
func moduleProxy(s string) (string, error) {
	for element := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '|' }) {
		if element != "direct" && element != "off" {
			if err := moduleServer("proxy", element); err != nil {
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
func moduleServer(what, s string) error {
	if err := serverURL(what, s); err != nil {
		return err
	}
	if strings.ContainsAny(s, "?#") {
		return &problem{"the " + what + " URL has a query or fragment", "keep the file free of secrets: pass them in the netrc secret"}
	}
	return nil
}

// serverURL checks a URL that build steps fetch from. What it says never repeats user name, password or query.
func serverURL(what, s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return &problem{"the " + what + " is not a URL", "write https://host/path"}
	case u.User != nil || strings.Contains(s, "@"):
		return &problem{"the " + what + " URL holds a user name or password", "keep the file free of secrets: pass them in the netrc secret"}
	case u.Scheme == "http" && !goenv.IsLoopback(u.Hostname()):
		return &problem{fmt.Sprintf("the %s %s is not encrypted", what, goenv.Redact(s)), "use https; http is for loopback addresses"}
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return &problem{fmt.Sprintf("the %s %q is not an https URL", what, goenv.Redact(s)), "write https://host/path, direct or off"}
	}
	return nil
}

var sumDBName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*(\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)?$`)

// sumDB checks a checksum database, a name, a name with its key, and a URL after either; GOSUMDB of
// https://go.dev/ref/mod#environment-variables. Without one no downloaded toolchain could be trusted.
func sumDB(s string) (string, error) {
	if s == "off" {
		return "", &problem{"the checksum database cannot be off", "name what it does not know in modules.private or modules.nosumdb"}
	}
	fields := strings.Fields(s)
	if len(fields) == 0 || len(fields) > 2 || !sumDBName.MatchString(fields[0]) {
		return "", &problem{"modules.sumdb is not a checksum database", "write a name such as sum.golang.org, or name+hash+key, and a URL after it if it is served elsewhere"}
	}
	if len(fields) == 2 {
		if err := moduleServer("checksum database", fields[1]); err != nil {
			return "", err
		}
	}
	return strings.Join(fields, " "), nil
}

// modulePattern checks one glob pattern of module path prefixes, as GOPRIVATE holds.
func modulePattern(s string) (string, error) {
	switch _, err := path.Match(s, ""); {
	case strings.ContainsAny(s, ", \t\n"):
		return "", &problem{fmt.Sprintf("%q holds several patterns", s), "write one per element"}
	case s == "" || err != nil || strings.Contains(s, "://"):
		return "", &problem{fmt.Sprintf("%q is not a pattern of module paths", s), "write a prefix such as corp.example/*"}
	case strings.Trim(strings.SplitN(s, "/", 2)[0], "*?.") == "":
		return "", &problem{fmt.Sprintf("pattern %q matches every host", s), "then nothing would be verified; name the hosts"}
	}
	return s, nil
}
