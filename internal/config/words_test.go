package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

// TestOtherWords: each word names keys that there are, is none of ours in its place, stands in the table once, and is what an unknown key gets.
func TestOtherWords(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range OtherWords() {
		for _, key := range w.Keys {
			if !hasKey(reflect.TypeFor[Config](), key) && key != "args" && key != "targets" {
				t.Errorf("%v: there is no key %s", w.Words, key)
			}
		}
		if w.Help() == "" {
			t.Errorf("nothing is said of %v", w.Words)
		}
		for _, word := range w.Words {
			if one := oneSpelling(word); seen[one] {
				t.Errorf("%s stands in the table twice", word)
			} else {
				seen[one] = true
			}
			if slices.Contains(keysOf(fieldsOf(reflect.TypeFor[Config]())), word) {
				t.Errorf("%s is a key of ours", word)
			}
			_, err := Parse("modship.yaml", []byte(word+": x\n"))
			if all := diag.All(err); len(all) != 1 || all[0].Help != w.Help() {
				t.Errorf("of %s it says %v, want %q", word, err, w.Help())
			}
		}
	}
}

// TestOtherWordsInPlace: in the words of others, the key of ours is named wherever it stands; what is none of them is a typing mistake.
func TestOtherWordsInPlace(t *testing.T) {
	for text, want := range map[string]string{
		"entrypoint: [x]":             "it belongs below image:",
		"ldflags: [-s]":               "it belongs below build:",
		"env-file: x":                 "it is called image.env here: the variables stand in the file itself",
		"image: {Expose: [8080]}":     "it is called image.ports here",
		"targets: {a: {goos: linux}}": "it is called platforms here",
		"platform: linux/amd64":       `did you mean "platforms"?`,
		"image: {fiels: []}":          `did you mean "files"?`,
		"xyzzy: 1":                    "known keys: main, ",
	} {
		_, err := Parse("modship.yaml", []byte(text+"\n"))
		if all := diag.All(err); len(all) != 1 || !strings.HasPrefix(all[0].Help, want) {
			t.Errorf("of %s it says %v, want %q", text, err, want)
		}
	}
}

// hasKey tells whether a struct has a key, which may be one below another.
func hasKey(in reflect.Type, key string) bool {
	first, rest, deeper := strings.Cut(key, ".")
	i := slices.Index(keysOf(fieldsOf(in)), first)
	if i < 0 || !deeper {
		return i >= 0
	}
	below := in.Field(i).Type
	return below.Kind() == reflect.Struct && hasKey(below, rest)
}
