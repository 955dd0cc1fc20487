// Package credentials tells what looks as if it was to be kept secret: by the name of a setting, or by the form of a value.
//
// Forms are those that issuers document, so that a value of one is a key and nothing else. Names are less sure: one is taken for that of a
// secret only if it ends in a word such as password, and its value is more than a number or a switch. What ends in file, path or url is
// where the secret is.
package credentials

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var forms = []struct {
	kind string
	form *regexp.Regexp
}{
	{"a token of GitHub", regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40})`)},
	{"a token of GitLab", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20}`)},
	{"an access key of AWS", regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"an API key of Google", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"a token of Slack", regexp.MustCompile(`\bxox[abeoprs]-[A-Za-z0-9-]{10}`)},
	{"a secret key of Stripe", regexp.MustCompile(`\b[rs]k_live_[A-Za-z0-9]{16}`)},
	{"a token of npm", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}`)},
	{"a JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}`)},
	{"a private key", regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----`)},
	{"a URL with a password", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/:@$]+@`)},
}

// Kind says what a value is by its form, or "".
func Kind(value string) string {
	for _, f := range forms {
		if f.form.MatchString(value) {
			return f.kind
		}
	}
	return ""
}

var (
	secretWords = []string{"password", "passwd", "passphrase", "secret", "secrets", "token", "apikey", "credential", "credentials"}
	// keyWords make a key one that is secret: there are keys to sort and to look up by.
	keyWords = []string{"api", "access", "private", "secret", "signing", "encryption", "master"}
)

// Named tells whether a setting is named as a secret, and its value can be one.
func Named(name, value string) bool {
	if value == "" || plain(value) {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(snake(name)), func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	if last == "key" && len(words) > 1 {
		return slices.Contains(keyWords, words[len(words)-2])
	}
	return slices.Contains(secretWords, last)
}

// plain tells whether a value is a number, a switch, or a path.
func plain(value string) bool {
	_, number := strconv.ParseFloat(value, 64)
	_, boolean := strconv.ParseBool(value)
	return number == nil || boolean == nil || strings.HasPrefix(value, "/") || slices.Contains([]string{"on", "off", "yes", "no", "none"}, strings.ToLower(value))
}

// snake puts a mark before each capital behind a small letter: apiToken is api_Token.
func snake(name string) string {
	var b strings.Builder
	small := false
	for _, r := range name {
		capital := r >= 'A' && r <= 'Z'
		if capital && small {
			b.WriteByte('_')
		}
		small = r >= 'a' && r <= 'z'
		b.WriteRune(r)
	}
	return b.String()
}

// Judge says what is wrong with a setting, or "". The value is not repeated.
func Judge(name, value string) string {
	if kind := Kind(value); kind != "" {
		return "its value has the form of " + kind
	}
	if Named(name, value) {
		return "it is named as a secret and has a value"
	}
	return ""
}
