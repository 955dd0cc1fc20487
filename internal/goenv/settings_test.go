package goenv

import (
	"crypto/rand"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/modship-build/modship/internal/testing/testbed"
)

func TestEnvIsWhatTheGoCommandReads(t *testing.T) {
	s := Settings{
		Proxy:   "https://a.example,direct",
		SumDB:   "sum.golang.org https://sum.example",
		NoSumDB: []string{"x.example/*", "y.example"},
		NoProxy: []string{"none"},
		Private: []string{"corp.example"},
	}
	env := s.Env()
	want := []string{"GONOPROXY=none", "GONOSUMDB=x.example/*,y.example", "GOPRIVATE=corp.example",
		"GOPROXY=https://a.example,direct", "GOSUMDB=sum.golang.org https://sum.example"}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Fatalf("Env (-want +got):\n%s", diff)
	}
	cmd := exec.Command("go", "env", "GONOPROXY", "GONOSUMDB", "GOPRIVATE", "GOPROXY", "GOSUMDB")
	cmd.Env = append(append(os.Environ(), "GOENV=off"), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if _, value, _ := strings.Cut(want[i], "="); value != line {
			t.Errorf("go env reads %q for %q", line, want[i])
		}
	}
}

func TestSkips(t *testing.T) {
	for _, tt := range []struct {
		name  string
		s     Settings
		path  string
		proxy bool
	}{
		{"nothing set", Settings{}, "corp.example/x", false},
		{"private", Settings{Private: []string{"corp.example"}}, "corp.example/x", true},
		{"a pattern matches whole elements", Settings{Private: []string{"corp.exam"}}, "corp.example/x", false},
		{"no-proxy replaces private", Settings{Private: []string{"corp.example"}, NoProxy: []string{"none"}}, "corp.example/x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.s.SkipsProxy(tt.path); got != tt.proxy {
				t.Errorf("SkipsProxy = %v", got)
			}
		})
	}
}

func TestOrDoesNotShareLists(t *testing.T) {
	d := Settings{Proxy: "https://d.example", SumDB: "off", Private: []string{"d.example"}}
	got := Settings{SumDB: DefaultSumDB}.Or(d)
	if diff := cmp.Diff(Settings{Proxy: "https://d.example", SumDB: DefaultSumDB, Private: []string{"d.example"}}, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	got.Private[0] = "changed"
	if d.Private[0] != "d.example" {
		t.Error("Or shares a list with its argument")
	}
}

func TestValidate(t *testing.T) {
	_, key, err := note.GenerateKey(rand.Reader, "sum.corp.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		s    Settings
		want string
	}{
		{"empty", Settings{}, ""},
		{"usual", Settings{Proxy: "https://a.example/go|b.example,direct", SumDB: "sum.golang.org", Private: []string{"corp.example/*"}}, ""},
		{"off", Settings{Proxy: "off", SumDB: "off"}, ""},
		{"china", Settings{SumDB: "sum.golang.google.cn"}, ""},
		{"own key", Settings{SumDB: key}, ""},
		{"own key and url", Settings{SumDB: key + " https://sum.corp.example/db"}, ""},
		{"known name and url", Settings{SumDB: "sum.golang.org http://localhost:1"}, ""},
		{"http to loopback", Settings{Proxy: "http://127.0.0.1:1,http://[::1]:1,http://localhost"}, ""},
		{"http elsewhere", Settings{Proxy: "http://a.example"},
			"GOPROXY: http://a.example is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names"},
		{"http to a name that only looks local", Settings{Proxy: "http://localhost.a.example"},
			"GOPROXY: http://localhost.a.example is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names"},
		{"http to hosts that may", Settings{Proxy: "http://a.example:8080|http://B.example/go", SumDB: "sum.golang.org http://10.0.0.1/db", Insecure: []string{"a.example:8080", "b.example", "10.0.0.1"}}, ""},
		{"http to another port, and to a name below", Settings{Proxy: "http://a.example|http://x.b.example", Insecure: []string{"a.example:8080", "b.example"}},
			"GOPROXY: http://a.example is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names\n" +
				"GOPROXY: http://x.b.example is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names"},
		{"userinfo", Settings{Proxy: "https://ci:canary@a.example"},
			"GOPROXY: the URL of a.example carries a user name or password; put credentials in the netrc secret"},
		{"token in the query", Settings{Proxy: "https://a.example/?t=canary"},
			"GOPROXY: the URL of a.example has a query or fragment; put credentials in the netrc secret"},
		{"password that breaks the URL", Settings{Proxy: "https://ci:can/ary@a.example:443"}, "a GOPROXY entry is not a URL: https://…"},
		{"no host", Settings{Proxy: "https:///x"}, `GOPROXY: "https:///x" names no host`},
		{"directory", Settings{Proxy: "file:///cache"},
			`GOPROXY entry "file:///cache" names a directory, which a build step cannot see; serve it over https`},
		{"sumdb userinfo", Settings{SumDB: "sum.golang.org https://u:canary@s.example"},
			"GOSUMDB: the URL of s.example carries a user name or password; put credentials in the netrc secret"},
		{"sumdb typing mistake", Settings{SumDB: "sum.golang.og"},
			`GOSUMDB names an unknown checksum database: sum.golang.og; did you mean "sum.golang.org"?`},
		{"sumdb without key", Settings{SumDB: "db.corp.example"}, "GOSUMDB names an unknown checksum database: db.corp.example; " +
			"only sum.golang.org goes by its name, any other database needs its key: name+hash+base64"},
		{"sumdb broken key", Settings{SumDB: "a+b+c"}, "GOSUMDB's key is malformed: malformed verifier id; a key is name+hash+base64"},
		{"sumdb three words", Settings{SumDB: "a b c"}, "GOSUMDB has more than a key and a URL"},
		{"sumdb url scheme", Settings{SumDB: "sum.golang.org s.example"}, `GOSUMDB: "s.example" names no host`},
		{"patterns", Settings{Private: []string{"", "a[", "a,b", "https://a.example"}, NoProxy: []string{"ok.example", "x y"}},
			"GONOPROXY pattern \"x y\" contains a comma or a space; write one pattern per list item\n" +
				"GOPRIVATE has an empty pattern\n" +
				"GOPRIVATE pattern \"a[\" is malformed; see https://pkg.go.dev/path#Match\n" +
				"GOPRIVATE pattern \"a,b\" contains a comma or a space; write one pattern per list item\n" +
				"GOPRIVATE pattern \"https://a.example\" is a URL; write a module path such as corp.example/*"},
		{"all at once", Settings{Proxy: "http://a.example", SumDB: "a b c"},
			"GOPROXY: http://a.example is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names\nGOSUMDB has more than a key and a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := text(tt.s.Validate())
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(got, "canary") {
				t.Error("the message repeats a credential")
			}
		})
	}
}

func TestParseSumDB(t *testing.T) {
	_, own, err := note.GenerateKey(rand.Reader, "sum.corp.example/db")
	if err != nil {
		t.Fatal(err)
	}
	_, query, err := note.GenerateKey(rand.Reader, "sum.corp.example?x")
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]SumDB{
		"off":                             {Off: true},
		"sum.golang.org":                  {Name: "sum.golang.org", Key: defaultSumDBKey},
		"sum.golang.google.cn":            {Name: "sum.golang.org", Key: defaultSumDBKey, URL: "https://sum.golang.google.cn"},
		own:                               {Name: "sum.corp.example/db", Key: own},
		own + " https://m.example/sumdb/": {Name: "sum.corp.example/db", Key: own, URL: "https://m.example/sumdb"},
	} {
		got, err := ParseSumDB(value)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", value, err, diff)
		}
	}
	for _, value := range []string{"", " ", "off https://x.example", query} {
		if got, err := ParseSumDB(value); err == nil {
			t.Errorf("%q: got %+v, want an error", value, got)
		}
	}
}

// TestDefaultKeyIsTheGoCommands compares the key with the source of the Go that runs the test.
func TestDefaultKeyIsTheGoCommands(t *testing.T) {
	name := goroot(t) + "/src/cmd/go/internal/modfetch/key.go"
	data, err := os.ReadFile(name)
	if err != nil {
		testbed.Missing(t, "the source of the go command: %v", err)
	}
	if !strings.Contains(string(data), `"`+defaultSumDBKey+`"`) {
		t.Errorf("%s does not have the key %s", name, defaultSumDBKey)
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x":           "https://a.example/x",
		"https://u:p@a.example/x?t=1#f": "https://a.example/x",
		"https://u:p/q@a.example:443":   "https://…",
		"u:p@a.example":                 "…",
		"mailto:p@a.example":            "…",
		"p@a.example":                   "…",
		"https://u:%zz@a.example":       "https://…",
		"plain":                         "plain",
		"https://a.example/@v/list":     "https://a.example/@v/list",
		"https://a.example/p?":          "https://a.example/p",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestOnlyHost: one host of all patterns, or none.
func TestOnlyHost(t *testing.T) {
	for patterns, want := range map[string]string{
		"": "", "corp.example": "corp.example", "corp.example/a corp.example/b*": "corp.example", "a.example b.example": "", "*.corp.example": "", "corp.example *": "", "none": "",
	} {
		if got := (Settings{Private: strings.Fields(patterns)}).OnlyHost(); got != want {
			t.Errorf("%q: %q, want %q", patterns, got, want)
		}
	}
	s := Settings{Private: []string{"a.example"}, NoProxy: []string{"b.example"}, Rewrite: map[string]string{"https://b.example/": "ssh://git@b.example/", "https://a/": "git@a:"}, TokenHost: "b.example"}
	if s.OnlyHost() != "b.example" {
		t.Errorf("of GONOPROXY: %q", s.OnlyHost())
	}
	env := map[string]string{}
	for _, kv := range s.Env() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	if got := FromEnv(env); !maps.Equal(got.Rewrite, s.Rewrite) || got.TokenHost != s.TokenHost {
		t.Errorf("a step reads %+v", got)
	}
}
