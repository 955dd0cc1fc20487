package ownpolicy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// TestBounds stops rules that take too long or too much, also within one function.
func TestBounds(t *testing.T) {
	var grow strings.Builder
	grow.WriteString("x0 := \"0123456789012345678901234567890123456789\"\n")
	for i := range 40 {
		fmt.Fprintf(&grow, "x%d := concat(\"\", [x%d, x%d])\n", i+1, i, i)
	}
	const late, large = "it takes longer than 200ms", "it needs more than 16 MiB of memory"
	for _, test := range []struct{ name, body, want string }{
		{"loops", `deny contains "x" if { some a in n; some b in n; some c in n; a + b + c < 0 }`, late},
		{"range", `deny contains "x" if count(numbers.range(1, 1000000000)) == 0`, large},
		{"text", grow.String() + `deny contains "x" if count(x40) == 0`, large},
	} {
		t.Run(test.name, func(t *testing.T) {
			module, err := ast.ParseModule("p.rego", "package own\n\nn := numbers.range(1, 3000)\n\n"+test.body+"\n")
			if err != nil {
				t.Fatal(err)
			}
			compiler := ast.NewCompiler().WithCapabilities(capabilities())
			if compiler.Compile(map[string]*ast.Module{"p.rego": module}); compiler.Failed() {
				t.Fatal(compiler.Errors)
			}
			q, err := newRegoQuery(compiler, ast.MustParseRef("data.own.deny"))
			if err != nil {
				t.Fatal(err)
			}
			if q.bounds = (bounds{time.Hour, 16 << 20}); test.want == late {
				q.bounds = bounds{200 * time.Millisecond, 1 << 40}
			}
			if _, err := q.eval(map[string]any{}); err == nil || err.Error() != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestExpressionBounds stops expressions whose values would be without measure, before a function multiplies them.
func TestExpressionBounds(t *testing.T) {
	const (
		steps = "actual cost limit exceeded"
		large = "memory limit exceeded"
		gone  = "there is no "
	)
	long := strings.Repeat("x", 1000)
	doubled := "[[0,0]]" + strings.Repeat(".map(a, a+a)", 24)
	nested := "[[0,0]]" + strings.Repeat(".map(a, [a,a])", 40)
	shared := "[{0: 0}]" + strings.Repeat(".map(a, {0: a, 1: a})", 40)
	text := `["` + long + `"]` + strings.Repeat(".map(a, a+a)", 24)
	for _, test := range []struct{ check, want string }{
		{doubled + ".all(a, a == a)", large},
		{doubled + ".flatten().size() == 0", large},
		{doubled + ".all(a, a.sort() == a)", large},
		{"dyn(" + doubled + ")", large},
		{nested + ".all(a, a == a)", large},
		{nested + ".flatten(50).size() == 0", large},
		{shared + ".all(a, a == a)", large},
		{text + ".all(a, a.size() == 0)", steps},
		{text + `.all(a, a.split("").size() == 0)`, steps},
		{`["` + long + `"]` + strings.Repeat(".map(a, a+a)", 13) + ".map(a, [" + strings.Repeat("a.lowerAscii(),", 200) + "a]).size() == 0", steps},
		{`["` + long + `"].map(s, lists.range(3000).map(x, string(x)).join(s)).size() == 0`, "join gives more than 1048576 bytes"},
		{`[lists.range(60000)].all(a, a.all(x, x in a))`, steps},
		{`lists.range(1000000000).size() == 0`, "exceeds maximum"},
		{`["x"].map(a, a.replace("", a)).size() == 0`, gone + "replace"},
		{`[1].distinct() == [1]`, gone + "distinct"},
		{`"%.1000000000f".format([1.0]) == ""`, "undeclared reference to 'format'"},
		{`sets.equivalent([1], [1])`, "undeclared reference"},
		{`[1].hasOnly([1])`, "undeclared reference"},
	} {
		start := time.Now()
		f, err := parseYAML("p.yaml", []byte("policies:\n- id: own\n  check: '"+test.check+"'\n  message: m\n"))
		if err == nil {
			view, _ := emptyView()
			found := f.policies[0].complain(view)
			err = fmt.Errorf("%v", found)
		}
		if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(test.want, gone) && !strings.Contains(test.want, "undeclared") && !strings.Contains(err.Error(), "cannot judge") {
			t.Errorf("%.80s: %.300s, want %q", test.check, err, test.want)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.80s: %s", test.check, took)
		}
	}
}

// TestExpressionLate stops an expression at the bound of time.
func TestExpressionLate(t *testing.T) {
	env, err := newEnv()
	if err != nil {
		t.Fatal(err)
	}
	e := &Expression{text: "[1,2,3,4,5,6,7,8].all(a, lists.range(1000).all(b, lists.range(1000).all(c, a + b + c > -1)))"}
	if err := e.compile(env, "p.yaml", true); err != nil {
		t.Fatal(err)
	}
	e.bounds.time = 10 * time.Millisecond
	if _, err := e.bool(map[string]any{}); err == nil || !strings.Contains(err.Error(), "it takes longer than 10ms") {
		t.Error(err)
	}
}

// TestLeftAlone gives an error at the bound also if the evaluation does not notice.
func TestLeftAlone(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	_, err := within(bounds{time.Millisecond, 1 << 40}, func() {}, func() (bool, error) {
		<-end
		return true, nil
	})
	if err == nil || err.Error() != "it takes longer than 1ms" {
		t.Error(err)
	}
}

// TestRegoMultiplies refuses calls that would make much of little.
func TestRegoMultiplies(t *testing.T) {
	var shared strings.Builder
	shared.WriteString("x0 := [1]\n")
	for i := range 40 {
		fmt.Fprintf(&shared, "x%d := [x%d, x%d]\n", i+1, i, i)
	}
	for body, want := range map[string]string{
		`deny contains "x" if count(sprintf("%999999d", [1])) > 0`:                                                                                     "sprintf has arguments or a result that are too large",
		`deny contains "x" if count(sprintf("%*d", [999999, 1])) > 0`:                                                                                  "sprintf has arguments or a result that are too large",
		`deny contains "x" if { a := concat("", [x | x := "x"; some i in numbers.range(1, 3)]); count(a) < 0 }`:                                        "[]",
		`deny contains "x" if { a := sprintf("%999d", [1]); b := concat(a, [format_int(i, 10) | some i in numbers.range(1, 300000)]); count(b) > 0 }`:  "concat has arguments or a result that are too large",
		`deny contains "x" if { x := to_number(concat("", ["9" | true])); x * x > 0 }`:                                                                 "error image x",
		`deny contains "x" if { a := sprintf("%999d", [1]); b := concat(a, [format_int(i, 10) | some i in numbers.range(1, 300)]); to_number(b) > 0 }`: "to_number has arguments or a result that are too large",
		shared.String() + `deny contains "x" if count(json.marshal(x40)) > 0`:                                                                          "json.marshal has arguments or a result that are too large",
		shared.String() + `deny contains "x" if count(sprintf("%v", [x40])) > 0`:                                                                       "sprintf has arguments or a result that are too large",
		shared.String() + `deny contains {"msg": x40} if true`:                                                                                         "has arguments or a result that are too large",
	} {
		f, err := parseRego("p.rego", []byte("package own\n\n"+body+"\n"))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		view, _ := emptyView()
		if got := fmt.Sprint(f.policies[0].complain(view)); !strings.Contains(got, want) {
			t.Errorf("%.100s: %.300s, want %q", body, got, want)
		}
	}
	for _, call := range []string{`glob.match("*", [], "a")`, `regex.template_match("a", "a", "{", "}")`, `json.patch({}, [])`, `replace("a", "", "a")`, `strings.replace_n({"": "a"}, "a")`, `regex.replace("a", "", "a")`} {
		_, err := parseRego("p.rego", []byte("package own\n\ndeny contains \"x\" if "+call+" == \"\"\n"))
		if err == nil || !strings.Contains(err.Error(), "there is no ") {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// TestRegoBurns refuses calls that would take long within one function, and none that policies need.
func TestRegoBurns(t *testing.T) {
	const text = `t := concat("aaaaaaaaa", [x | some i in numbers.range(1, %d); x := format_int(i * 0, 10)])`
	long, short := fmt.Sprintf(text, 40000), fmt.Sprintf(text, 100)
	for body, want := range map[string]string{
		long + `; regex.match("(a?0?){1000}b", t)`:                                                     "regex.match has",
		long + `; count(regex.find_n("(.*b|a|0)", t, -1)) < 0`:                                         "regex.find_n has",
		long + `; count(regex.find_all_string_submatch_n("(.*b|a|0)", t, -1)) < 0`:                     "regex.find_all_string_submatch_n has",
		long + `; count(regex.split(".*b|a", t)) < 0`:                                                  "regex.split has",
		`l := numbers.range(1, 40000); object.subset(l, l)`:                                            "object.subset has",
		`l := [format_int(i, 10) | some i in numbers.range(1, 40000)]; strings.any_prefix_match(l, l)`: "strings.any_prefix_match has",
		`l := [format_int(i, 10) | some i in numbers.range(1, 40000)]; strings.any_suffix_match(l, l)`: "strings.any_suffix_match has",
		long + `; not regex.match("b$", t)`:                                                            "[{error image x",
		short + `; count(regex.split("0", t)) == 101; count(regex.find_n("0", t, 5)) == 5`:             "[{error image x",
		`regex.match("^registry.example/[a-z0-9/-]{1,100}:v?[0-9]+$", "registry.example/app:v1")`:      "[{error image x",
		`object.subset(input, {"labels": {}}); strings.any_prefix_match("ab", ["a"])`:                  "[{error image x",
		`regex.match("(", "a")`: "error parsing regexp",
	} {
		f, err := parseRego("p.rego", []byte("package own\n\ndeny contains \"x\" if { "+body+" }\n"))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		view, _ := emptyView()
		if got := fmt.Sprint(f.policies[0].complain(view)); !strings.Contains(got, want) {
			t.Errorf("%s: %.300s, want %q", body, got, want)
		}
	}
}

// TestJoin joins texts as the library of CEL does.
func TestJoin(t *testing.T) {
	f, err := parseYAML("p.yaml", []byte(`{policies: [{id: own, check: '["a","b"].join("-") == "a-b" && ["a","b"].join() == "ab" && [].join("-") == ""', message: m}]}`))
	if err != nil {
		t.Fatal(err)
	}
	view, _ := emptyView()
	if found := f.policies[0].complain(view); len(found) > 0 {
		t.Error(found)
	}
}

// TestCapabilities: every function that is allowed is there, so that a name that is misspelt or gone is seen.
func TestCapabilities(t *testing.T) {
	able := capabilities()
	for _, name := range allowed {
		found := false
		for _, b := range able.Builtins {
			found = found || b.Name == name || strings.HasSuffix(name, ".") && strings.HasPrefix(b.Name, name)
		}
		if !found {
			t.Errorf("Rego has no %s", name)
		}
	}
	if able.AllowNet == nil || len(able.AllowNet) > 0 {
		t.Errorf("hosts are allowed: %v", able.AllowNet)
	}
}
