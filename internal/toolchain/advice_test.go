package toolchain

import (
	"errors"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: a wish for a Go, or settings for fetching it, that were changed as the message says can be met.
func TestAdvice(t *testing.T) {
	versions := []string{"1.21.13", "1.26.0", "1.26.8", "1.27.1"}
	choose := func(w [3]string) error {
		_, err := Choose(versions, w[0], w[1], w[2])
		return err
	}
	var followed []string
	for _, c := range []struct {
		wrong  [3]string // toolchain line, go line, configuration
		advice string    // a part of the message, word by word
		right  [3]string
	}{
		{[3]string{"", "1.26", "latest"}, `write "1.26" or "1.26.8"`, [3]string{"", "1.26", "1.26"}},
		{[3]string{"", "1.26", "latest"}, `write "1.26" or "1.26.8"`, [3]string{"", "1.26", "1.26.8"}},
		{[3]string{"", "1.27.1", "latest"}, `write "1.27"`, [3]string{"", "1.27.1", "1.27"}},
		{[3]string{"", "1.27", "1.26.x"}, `write "1.27"`, [3]string{"", "1.27", "1.27"}},
		{[3]string{"", "1.26.8", "1.26.0"}, "raise it", [3]string{"", "1.26.8", "1.26.8"}},
		{[3]string{"", "1.26.8", "1.26.0"}, "or leave it out", [3]string{"", "1.26.8", ""}},
		{[3]string{"", "1.26", "1.20"}, "raise it", [3]string{"", "1.26", "1.26"}},
		{[3]string{"", "1.20", "1.19"}, "the first one is go1.21", [3]string{"", "1.20", "1.21"}},
		{[3]string{"go1.26", "1.25", ""}, "write toolchain go1.26.0, or a newer release", [3]string{"go1.26.0", "1.25", ""}},
		{[3]string{"go1.26", "1.25", ""}, "or a newer release", [3]string{"go1.26.8", "1.25", ""}},
		{[3]string{"go1.26.8-corp", "1.26.8", ""}, "remove the line: the go line asks for go1.26.8", [3]string{"", "1.26.8", ""}},
		{[3]string{"go1.26.8-corp", "1.26", ""}, `or choose a Go with "go"`, [3]string{"go1.26.8-corp", "1.26", "1.26.8"}},
		{[3]string{"mine", "1.26", ""}, `write a release such as go1.26.8`, [3]string{"go1.26.8", "1.26", ""}},
		{[3]string{"mine", "1.27", ""}, `write a release such as go1.26.8`, [3]string{"go1.26.8", "1.27", ""}},
		{[3]string{"mine", "1.26", ""}, `or set "go" in the config`, [3]string{"mine", "1.26", "1.26"}},
	} {
		wrong := choose(c.wrong)
		if wrong == nil || !strings.Contains(wrong.Error(), c.advice) {
			t.Errorf("%q: %v does not say %q", c.wrong, wrong, c.advice)
			continue
		}
		followed = append(followed, wrong.Error())
		if again := choose(c.right); again != nil {
			t.Errorf("%q: %v, and then %v", c.wrong, wrong, again)
		}
	}
	followed = append(followed, followSettings(t)...)
	followed = append(followed, followDatabase(t))
	// TestCheckCHelp takes the release out of every such message.
	if err := CheckC("1.24.1"); err != nil {
		followed = append(followed, err.Error())
	}
	diagtest.Advice(t, ".", followed, nil)
}

func followSettings(t *testing.T) (followed []string) {
	t.Helper()
	const proxy, db = "https://proxy.example", goenv.DefaultSumDB
	for _, c := range []struct {
		wrong  goenv.Settings
		advice string
		right  goenv.Settings
	}{
		{goenv.Settings{Proxy: "direct", SumDB: db}, "name one with --build-arg GOPROXY=https://HOST", goenv.Settings{Proxy: proxy, SumDB: db}},
		{goenv.Settings{Proxy: proxy, SumDB: "off"}, "name a checksum database with --build-arg GOSUMDB=sum.golang.org", goenv.Settings{Proxy: proxy, SumDB: "sum.golang.org"}},
		{goenv.Settings{Proxy: proxy, SumDB: db, NoProxy: []string{"*"}}, "name the hosts of your own modules only",
			goenv.Settings{Proxy: proxy, SumDB: db, NoProxy: []string{"corp.example"}}},
		{goenv.Settings{Proxy: proxy, SumDB: db, Private: []string{"*"}}, "--build-arg GONOPROXY=none overrules it",
			goenv.Settings{Proxy: proxy, SumDB: db, Private: []string{"*"}, NoProxy: []string{"none"}}},
	} {
		wrong := diag.All(Usable(c.wrong, false))
		if len(wrong) != 1 || !strings.Contains(wrong[0].Help, c.advice) {
			t.Errorf("%+v: %v does not say %q", c.wrong, wrong.Err(), c.advice)
			continue
		}
		followed = append(followed, wrong[0].Help)
		if again := errors.Join(Usable(c.right, false), c.right.Validate()); again != nil {
			t.Errorf("%v, and then %v", wrong.Err(), again)
		}
	}
	return followed
}

func followDatabase(t *testing.T) string {
	t.Helper()
	w := newWorld(t, goFiles)
	f := w.fetcher()
	with := f.Settings.SumDB
	f.Settings.SumDB = "off"
	_, err := w.fetch(f)
	if err == nil {
		t.Fatal("it is fetched unverified")
	}
	w.pins = []string{w.sum}
	w.wantGood(f)
	if wrong := Usable(f.Settings, true); wrong != nil {
		t.Error(wrong)
	}
	w.pins, f.Settings.SumDB = nil, with
	w.wantGood(f)
	return err.Error()
}
