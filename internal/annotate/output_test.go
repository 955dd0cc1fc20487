package annotate

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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

// TestBuildxTakesThem: bake merges the file into a target of another, and understands each value as it was meant. What bake
// prints is escaped as the file is.
func TestBuildxTakesThem(t *testing.T) {
	buildx := findBuildx(t)
	dir := t.TempDir()
	values := map[string]string{
		"title": "plain", "var": "${x}", "if": "%{if}", "dollars": "$${y} $$ 5$", "percent": "%%{z} 5%", "mail": "A <a@example.com>", "lines": "one\ntwo", "quote": `"\`,
	}
	var text strings.Builder
	if err := (Output{Format: FormatBake, Levels: []string{"index", "manifest"}, BakeTarget: "app"}).Write(&text, &Found{Annotations: values, Labels: values}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "docker-bake.hcl")
	if err := os.WriteFile(file, []byte("target \"app\" {\n  tags = [\"kept\"]\n  labels = {title = \"old\", other = \"kept\"}\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), buildx, "bake", "-f", file, "-f", "-", "--print", "app")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(text.String())
	cmd.Env = append(os.Environ(), "BUILDX_CONFIG="+dir, "DOCKER_CONFIG="+dir)
	out, err := cmd.Output()
	if err != nil {
		exit, _ := errors.AsType[*exec.ExitError](err)
		t.Fatalf("docker buildx bake: %v\n%s", err, exit.Stderr)
	}
	var printed struct {
		Target map[string]struct {
			Tags, Annotations []string
			Labels            map[string]string
		}
	}
	if err := json.Unmarshal(out, &printed); err != nil {
		t.Fatal(err)
	}
	app := printed.Target["app"]
	annotations, labels := map[string]string{}, map[string]string{}
	for _, a := range app.Annotations {
		key, value, _ := strings.Cut(strings.TrimPrefix(unescape.Replace(a), "index,manifest:"), "=")
		annotations[key] = value
	}
	for key, value := range app.Labels {
		labels[key] = unescape.Replace(value)
	}
	if diff := cmp.Diff(values, annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
	values["other"] = "kept"
	if diff := cmp.Diff(values, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if len(app.Tags) != 1 {
		t.Errorf("tags are %q", app.Tags)
	}
}

// findBuildx looks for it in PATH and where the integration tests keep theirs.
func findBuildx(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"buildx", "docker-buildx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if cache, err := os.UserCacheDir(); err == nil {
		if found, _ := filepath.Glob(filepath.Join(cache, "modship-test", "tools", "*", "bin", "buildx")); len(found) > 0 {
			return found[0]
		}
	}
	t.Skip("buildx is missing: it is in PATH neither as buildx nor as docker-buildx, and the integration tests have not built it")
	return ""
}
