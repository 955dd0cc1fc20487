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
