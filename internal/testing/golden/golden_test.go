package golden_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/golden"
)

// TestUpper is a test as other packages have it. TestRun runs it where testdata is another.
func TestUpper(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		a.Want(t, strings.ToUpper(string(a.Data(t, "input"))))
	})
}

// TestRun: what is not as wanted fails, until -update has written it.
func TestRun(t *testing.T) {
	const right = "About.\n-- input --\na\n-- want --\nA\n-- more --\nb\n"
	for name, test := range map[string]struct {
		archive string
		fails   string // what the log says; empty if TestUpper passes
		updated string // the archive after -update; empty if that fails too
	}{
		"as wanted":   {archive: right, updated: right},
		"other":       {archive: strings.Replace(right, "A\n--", "B\n--", 1), fails: "-update", updated: right},
		"no result":   {archive: "-- input --\na\n", fails: "-update", updated: "-- input --\na\n-- want --\nA\n"},
		"no input":    {archive: "-- want --\nA\n", fails: "there is no file input"},
		"two inputs":  {archive: right + "-- input --\n", fails: `duplicate path "input"`},
		"not a path":  {archive: right + "-- ../x --\n", fails: "../x"},
		"no archives": {fails: "no archives match testdata/*.txtar"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "testdata", "x.txtar")
			if test.archive != "" {
				write(t, file, test.archive)
			}
			log, err := upper(t, dir)
			if failed := err != nil; failed != (test.fails != "") || !strings.Contains(log, test.fails) {
				t.Errorf("got %v, want the failure %q:\n%s", err, test.fails, log)
			}
			log, err = upper(t, dir, "-update")
			if failed := err != nil; failed != (test.updated == "") {
				t.Fatalf("-update: %v\n%s", err, log)
			}
			if test.updated == "" {
				return
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.updated, string(got)); diff != "" {
				t.Errorf("-update (-want +got):\n%s", diff)
			}
		})
	}
}

// upper runs TestUpper in dir.
func upper(t *testing.T, dir string, flags ...string) (log string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{"-test.run=^TestUpper$"}, flags...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDir(t *testing.T) {
	dir := golden.Parse(t, "-- a/b/c.txt --\nx\n-- d --\n-- want --\ny\n").Dir(t)
	got := map[string]string{}
	for _, name := range []string{"a/b/c.txt", "d"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = string(data)
	}
	if diff := cmp.Diff(map[string]string{"a/b/c.txt": "x\n", "d": ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "want")); err == nil {
		t.Error("the wanted result is there")
	}
}
