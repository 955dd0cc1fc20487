package diag_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
)

func at(file string, line, col int) diag.Range {
	pos := diag.Pos{Line: line, Col: col}
	return diag.Range{File: file, Start: pos, End: pos}
}

func TestError(t *testing.T) {
	for want, e := range map[string]*diag.Error{
		"app.yaml:3:7: bad user":                   {Range: at("app.yaml", 3, 7), Msg: "bad user"},
		"app.yaml: bad user; write uid:gid":        {Range: diag.Range{File: "app.yaml"}, Msg: "bad user", Help: "write uid:gid"},
		"bad user: file does not exist; try again": {Msg: "bad user", Err: fs.ErrNotExist, Help: "try again"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if e := (&diag.Error{Msg: "x", Err: fs.ErrNotExist}); !errors.Is(e, fs.ErrNotExist) {
		t.Error("the cause is not found")
	}
}

// TestListErr: mistakes come in the order of files and positions, and of one position in the order of discovery.
func TestListErr(t *testing.T) {
	var l diag.List
	if err := l.Err(); err != nil {
		t.Fatalf("an empty list is the error %v", err)
	}
	for _, m := range []struct {
		at  diag.Range
		msg string
	}{{at("b", 1, 1), "5"}, {at("a", 2, 10), "3"}, {at("a", 10, 1), "4"}, {at("a", 2, 9), "1"}, {at("a", 2, 9), "2"}, {diag.Range{File: "a"}, "0"}} {
		l.Addf(m.at, "%s", m.msg)
	}
	err := l.Err()
	var got []string
	for _, e := range diag.All(err) {
		got = append(got, e.Msg)
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "3", "4", "5"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l[0].Msg != "5" {
		t.Error("Err sorted the list itself")
	}
	if want := "a: 0\na:2:9: 1\na:2:9: 2\na:2:10: 3\na:10:1: 4\nb:1:1: 5"; err.Error() != want {
		t.Errorf("text is %q, want %q", err, want)
	}
}

// TestBounded: the first mistakes are shown, and that there are more.
func TestBounded(t *testing.T) {
	if err := (diag.List{}).Bounded(); err != nil {
		t.Errorf("an empty list is the error %v", err)
	}
	for count, last := range map[int]string{1: "a:1:1: bad", 100: "a:100:1: bad", 101: "a:100:1: 1 more mistakes are not shown", 250: "a:100:1: 150 more mistakes are not shown"} {
		var l diag.List
		for i := range count {
			l.Addf(at("a", count-i, 1), "bad")
		}
		shown := diag.All(l.Bounded())
		if len(shown) != min(count, 101) || shown[0].Start.Line != 1 || shown[len(shown)-1].Error() != last {
			t.Errorf("of %d mistakes %d are shown, from %q to %q", count, len(shown), shown[0], shown[len(shown)-1])
		}
	}
}

func TestAddfReturnsTheMistake(t *testing.T) {
	var l diag.List
	l.Addf(diag.Range{}, "x").Help = "do y"
	if l[0].Help != "do y" {
		t.Error("the help is lost")
	}
}

// TestAll finds mistakes wherever wrapping put them, and a mistake that another one caused not a second time.
func TestAll(t *testing.T) {
	a, b, c := &diag.Error{Msg: "a"}, &diag.Error{Msg: "b"}, &diag.Error{Msg: "c"}
	outer := &diag.Error{Msg: "outer", Err: c}
	for name, test := range map[string]struct {
		err  error
		want []string
	}{
		"nil":       {nil, nil},
		"none":      {errors.New("x"), nil},
		"plain":     {a, []string{"a"}},
		"wrapped":   {fmt.Errorf("x: %w", a), []string{"a"}},
		"joined":    {errors.Join(a, errors.New("x"), b), []string{"a", "b"}},
		"two verbs": {fmt.Errorf("%w and %w", a, b), []string{"a", "b"}},
		"deep":      {fmt.Errorf("x: %w", errors.Join(fmt.Errorf("y: %w", a), errors.Join(b, outer))), []string{"a", "b", "outer"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range diag.All(test.err) {
				got = append(got, e.Msg)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrong(t *testing.T) {
	wrong, fails := &diag.Error{Msg: "a"}, &diag.Error{Msg: "b", Fails: true}
	for err, want := range map[error]bool{wrong: true, fails: false, errors.Join(fails, wrong): true, errors.New("x"): false} {
		if diag.Wrong(err) != want {
			t.Errorf("%v is a mistake in the input: %t", err, !want)
		}
	}
	if diag.Wrong(nil) {
		t.Error("no error is a mistake")
	}
}

func TestSuggest(t *testing.T) {
	keys := []string{"main", "image", "images", "entrypoint", "stopSignal"}
	for word, want := range map[string]string{
		"mian":       `did you mean "main"?`,
		"amni":       "",
		"maim":       `did you mean "main"?`,
		"imag":       `did you mean "image"?`,
		"Image":      `did you mean "image"?`,
		"entrypiont": `did you mean "entrypoint"?`,
		"stopsignal": `did you mean "stopSignal"?`,
		"x":          "",
		"":           "",
		"elephant":   "",
	} {
		if got := diag.Suggest(word, keys); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
	if got := diag.Suggest("main", nil); got != "" {
		t.Errorf("got %q of no candidates", got)
	}
}

// FuzzSuggest: a suggestion is one of the candidates, and a word that is one is suggested itself.
func FuzzSuggest(f *testing.F) {
	f.Add("mian", "main", "image")
	f.Add("", "", "a")
	f.Add("\xff\xfe", "İ", "ſ")
	f.Fuzz(func(t *testing.T, word, a, b string) {
		candidates := []string{a, b}
		got := diag.Suggest(word, candidates)
		if got == "" {
			if word != "" && slices.Contains(candidates, word) {
				t.Errorf("%q is a candidate and not suggested", word)
			}
			return
		}
		if got != fmt.Sprintf("did you mean %q?", a) && got != fmt.Sprintf("did you mean %q?", b) {
			t.Errorf("%q for %q of %q", got, word, candidates)
		}
	})
}
