package goenv_test

import (
	"testing"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: settings that were changed as a message says are right.
func TestAdvice(t *testing.T) {
	type s = goenv.Settings
	var followed []string
	for _, c := range []struct{ wrong, right s }{
		{s{Proxy: ",|"}, s{Proxy: "https://proxy.example"}},
		{s{Proxy: ",|"}, s{Proxy: "direct"}},
		{s{Proxy: "none"}, s{Proxy: "off"}},
		{s{Proxy: "dierct"}, s{Proxy: "direct"}},
		{s{Proxy: "https://u:p@proxy.example"}, s{Proxy: "https://proxy.example"}},
		{s{Proxy: "https://proxy.example?token=1"}, s{Proxy: "https://proxy.example"}},
		{s{Proxy: "http://proxy.example"}, s{Proxy: "https://proxy.example"}},
		{s{Proxy: "http://proxy.example"}, s{Proxy: "http://127.0.0.1:3000"}},
		{s{Proxy: "http://proxy.example"}, s{Proxy: "http://proxy.example", Insecure: []string{"proxy.example"}}},
		{s{Proxy: "file:///srv/proxy"}, s{Proxy: "https://proxy.example"}},
		{s{SumDB: " "}, s{SumDB: goenv.DefaultSumDB}},
		{s{SumDB: "sum.golang.og"}, s{SumDB: "sum.golang.org"}},
		{s{SumDB: "sum.corp.example"}, s{SumDB: "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"}},
		{s{Private: []string{"a.example,b.example"}}, s{Private: []string{"a.example", "b.example"}}},
		{s{NoProxy: []string{"https://corp.example"}}, s{NoProxy: []string{"corp.example/*"}}},
		{s{NoSumDB: []string{"corp.example/["}}, s{NoSumDB: []string{"corp.example/[a-z]*"}}},
	} {
		wrong := diag.All(c.wrong.Validate())
		if len(wrong) == 0 {
			t.Errorf("%+v has no mistake", c.wrong)
		}
		for _, m := range wrong {
			followed = append(followed, m.Help)
		}
		if err := c.right.Validate(); err != nil {
			t.Errorf("%v, and then %v", wrong.Err(), err)
		}
	}
	own := goenv.OwnMachine("localhost")
	if own == "" || goenv.OwnMachine("git.corp.example") != "" {
		t.Errorf("%s, and then %s", own, goenv.OwnMachine("git.corp.example"))
	}
	diagtest.Advice(t, ".", followed, map[string]string{
		" is the build's own machine and not yours: run the server where the network reaches it; ": "TestOwnMachine of modfetch and modvcs: all their other tests have a server that is reached",
		goenv.ErrNoProxy.Error(): "what a proxy is named with is another setting of this test; make is the Makefile's",
	})
}
