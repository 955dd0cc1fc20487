package config_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
)

// known are facts with values that look like templates: what is put in is never expanded again.
var known = map[string]string{"version": "v1.2.3", "revision": "${created}", "created": "$$", "target.variant": ""}

func TestExpand(t *testing.T) {
	for _, test := range []struct {
		template config.Template
		want     string
		uses     []string
		known    bool
	}{
		{"", "", nil, true},
		{"text", "text", nil, true},
		{"$$", "$", nil, true},
		{"$$$$", "$$", nil, true},
		{"$${version}", "${version}", nil, true},
		{"$$${version}", "$v1.2.3", []string{"version"}, true},
		{"${version}-${revision}", "v1.2.3-${created}", []string{"revision", "version"}, true},
		{"${created}${created}", "$$$$", []string{"created"}, true},
		{"a${target.variant}b", "ab", []string{"target.variant"}, true},
		{"${target.os}/${version}", "/v1.2.3", []string{"target.os", "version"}, false},
	} {
		got, err := test.template.Expand(known)
		if err != nil || got != test.want {
			t.Errorf("%q expands to %q, %v; want %q", test.template, got, err, test.want)
		}
		if diff := cmp.Diff(test.uses, test.template.Uses()); diff != "" {
			t.Errorf("facts of %q (-want +got):\n%s", test.template, diff)
		}
		if got := test.template.Known(known); got != test.known {
			t.Errorf("facts of %q are known: %t", test.template, got)
		}
	}
	for _, bad := range []config.Template{"$", "$x", "${", "${version", "${VERSION}", "${}", "a$$$"} {
		if got, err := bad.Expand(known); err == nil {
			t.Errorf("%q expands to %q, and is no template", bad, got)
		}
	}
}

// TestEveryFact: each name of the list is one that a file may hold.
func TestEveryFact(t *testing.T) {
	for _, name := range config.Facts() {
		cfg := parsed(t, `image: {labels: {a: "<${`+name+`}>"}}`)
		got, err := cfg.Image.Labels["a"].Expand(map[string]string{name: "value"})
		if err != nil || got != "<value>" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestArgumentsAreText: the value of an argument is put in as it is, whatever it looks like.
func TestArgumentsAreText(t *testing.T) {
	file, err := config.Parse("app.yaml", []byte(`{args: {A: x}, image: {labels: {a: "${A}-${version}"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"", "$", "$$", "${version}", "$${version}", "${A}"} {
		cfg, err := file.Target("", map[string]string{"A": value})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := cfg.Image.Labels["a"].Expand(known); err != nil || got != value+"-v1.2.3" {
			t.Errorf("with %q: got %q, %v", value, got, err)
		}
	}
}

func TestRuntimeEnv(t *testing.T) {
	r := parsed(t, `runtime: {gogc: 0, gomemlimit: 1073741824, gomaxprocs: 3, godebug: {z: 1, a: "x"}, gotraceback: 2, otel: true}`).Runtime
	want := map[string]string{"GOGC": "0", "GOMEMLIMIT": "1073741824", "GOMAXPROCS": "3", "GODEBUG": "a=x,z=1", "GOTRACEBACK": "2"}
	if diff := cmp.Diff(want, r.Env()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if env := (config.Runtime{GODEBUG: map[string]string{}}).Env(); len(env) != 0 {
		t.Errorf("nothing is set by default, got %v", env)
	}
}

func TestLinkedVariables(t *testing.T) {
	got := config.LinkedVariables([]string{"-s", "-X=main.a=b=c", "-X", "x.example/p.V=-X", "-buildid=x.y=z", "-X=main.a="})
	if diff := cmp.Diff([]string{"main.a", "x.example/p.V"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStampJSON(t *testing.T) {
	for text, want := range map[string]config.Stamp{
		`"off"`:          {Off: true},
		`{}`:             {Vars: map[string]config.Template{}},
		`{"main.v":"$"}`: {Vars: map[string]config.Template{"main.v": "$"}},
	} {
		var got config.Stamp
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if again, err := json.Marshal(got); err != nil || string(again) != text {
			t.Errorf("%s becomes %s, %v", text, again, err)
		}
	}
	for _, text := range []string{`"on"`, `true`, `[]`, `{"main.v":1}`} {
		if err := json.Unmarshal([]byte(text), &config.Stamp{}); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// TestCheckLabel has what a file cannot hold, or only once facts are in.
func TestCheckLabel(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"a", "b", ""},
		{"a", strings.Repeat("x", 4095), ""},
		{"a", strings.Repeat("x", 4096), "4097 bytes"},
		{"a", "\xff", "not UTF-8"},
		{"\xff", "b", "not UTF-8"},
		{"a", "two\n\tlines of 👩‍💻", ""},
		{"a", "b\x1b[2J", "control character U+001B"},
		{"a", "b\r", "control character U+000D"},
		{"a", "b\u202e", "invisible character U+202E"},
		{"a", "b\u2028", "invisible character U+2028"},
		{"a\u2066", "b", "cannot be seen"},
		{"a\x00", "b", "cannot be seen"},
		{"a\u200bb", "b", `"a\u200bb" holds a character that cannot be seen`},
		{"a\u3164", "b", "cannot be seen"},
		{"##vso[a]", "b", "is a command to the CI services"},
		{"a", "می\u200cخواهم 葛\U000e0100 🏴\U000e0067\U000e007f ##vso[a]", ""}, // data
		{"containerd.io/a", "b", "reserved"},
		{"", "b", "empty"},
	} {
		err := config.CheckLabel(test.key, test.value)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %v, want %q", test.key, err, test.want)
		}
	}
}

// FuzzTemplate: a text survives becoming a template, whether by Literal or through a file, and a template means one thing:
// putting facts in part by part is putting them in at once.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "$", "$$", "${version}", "a$b${target.os}$$$${created}", "${}", "é\n"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		literal := config.Literal(a)
		if got, err := literal.Expand(known); err != nil || got != a || literal.Uses() != nil {
			t.Fatalf("%q becomes %q, and that %q, %v", a, literal, got, err)
		}
		x, errA := config.Template(a).Expand(known)
		y, errB := config.Template(b).Expand(known)
		both, err := config.Template(a + b).Expand(known)
		if errA == nil && errB == nil && (err != nil || both != x+y) {
			t.Fatalf("%q and %q together expand to %q, %v; want %q", a, b, both, err, x+y)
		}
		if errA != nil {
			return
		}
		facts := maps.Clone(known)
		facts["version"] = strings.Repeat("v", 10)
		if again, err := config.Template(a).Expand(facts); err != nil || strings.Count(a, "${version}") == 0 && again != x {
			t.Fatalf("%q depends on a fact that it does not hold: %q, %q, %v", a, x, again, err)
		}
	})
}

func parsed(t *testing.T, text string) *config.Config {
	t.Helper()
	file, err := config.Parse("app.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := file.Target("", nil)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
