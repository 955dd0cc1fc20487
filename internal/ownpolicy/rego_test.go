package ownpolicy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/ownpolicy"
	"github.com/modship-build/modship/internal/policy"
)

func parseRego(t *testing.T, text string) *ownpolicy.File {
	t.Helper()
	f, err := ownpolicy.Parse("p.rego", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRego judges an image by rules over all that the view has.
func TestRego(t *testing.T) {
	img := image(t)
	for body, want := range map[string]string{
		`deny contains "x" if { input.image.reference == "app"; input.image.platform == "linux/amd64"; count(input.image.platforms) == 1 }`:                 "own error image: x",
		`deny contains "x" if { input.index.annotations.a == "b"; count(input.manifest.layers) == 1; input.config.config.User == "7:7" }`:                   "own error image: x",
		`warn contains "x" if { input.labels.team == "x"; input.user.uid == 7; input.start.program == "/app"; input.start.problems == [] }`:                 "own warn image: x",
		`info_go contains input.main.go.module if { input.main.go.settings.GOOS == "linux" }`:                                                               "go info image: github.com/example/app",
		`import rego.v1` + "\n" + `deny_a_b contains {"msg": sprintf("%s of %s", [p.path, p.arch]), "place": "x", "help": "h"} if some p in input.programs`: "a-b error x: /app of amd64",
		`deny contains "x" if input.labels.team == "y"`:                                                       "",
		`deny contains "x" if not input.labels.none`:                                                          "own error image: x",
		`deny contains "b" if true` + "\n" + `deny contains "a" if true` + "\n" + `warn contains "c" if true`: "own error image: a\nown error image: b\nown warn image: c",
		`deny contains "x" if to_number(input.labels.team) == 1`:                                              `own error image: the policy cannot judge it: p.rego:3:22: to_number: `,
		`deny contains "x" if json.unmarshal("1e100000000") > 1`:                                              "own error image: the policy cannot judge it: the interpreter of Rego failed: illegal value",
		`deny contains 1 if true`:                                                                             "own error image: the policy cannot judge it: p.rego:3:1: what is found is a text, or an object with msg",
		`warn contains {"msg": "x", "level": "error"} if true`:                                                "own warn image: the policy cannot judge it: p.rego:3:1: an object that is found has msg, place and help, which are texts, not level",
	} {
		f := parseRego(t, "package own\n\n"+body+"\n")
		var got []string
		for _, f := range f.Rules().Check(img, policy.Settings{}) {
			got = append(got, fmt.Sprintf("%s %s %s: %s", f.Rule, f.Level, f.Place, f.Message))
		}
		if all := strings.Join(got, "\n"); all != want && (!strings.HasSuffix(want, ": ") || !strings.HasPrefix(all, want)) {
			t.Errorf("%s:\n%s\nwant\n%s", body, all, want)
		}
	}
}

// TestRegoMistakes are all told with the line and the column.
func TestRegoMistakes(t *testing.T) {
	for body, want := range map[string]string{
		"deny contains \"x\" if {\n\tinput.labls.team == \"x\"\n}":               "p.rego:4:2: undefined ref: input.labls.team",
		"deny contains \"x\" if input.user.uuid == 0":                            "p.rego:3:22: undefined ref: input.user.uuid",
		"deny contains \"x\" if http.send({\"url\": \"http://localhost\"})":      "p.rego:3:22: there is no http.send: a policy sees the image, and neither a network, a clock, the environment nor chance",
		"deny contains \"x\" if opa.runtime().env.HOME":                          "p.rego:3:22: there is no opa.runtime:",
		"deny contains \"x\" if time.now_ns() > 0":                               "p.rego:3:22: there is no time.now_ns:",
		"deny contains \"x\" if net.lookup_ip_addr(\"localhost\")":               "p.rego:3:22: there is no net.lookup_ip_addr:",
		"deny contains \"x\" if rand.intn(\"x\", 2) == 1":                        "p.rego:3:22: there is no rand.intn:",
		"deny contains \"x\" if uuid.rfc4122(\"x\") == \"\"":                     "there is no uuid.rfc4122:",
		"deny contains \"x\" if json.match_schema({}, {})[0]":                    "there is no json.match_schema:",
		"deny contains \"x\" if io.jwt.decode_verify(\"\", {})[0]":               "there is no io.jwt.decode_verify:",
		"deny contains \"x\" if bits.lsh(1, 1000000000000) > 0":                  "there is no bits.lsh:",
		"deny contains \"x\" if time.clock([0, \"Europe/Berlin\"])[0] > 0":       "there is no time.clock:",
		"deny contains \"x\" if time.parse_ns(\"MST\", \"PST\") > 0":             "p.rego:3:22: there is no time.parse_ns", // names of zones are the machine's
		"deny contains \"x\" if count([1]) == 1 with count as http.send":         "p.rego:3:",
		"deny contains \"x\" if nothing.send(1)":                                 "p.rego:3:22: undefined function nothing.send",
		"deny contains \"x\" if data.other.good":                                 "p.rego:3:22: there is no data.other.good: a policy sees the image and its own package",
		"import data.lib\ndeny contains \"x\" if lib.bad":                        "there is no data.lib.bad",
		"deny contains \"x\" if {":                                               "p.rego:4:1: unexpected eof",
		"deny[\"x\"] { true }":                                                   "p.rego:3:1: `if` keyword is required before rule body",
		"deny := true":                                                           "p.rego:3:1: a rule that complains is a set, as deny contains … if { … } is",
		"deny_it(x) if x":                                                        "a rule that complains is a set",
		"allow := true":                                                          "p.rego:1:1: the package has no rule deny, warn or info",
		"deny_user contains \"x\" if true":                                       `p.rego:3:1: there is a rule "user" already`,
		"deny_Big contains \"x\" if true":                                        `p.rego:3:1: "Big": an id is of small letters, digits and dashes`,
		"deny contains \"x\" if { a := 1 }":                                      "p.rego:3:24: assigned var a unused",
		"deny contains x if { x := deny_a }\ndeny_a contains x if { x := deny }": "p.rego:3:1: rule data.own.deny is recursive",
	} {
		if _, err := ownpolicy.Parse("p.rego", []byte("package own\n\n"+body+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", body, err, want)
		}
	}
	for _, text := range []string{"", "x := 1\n", strings.Repeat("#", 2<<20)} {
		if _, err := ownpolicy.Parse("p.rego", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "p.rego:") {
			t.Errorf("%.10q: %v", text, err)
		}
	}
}

// TestRegoTests runs tests of Rego over the view of an image that says nothing.
func TestRegoTests(t *testing.T) {
	f := parseRego(t, `package own

deny contains "no team" if not input.labels.team

test_good if count(deny) == 0 with input.labels as {"team": "x"}
test_empty if { count(deny) == 1; input.index == null; input.start.args == [] }
test_wrong if count(deny) == 0
test_fails if to_number("x") == 1
`)
	var failed []string
	for _, err := range f.Run() {
		failed = append(failed, err.Error())
	}
	want := []string{`p.rego:7:1: test "test_wrong": it is not true`, `p.rego:8:1: test "test_fails": p.rego:8:15: to_number`}
	if f.Tests() != 4 || len(failed) != 2 || failed[0] != want[0] || !strings.HasPrefix(failed[1], want[1]) {
		t.Errorf("%d tests, %q", f.Tests(), failed)
	}
}

// TestRegoAnnotations takes what a rule says of itself.
func TestRegoAnnotations(t *testing.T) {
	text, err := os.ReadFile("../../examples/oci-lint-policies.rego")
	if err != nil {
		t.Fatal(err)
	}
	f := parseRego(t, string(text))
	var got []string
	for _, rule := range f.Rules() {
		got = append(got, fmt.Sprintf("%s %s|%s|%s|%s|%s", rule.ID, rule.Level, rule.What, rule.Why, rule.URL, rule.Spec))
	}
	want := []string{
		"contact error|The image names whom to call.|Whoever is woken at night has to know whom to wake next.|https://wiki.example.com/images#contact|p.rego:8:1",
		"old-modules warn|The policy old-modules complains of nothing.|||p.rego:12:1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if failed := f.Run(); len(failed) > 0 || f.Tests() != 2 {
		t.Errorf("%d tests, %v", f.Tests(), failed)
	}
}

func FuzzRego(f *testing.F) {
	f.Add("package a\n\ndeny contains \"x\" if input.labels.x == \"1\"\n\ntest_a if count(deny) == 1 with input.labels as {\"x\": \"1\"}\n")
	f.Add("package a.b_c\n\nimport rego.v1\n\n# METADATA\n# title: x\nwarn_x contains {\"msg\": y} if some y in input.start.args\n")
	f.Add("package a\n\ninfo contains $\"{x}\" if some x in numbers.range(1, 100)\n\ntest_a if { walk(input, [x, y]); y == count(info); x == [] }\n")
	f.Add("package a\n\ndeny contains sprintf(\"%1000000d\", [json.unmarshal(\"1e1000000000\")]) if true\n\ntest_a if count(deny) == 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := ownpolicy.Parse("x.rego", []byte(text))
		if err == nil {
			file.Run()
		}
	})
}
