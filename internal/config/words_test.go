package config

import (
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
			if !hasKey(key) && !slices.Contains(topKeys, key) {
				t.Errorf("%v: there is no key %s", w.Words, key)
			}
		}
		if w.Help() == "" {
			t.Errorf("nothing is said of %v", w.Words)
		}
		for _, word := range w.Words {
			if one := w.In + ":" + oneSpelling(word); seen[one] {
				t.Errorf("%s stands in the table twice", word)
			} else {
				seen[one] = true
			}
			in, ok := mappings()[w.In]
			if !ok {
				t.Fatalf("%v are words of %s, which is none of ours", w.Words, w.In)
			}
			if slices.Contains(keysOf(fieldsOf(in)), word) {
				t.Errorf("%s is a key of ours", word)
			}
			_, err := Parse("modship.yaml", []byte(textBelow(w.In, word+": x")+"\n"))
			// Below a mapping, keys of it are missing as well.
			if all := diag.All(err); w.In == "" && len(all) != 1 || !slices.ContainsFunc(all, func(e *diag.Error) bool { return e.Help == w.Help() }) {
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
		// A key of ours in a wrong place, however deep the right one is.
		"build: {platforms: [x]}":                     "it belongs at the top level",
		"targets: {a: {args: {}}}":                    "it belongs at the top level",
		"build: {labels: {}}":                         "it belongs below image:",
		"image: {interval: 1s}":                       "it belongs below image.healthcheck:",
		"owner: 1":                                    "it belongs below image.files[]:",
		"build: {target: x}":                          "it is the flag --target",
		"image: {healthcheck: {cmd: [x]}}":            "it is called image.healthcheck.test here",
		"image: {files: [{from: a, to: /a, uid: 1}]}": "it is called image.files[].owner here",
	} {
		_, err := Parse("modship.yaml", []byte(text+"\n"))
		if all := diag.All(err); len(all) != 1 || !strings.HasPrefix(all[0].Help, want) {
			t.Errorf("of %s it says %v, want %q", text, err, want)
		}
	}
}

// textBelow writes a key below a path.
func textBelow(path, text string) string {
	if path == "" {
		return text
	}
	keys := strings.Split(path, ".")
	for _, key := range slices.Backward(keys) {
		if name, ok := strings.CutSuffix(key, "[]"); ok {
			text = name + ": [{" + text + "}]"
		} else {
			text = key + ": {" + text + "}"
		}
	}
	return text
}

// hasKey tells whether there is a key, which may be one below another.
func hasKey(path string) bool {
	parent, key := "", path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		parent, key = path[:i], path[i+1:]
	}
	in, ok := mappings()[parent]
	return ok && slices.Contains(keysOf(fieldsOf(in)), key)
}

// TestOtherForms: a list in one text, as flags have it, and a mapping as a list, as compose has it, are told in the form that is meant.
func TestOtherForms(t *testing.T) {
	for text, want := range map[string]string{
		"platforms: linux/amd64,linux/arm64":       `write ["linux/amd64", "linux/arm64"]`,
		"build: {tags: \"netgo, osusergo\"}":       `write ["netgo", "osusergo"]`,
		"build: {ldflags: \"-s -X=main.a=b,c\"}":   `write ["-s", "-X=main.a=b,c"]`,
		"image: {env: [LOG=info, \"EMPTY=\"]}":     `write {LOG: "info", EMPTY: ""}`,
		"image: {labels: [com.example.team=core]}": `write {com.example.team: "core"}`,
		"image: {env: [HOME]}":                     "",
		"image: {env: []}":                         "",
		"cgo: {cflags: \"-DA=1,2 -O3\"}":           `write ["-DA=1,2", "-O3"]`,
	} {
		_, err := Parse("modship.yaml", []byte(text+"\n"))
		if all := diag.All(err); len(all) != 1 || all[0].Help != want {
			t.Errorf("of %s it says %v, want %q", text, err, want)
		}
		if right, ok := strings.CutPrefix(want, "write "); ok { // what it says is right
			key, value, _ := strings.Cut(text, ": ")
			if below, _, nested := strings.Cut(strings.TrimPrefix(value, "{"), ": "); nested && strings.HasPrefix(value, "{") {
				right = "{" + below + ": " + right + "}"
			}
			if _, err := Parse("modship.yaml", []byte(key+": "+right+"\n")); err != nil {
				t.Errorf("%s: %s, and then %v", text, want, err)
			}
		}
	}
}
