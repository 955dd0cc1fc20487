package safetext_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/modship-build/modship/internal/safetext"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                                    "",
		"main.go":                             "main.go",
		"héllo wörld 日本語 👍 a\u00a0b":          "héllo wörld 日本語 👍 a\u00a0b",
		`C:\dir`:                              `C:\dir`,
		"a\n::set-output name=x::y\n\x1b[2Jb": `a\n::set-output name=x::y\n\x1b[2Jb`,
		"::add-mask::x":                       `:\x3aadd-mask::x`,
		" \u00a0::add-mask::x":                " \u00a0" + `:\x3aadd-mask::x`,
		"x ::y":                               "x ::y",
		"##[add-path]/x":                      `#\x23[add-path]/x`,
		"a ##vso[task.setvariable]b":          `a #\x23vso[task.setvariable]b`,
		"##teamcity[x]":                       `#\x23teamcity[x]`,
		"###[x]":                              `##\x23[x]`,
		"## heading":                          "## heading",
		"cod\u202egnp.exe":                    `cod\u202egnp.exe`,
		"a\u2028b\u2029c\u0085d":              `a\u2028b\u2029c\u0085d`,
		"a\u200db\ufeffc\U000e0041":           `a\u200db\ufeffc\U000e0041`,
		"a\u200bb\u2060c\u00add\u034fe":       `a\u200bb\u2060c\u00add\u034fe`,
		"\u3164\u115f\u17b4":                  `\u3164\u115f\u17b4`,                         // letters that are not there
		"❤\ufe0f 葛\U000e0100":                 "❤\ufe0f 葛\U000e0100",                        // variants
		"a\ufe0f ❤\ufe0f\ufe01 \U000e0101":    `a\ufe0f ❤` + "\ufe0f" + `\ufe01 \U000e0101`, // of nothing
		"\xff\xfe a\xe6\x97":                  `\xff\xfe a\xe6\x97`,
		"\ufffd":                              "\ufffd",
		"a\tb\rc\x00\x7f":                     `a\tb\rc\x00\x7f`,
		"\x9b31m":                             `\x9b31m`, // CSI of a terminal that is not in UTF-8
		"\u009b31m":                           `\u009b31m`,
	} {
		if got := safetext.Line(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\n\tc\r\n\n": "a\tb\n\tc\n\n",
		"a\n::error::b":   "a\n" + `:\x3aerror::b`,
		"a\n\t ::error::": "a\n\t " + `:\x3aerror::`,
		"a\rb\x1b[0m\n":   `a\rb\x1b[0m` + "\n",
	} {
		if got := safetext.Lines(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	if got := safetext.Short("a\nb"); got != `a\nb` {
		t.Errorf("got %q", got)
	}
	for shift := range 4 {
		long := strings.Repeat("x", shift) + strings.Repeat("日本", 100_000)
		got := safetext.Short(long)
		if len(got) > 5000 || strings.Contains(got, `\x`) || !strings.HasPrefix(got, long[:1000]) || !strings.HasSuffix(got, "日本") {
			t.Errorf("%d bytes became %d: %.40q … %.40q", len(long), len(got), got, got[len(got)-40:])
		}
	}
}

func TestHidden(t *testing.T) {
	for _, r := range "\x00\n\t\x1b\x7f\u0085\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029" {
		if !safetext.Hidden(r) {
			t.Errorf("%U is shown", r)
		}
	}
	for _, r := range "aé日 \u00a0\u200c\u200d\u00ad👩" {
		if safetext.Hidden(r) {
			t.Errorf("%U is hidden", r)
		}
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"org.opencontainers.image.title": "",
		"größe.日本語":                      "",
		"#1::a":                          "",
		"":                               "is empty",
		"a b":                            "holds white space",
		"a\u00a0b":                       "holds white space",
		"title\u2800":                    "holds white space",
		"title\U0001d159":                "holds white space",
		"title\U00016fe4":                "holds white space",
		"a\u202eb":                       "holds a character that cannot be seen",
		"a\u200bb":                       "holds a character that cannot be seen",
		"a\u200db":                       "holds a character that cannot be seen",
		"ti\u00adtle":                    "holds a character that cannot be seen",
		"\ufefftitle":                    "holds a character that cannot be seen",
		"title\U000e0041":                "holds a character that cannot be seen",
		"title\u3164":                    "holds a character that cannot be seen",
		"葛\U000e0100":                    "holds a character that cannot be seen",
		"\xff":                           "holds a character that cannot be seen",
		"##vso[task.setvariable]":        "is a command to the CI services that print it",
		"a##teamcity[x":                  "is a command to the CI services that print it",
		"::set-output":                   "is a command to the CI services that print it",
	} {
		if got := safetext.Name(name); got != want {
			t.Errorf("%q %s, want %s", name, got, want)
		}
	}
}

func TestError(t *testing.T) {
	if safetext.Error(nil) != nil {
		t.Error("no error is one")
	}
	cause := &fs.PathError{Op: "open", Path: "a\n\x1b[2J::b", Err: fs.ErrNotExist}
	err := safetext.Error(errors.Join(cause, errors.New("::error::x")))
	want := "open a\n" + `\x1b[2J::b: file does not exist` + "\n" + `:\x3aerror::x`
	if err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %q, want %q", err, want)
	}
}

// TestWriter: in whatever pieces text comes, what is written is safe, and whole in the end.
func TestWriter(t *testing.T) {
	text := "a\x1b[2J日本\r\n\t::set-env::x\n::y\nlast ##vso[a] b ##[c]#"
	for size := 1; size <= len(text); size++ {
		var b strings.Builder
		w := safetext.NewWriter(&b)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if safetext.Lines(got) != got {
			t.Errorf("in pieces of %d: got %q", size, got)
		}
		if back := strings.NewReplacer(`\x1b`, "\x1b", `\x3a`, ":", `\x23`, "#").Replace(got); back != strings.ReplaceAll(text, "\r", "") {
			t.Errorf("in pieces of %d: got %q", size, got)
		}
	}
}

func TestJSON(t *testing.T) {
	value := map[string]string{"k\u202e": "a\u2028\u200d\U000e0041##vso[x]\n", "❤\ufe0f": "a\ufe0f\u3164\U000e0100", "\ufeff": "é"}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := safetext.JSON(text)
	var read map[string]string
	if err := json.Unmarshal(got, &read); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	for k, v := range value {
		if read[k] != v {
			t.Errorf("%q is %q, want %q", k, read[k], v)
		}
	}
	if s := string(got); safetext.Lines(s) != s || strings.Contains(s, "##vso") {
		t.Errorf("got %q", s)
	}
}

// FuzzLine: one line of graphic characters that no CI service obeys; what is safe stays.
func FuzzLine(f *testing.F) {
	f.Add("a\n::set-output name=x::y")
	f.Add("#\x00#vso[x]")
	f.Add(":\u200d:x")
	f.Fuzz(func(t *testing.T, s string) {
		got := safetext.Line(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			t.Errorf("%q became %q", s, got)
		}
		if strings.HasPrefix(strings.TrimSpace(got), "::") || strings.Contains(got, "##[") || strings.Contains(got, "##vso[") {
			t.Errorf("%q became the command %q", s, got)
		}
		if again := safetext.Line(got); again != got {
			t.Errorf("%q became %q and then %q", s, got, again)
		}
	})
}

// TestMessage: a message is bounded as a whole, keeps both of its ends and cuts no character.
func TestMessage(t *testing.T) {
	for _, s := range []string{strings.Repeat("é\n", 1<<20), strings.Repeat("x", 1<<20), "begin" + strings.Repeat("\xff", 1<<20) + "end"} {
		got := safetext.Message(s)
		if len(got) > 5*(64<<10) || got[:3] != safetext.Message(s[:100])[:3] || !strings.Contains(got, " bytes are left out") || !utf8.ValidString(got) {
			t.Errorf("%d bytes of %d: %.20q", len(got), len(s), got)
		}
	}
	if got := safetext.Message("a\nb"); got != "a\nb" {
		t.Errorf("got %q", got)
	}
}
