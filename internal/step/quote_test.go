package step

import "testing"

// TestQuoteFlags is for the shape alone; TestBuild hands such flags to cmd/go and asks the program what it got.
func TestQuoteFlags(t *testing.T) {
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{nil, ``},
		{[]string{"-s", "-w"}, `-s -w`},
		{[]string{"-X=main.a=b"}, `-X main.a=b`},
		{[]string{"-X", "main.a=b c"}, `-X 'main.a=b c'`},
		// cmd/go refuses flags that start with a quote.
		{[]string{"-X=main.a=b c"}, `-X 'main.a=b c'`},
		{[]string{"-X=main.a=it's"}, `-X "main.a=it's"`},
		{[]string{`-X=main.a="x" y`}, `-X 'main.a="x" y'`},
		{[]string{"-X=main.a=\t"}, "-X 'main.a=\t'"},
		{[]string{"-X", ""}, `-X ''`},
	} {
		if got := quoteFlags(test.flags); got != test.want {
			t.Errorf("%q: got %s, want %s", test.flags, got, test.want)
		}
	}
}
