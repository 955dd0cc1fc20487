package netrc

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	type list = []credentials
	both := list{{"a.example", "me", "pw"}, {"b.example", "you", "pw2"}}
	for name, test := range map[string]struct {
		data string
		want list
	}{
		"nothing":                      {"", nil},
		"one line":                     {"machine a.example login me password pw", both[:1]},
		"several lines":                {"machine a.example\n  login me\n\tpassword pw\n\nmachine b.example\r\nlogin you\r\npassword pw2\r\n", both},
		"the password first":           {"machine a.example password pw login me\nmachine b.example password pw2 login you\n", both},
		"two entries in a line":        {"machine a.example login me password pw machine b.example login you password pw2", both},
		"other keywords":               {"machine a.example login me account x password pw", both[:1]},
		"no machine":                   {"login me password pw", nil},
		"no password":                  {"machine a.example login me\nmachine b.example login you password pw2", both[1:]},
		"no login":                     {"machine a.example password pw\nmachine b.example login you password pw2", both[1:]},
		"a keyword ends the file":      {"machine a.example login me password pw\nmachine", both[:1]},
		"a password that is a comment": {"machine a.example login me password #pw", list{{"a.example", "me", "#pw"}}},
		"quotes":                       {`machine a.example login me password "pw`, list{{"a.example", "me", `"pw`}}},
		"letters of many bytes":        {"machine a.example login Jürgen password Åà\xc3\xa0…", list{{"a.example", "Jürgen", "Åà\xc3\xa0…"}}},
		"a password that is no UTF-8":  {"machine a.example login me password a\x85b\xa0c", list{{"a.example", "me", "a\x85b\xa0c"}}},
		"a password that is a keyword": {"machine a.example login machine password default", list{{"a.example", "machine", "default"}}},
		"a macro":                      {"machine a.example login me\nmacdef init\nmachine b.example login x password x\n\npassword pw", both[:1]},
		"a macro without an end":       {"macdef init\nmachine a.example login me password pw\n", nil},
		"default":                      {"machine a.example login me password pw\ndefault login anonymous password guest\n", both[:1]},
		"default in a line of its own": {"machine a.example login me password pw\ndefault\nlogin anonymous\npassword guest\nmachine b.example login you password pw2", both[:1]},
		"a URL":                        {"machine https://a.example/ login me password pw", both[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parse(test.data), cmp.AllowUnexported(credentials{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse: each entry has three words of the file, and an entry behind anything that leaves nothing open is found.
func FuzzParse(f *testing.F) {
	f.Add("machine a.example login me password pw\n", "a.example", "me", "pw")
	f.Add("macdef x\nmachine a\n\n# machine", "a", "#b", "\x85\xa0")
	f.Add("default", "machine", "machine", "default")
	f.Fuzz(func(t *testing.T, data, machine, login, password string) {
		words := strings.Fields(data)
		before := parse(data)
		if len(before) > len(words)/6 {
			t.Errorf("%d entries in %d words", len(before), len(words))
		}
		for _, c := range before {
			for _, word := range []string{c.machine, c.login, c.password} {
				if word == "" || strings.ContainsAny(word, " \t\r\n") || !strings.Contains(data, word) {
					t.Errorf("%q is not in the file", word)
				}
			}
		}
		for _, word := range []string{machine, login, password} {
			if f := strings.Fields(word); len(f) != 1 || f[0] != word || strings.Contains(word, "/") {
				return
			}
		}
		entry := credentials{machine, login, password}
		got := parse("machine " + machine + " login " + login + " password " + password + "\n\n" + data)
		if len(got) == 0 || got[0] != entry {
			t.Errorf("%+v is not found: %+v", entry, got)
		}
		if rest := got[1:]; len(rest) != len(before) {
			t.Errorf("before: %+v, after an entry: %+v", before, rest)
		}
	})
}

// TestBasic holds it against what net/http sends.
func TestBasic(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	for _, login := range [][2]string{{"me", "pw"}, {"", "a:b"}, {"mé", ""}} {
		r.SetBasicAuth(login[0], login[1])
		if got, want := Basic(login[0], login[1]), r.Header.Get("Authorization"); got != want {
			t.Errorf("%q is %q, want %q", login, got, want)
		}
	}
}
