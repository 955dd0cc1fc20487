package toolchain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
)

func TestUsable(t *testing.T) {
	const proxy, db = "https://proxy.example", goenv.DefaultSumDB
	for _, test := range []struct {
		s     goenv.Settings
		wrong []string // the variables
	}{
		{goenv.Settings{Proxy: proxy, SumDB: db}, nil},
		{goenv.Settings{Proxy: proxy + ",direct", SumDB: db, Private: []string{"corp.example/*"}}, nil},
		{goenv.Settings{Proxy: proxy + "|off", SumDB: db}, nil},
		{goenv.Settings{SumDB: db}, nil}, // that none is known is reported by who asks for one
		{goenv.Settings{Proxy: "://", SumDB: "what is this"}, nil},
		{goenv.Settings{Proxy: "direct", SumDB: db}, []string{"GOPROXY"}},
		{goenv.Settings{Proxy: "off", SumDB: db}, []string{"GOPROXY"}},
		{goenv.Settings{Proxy: "direct," + proxy, SumDB: db}, []string{"GOPROXY"}},
		{goenv.Settings{Proxy: proxy, SumDB: "off"}, []string{"GOSUMDB"}},
		{goenv.Settings{Proxy: "direct", SumDB: "off"}, []string{"GOPROXY", "GOSUMDB"}},
		{goenv.Settings{Proxy: proxy, SumDB: db, Private: []string{"golang.org"}}, []string{"GOPRIVATE"}},
		{goenv.Settings{Proxy: proxy, SumDB: db, Private: []string{"golang.org"}, NoProxy: []string{"none"}}, nil},
		{goenv.Settings{Proxy: proxy, SumDB: db, NoProxy: []string{"*"}}, []string{"GONOPROXY"}},
	} {
		var wrong []string
		for _, e := range diag.All(Usable(test.s, false)) {
			wrong = append(wrong, e.File)
			if e.Help == "" {
				t.Errorf("%+v: %v does not say what to do", test.s, e)
			}
		}
		if diff := cmp.Diff(test.wrong, wrong); diff != "" {
			t.Errorf("%+v: %s", test.s, diff)
		}
	}
}
