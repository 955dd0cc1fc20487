package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
)

// TestInTime: what does not end is an error.
func TestInTime(t *testing.T) {
	if got, err := inTime(time.Minute, func() (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := inTime(time.Millisecond, func() (int, error) { select {} }); err == nil {
		t.Error("what never ends is no error")
	}
}

// TestAnnotateFlagsAreDescribed: the page on the command has a row for each flag, in the order of the help.
func TestAnnotateFlagsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/annotate.md")
	if err != nil {
		t.Fatal(err)
	}
	var described, flags []string
	for _, m := range regexp.MustCompile("(?m)^\\| (?:`-[a-z]`, )?`--([a-z-]+)` \\|").FindAllSubmatch(page, -1) {
		described = append(described, string(m[1]))
	}
	newAnnotateCommand(Env{}).Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	if diff := cmp.Diff(flags, described); diff != "" {
		t.Errorf("(-command +page):\n%s", diff)
	}
	if !slices.Contains(flags, "format") {
		t.Errorf("flags are %q", flags)
	}
}

func TestReadSource(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "service/modship.yaml", "main: .\n")
	writeFile(t, dir, "own.yaml", "main: ./own\n")
	writeFile(t, dir, "own.yaml.dockerignore", "x\n")
	writeFile(t, dir, "empty.yaml", "")
	writeFile(t, dir, "empty.yaml.dockerignore", "")
	none := "# there is no modship.yaml in this directory: these are the defaults\n"
	for _, tc := range []struct {
		name      string
		variables map[string]string
		options   SourceOptions
		want      source
	}{
		{name: "defaults", options: SourceOptions{Dir: "."}, want: source{Name: "modship.yaml", Config: []byte(none)}},
		{name: "file of the folder", options: SourceOptions{Dir: "service"}, want: source{Name: "modship.yaml", Config: []byte("main: .\n")}},
		{name: "file with an ignore file", options: SourceOptions{Dir: "service", File: "own.yaml"},
			want: source{Name: "own.yaml", Config: []byte("main: ./own\n"), Ignore: []byte("x\n")}},
		{name: "an empty ignore file is one", options: SourceOptions{Dir: ".", File: "empty.yaml"},
			want: source{Name: "empty.yaml", Config: []byte{}, Ignore: []byte{}}},
		{name: "standard input", options: SourceOptions{Dir: ".", File: "-"}, want: source{Name: "Dockerfile", Config: []byte{}}},
		{name: "values", variables: map[string]string{"SOURCE_DATE_EPOCH": "1", "A": "2"},
			options: SourceOptions{Dir: "service", Platforms: []string{"linux/arm"}, BuildArgs: []string{"A", "B=3", "C"}, Labels: []string{"l=4", "m"}},
			want: source{Name: "modship.yaml", Config: []byte("main: .\n"), Platforms: []string{"linux/arm/v7"},
				Args: map[string]string{"SOURCE_DATE_EPOCH": "1", "A": "2", "B": "3"}, Labels: map[string]string{"l": "4", "m": ""}}},
		{name: "an argument goes before the environment", variables: map[string]string{"SOURCE_DATE_EPOCH": "1"},
			options: SourceOptions{Dir: "service", BuildArgs: []string{"SOURCE_DATE_EPOCH="}},
			want:    source{Name: "modship.yaml", Config: []byte("main: .\n"), Args: map[string]string{"SOURCE_DATE_EPOCH": ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			env, _, _ := testEnv(t, tc.variables)
			var mistakes diag.List
			got, _ := tc.options.read(env, &mistakes)
			if mistakes != nil {
				t.Fatal(mistakes.Err())
			}
			if _, err := os.Stat(filepath.Join(tc.options.Dir, "modship.yaml")); tc.options.File != "-" && (tc.options.File != "" || err == nil) {
				if tc.want.File = tc.options.File; tc.want.File == "" {
					tc.want.File = filepath.Join(tc.options.Dir, tc.want.Name)
				}
			}
			for _, m := range []*map[string]string{&tc.want.Args, &tc.want.Labels} {
				if *m == nil {
					*m = map[string]string{}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadLinkedSource: what a link of the source tree leads to outside of it is no configuration.
func TestReadLinkedSource(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, dir, "home/netrc", "password hunter2\n")
	writeFile(t, dir, "app/real.yaml", "main: .\n")
	for _, name := range []string{"modship.yaml", "ci.yaml"} {
		if err := os.Symlink("../home/netrc", filepath.Join("app", name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"", "app/ci.yaml"} {
		env, _, _ := testEnv(t, nil)
		var mistakes diag.List
		got, _ := SourceOptions{Dir: "app", File: file}.read(env, &mistakes)
		if len(mistakes) != 1 || !strings.Contains(mistakes[0].Error(), "out of the source tree") || strings.Contains(string(got.Config), "hunter2") {
			t.Errorf("%q: %q, mistakes %v", file, got.Config, mistakes)
		}
	}
}

func TestReadSourceMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	env, _, _ := testEnv(t, nil)
	var mistakes diag.List
	SourceOptions{Dir: "nowhere", File: "missing.yaml", Platforms: []string{"a/b/c/d"}, BuildArgs: []string{"=x"}, Labels: []string{""}}.read(env, &mistakes)
	want := []string{
		"opening the directory to build: stat nowhere: no such file or directory",
		`--build-arg: "=x": want KEY=VALUE`,
		"--file: there is no file missing.yaml",
		`--label: "": want KEY=VALUE`,
		`--platform: "a/b/c/d": "a/b/c/d": cannot parse platform specifier: invalid argument`,
	}
	if diff := cmp.Diff(want, messages(mistakes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := os.Stat("nowhere"); err == nil {
		t.Error("the folder was made")
	}
}
