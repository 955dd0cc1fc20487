package annotate

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
)

func messages(err error) []string {
	var all []string
	for _, e := range diag.All(err) {
		all = append(all, e.Error())
	}
	return all
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name string
		out  Output
		want []string
	}{
		{"json", Output{Format: "json"}, nil},
		{"labels", Output{Format: "labels"}, nil},
		{"levels", Output{Format: "annotations", Levels: Levels()}, nil},
		{"bake", Output{Format: "bake", Levels: []string{"index"}, BakeTarget: "a-b_C9"}, nil},
		{"unknown format", Output{Format: "label"},
			[]string{`--format: unknown format "label", want json, annotations, labels, bake; did you mean "labels"?`}},
		{"no format", Output{}, []string{`--format: unknown format "", want json, annotations, labels, bake`}},
		{"levels without meaning", Output{Format: "labels", Levels: []string{"index"}, BakeTarget: "x"}, []string{
			"--bake-target: the format labels has none: it is for --format bake",
			"--level: the format labels has none: it is for --format annotations and bake",
		}},
		{"unknown values", Output{Format: "bake", Levels: []string{"indx", "manifest[linux/arm64]", ""}, BakeTarget: "a.b"}, []string{
			`--bake-target: "a.b": the name of a target has letters, digits, - and _ only`,
			`--level: unknown level "indx", want index, manifest, index-descriptor, manifest-descriptor; did you mean "index"?`,
			`--level: unknown level "manifest[linux/arm64]", want index, manifest, index-descriptor, manifest-descriptor`,
			`--level: unknown level "", want index, manifest, index-descriptor, manifest-descriptor`,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var mistakes diag.List
			tc.out.Check(&mistakes)
			if diff := cmp.Diff(tc.want, messages(mistakes.Err())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	found := &Found{
		Annotations: map[string]string{"b": "<x & y>", "a:c": "1=2", "a": ""},
		Labels:      map[string]string{"l:m": "v"},
	}
	for _, tc := range []struct {
		name string
		out  Output
		want string
	}{
		{"json", Output{Format: FormatJSON}, "{\n  \"a\": \"\",\n  \"a:c\": \"1=2\",\n  \"b\": \"<x & y>\"\n}\n"},
		{"annotations", Output{Format: FormatAnnotations}, "--annotation=a=\n--annotation=manifest:a:c=1=2\n--annotation=b=<x & y>\n"},
		{"levels", Output{Format: FormatAnnotations, Levels: []string{"manifest", "index", "manifest"}},
			"--annotation=index,manifest:a=\n--annotation=index,manifest:a:c=1=2\n--annotation=index,manifest:b=<x & y>\n"},
		{"labels", Output{Format: FormatLabels}, "--label=l:m=v\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got strings.Builder
			if err := tc.out.Write(&got, found); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWriteNothing: no annotations are an empty object, no lines, and a target that changes nothing.
func TestWriteNothing(t *testing.T) {
	for format, want := range map[string]string{
		FormatJSON: "{}\n", FormatAnnotations: "", FormatLabels: "",
		FormatBake: "{\n  \"target\": {\n    \"default\": {\n      \"annotations\": [],\n      \"labels\": {}\n    }\n  }\n}\n",
	} {
		var got strings.Builder
		if err := (Output{Format: format}).Write(&got, &Found{Annotations: map[string]string{}, Labels: map[string]string{}}); err != nil || got.String() != want {
			t.Errorf("%s: %q, error %v", format, got.String(), err)
		}
	}
}

// TestWriteRefuses: what a line cannot hold is told, all of it, and nothing is written.
func TestWriteRefuses(t *testing.T) {
	values := map[string]string{"ok": "1", "two": "a\nb", "three": "\n", "a=b": "c", "nul": "\x00"}
	found := &Found{Annotations: values, Labels: values}
	want := []string{
		`--format: the key "a=b" has a =, which ends the key here; use --format json`,
		"--format: the value of nul has more than one line; use --format bake or json",
		"--format: the value of three has more than one line; use --format bake or json",
		"--format: the value of two has more than one line; use --format bake or json",
	}
	for _, format := range []string{FormatAnnotations, FormatLabels} {
		var got strings.Builder
		err := Output{Format: format}.Write(&got, found)
		if diff := cmp.Diff(want, messages(err)); diff != "" || got.Len() > 0 {
			t.Errorf("%s wrote %q (-want +got):\n%s", format, got.String(), diff)
		}
	}
}

// unescape is what HCL makes of a string without anything to fill in.
var unescape = strings.NewReplacer("$${", "${", "%%{", "%{")

// FuzzWrite: every format says all that it was given, or refuses.
func FuzzWrite(f *testing.F) {
	for _, v := range []string{"", "plain", "a=b", "${x}", "%{if x}", "$${x}", "$$", "%%%{", "<&>\"\\", "two\nlines", "ü\u2028", "--label=x"} {
		f.Add("org.opencontainers.image.title", v)
		f.Add("a:b", v)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return // refused before
		}
		want := map[string]string{key: value}
		for _, format := range Formats() {
			got := map[string]string{}
			var text strings.Builder
			err := Output{Format: format, Levels: levelsFor(format)}.Write(&text, &Found{Annotations: want, Labels: want})
			if err != nil {
				if !strings.ContainsAny(key, "=\n\x00") && !strings.ContainsAny(value, "\n\x00") {
					t.Errorf("%s: %v", format, err)
				}
				continue
			}
			switch format {
			case FormatJSON:
				err = json.Unmarshal([]byte(text.String()), &got)
			case FormatBake:
				err = readBake(text.String(), got)
			default:
				err = readLines(text.String(), got)
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: error %v (-want +got):\n%s\nof %s", format, err, diff, text.String())
			}
		}
	})
}

func levelsFor(format string) []string {
	if format == FormatAnnotations || format == FormatBake {
		return []string{"manifest"}
	}
	return nil
}

func readLines(text string, into map[string]string) error {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		flag, pair, ok := strings.Cut(line, "=")
		if !ok || flag != "--annotation" && flag != "--label" {
			return errors.New("no flag: " + line)
		}
		if flag == "--annotation" {
			_, pair, _ = strings.Cut(pair, ":")
		}
		key, value, _ := strings.Cut(pair, "=")
		into[key] = value
	}
	return nil
}

func readBake(text string, into map[string]string) error {
	var file bakeFile
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return err
	}
	target := file.Target[defaultTarget]
	for _, a := range target.Annotations {
		_, pair, _ := strings.Cut(unescape.Replace(a), ":")
		key, value, _ := strings.Cut(pair, "=")
		into[key] = value
	}
	for key, value := range target.Labels {
		if into[unescape.Replace(key)] != unescape.Replace(value) {
			return errors.New("the label " + key + " is another value")
		}
	}
	return nil
}
