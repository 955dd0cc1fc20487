package credentials_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/credentials"
)

// TestJudge: forms of keys are known wherever they stand, and names with a value. No key here is one: they are of one letter.
func TestJudge(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, test := range []struct {
		name, value, want string
	}{
		{"A", "ghp_" + x(36), "GitHub"}, {"A", "github_pat_" + x(40), "GitHub"}, {"A", "glpat-" + x(20), "GitLab"},
		{"A", "AKIA" + strings.Repeat("X", 16), "AWS"}, {"A", "AIza" + x(35), "Google"}, {"A", "xoxb-" + x(12), "Slack"},
		{"A", "sk_live_" + x(20), "Stripe"}, {"A", "npm_" + x(36), "npm"}, {"A", "eyJ" + x(9) + ".eyJ" + x(9) + "." + x(9), "JSON web token"},
		{"A", "-----BEGIN RSA PRIVATE KEY-----\n", "private key"}, {"A", "-----BEGIN PRIVATE KEY-----\n", "private key"},
		{"A", "postgres://app:x@db/app", "password"}, {"A", "--dsn=https://u:p@host", "password"},
		{"API_TOKEN", "x", "named"}, {"apiToken", "x", "named"}, {"main.dbPassword", "x", "named"}, {"AWS_SECRET_ACCESS_KEY", "x", "named"},
		{"SECRET", "x", "named"}, {"private-key", "x", "named"},

		{"API_TOKEN", "", ""}, {"TOKEN_FILE", "/run/secrets/t", ""}, {"PASSWORD", "/run/secrets/p", ""}, {"TOKEN", "true", ""}, {"TOKEN", "100", ""},
		{"SORT_KEY", "name", ""}, {"KEY", "name", ""}, {"TOKENIZER", "bpe", ""}, {"PUBLIC_KEY", "x", ""}, {"SECRET_NAME", "db", ""},
		{"A", "https://host/path", ""}, {"A", "https://host:8080/p@x", ""}, {"A", "postgres://app@db/app", ""}, {"A", "user:pass@host", ""}, {"A", "libcrypto3=3.1", ""},
		{"A", "ghp_short", ""}, {"A", "-----BEGIN CERTIFICATE-----", ""}, {"A", "-----BEGIN PUBLIC KEY-----", ""}, {"", "x", ""}, {"_", "x", ""},
	} {
		got := credentials.Judge(test.name, test.value)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s=%s: %q, want %q", test.name, test.value, got, test.want)
		}
		if len(test.value) > 10 && strings.Contains(got, test.value) {
			t.Errorf("it repeats the value: %q", got)
		}
	}
}
