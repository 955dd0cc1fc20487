package vcs_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// TestFromCommit: the raw object says the same as the repository does.
func TestFromCommit(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		w := newWorld(t)
		w.repo("m", mod, "--object-format="+format)
		w.git("m", "checkout", "-q", "-b", "other")
		w.commit("m", "other\n\ncommitter X <x@example.com> 1 +0000")
		w.git("m", "checkout", "-q", "main")
		w.commit("m", "second")
		w.git("m", "merge", "-q", "--no-ff", "-m", "merge", "other")
		for _, commit := range []string{"HEAD", "HEAD^1", "HEAD^2", "HEAD^1^"} {
			w.git("m", "checkout", "-q", "--detach", "main")
			w.git("m", "reset", "-q", "--hard", commit)
			cmd := exec.Command("git", "cat-file", "commit", "HEAD")
			cmd.Dir = w.path("m")
			raw, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			got, err := vcs.FromCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.facts("m", vcs.Module{}), got); diff != "" {
				t.Errorf("%s of %s (-repository +object):\n%s", commit, format, diff)
			}
		}
	}
}

func rawCommit(committer string) string {
	return "tree " + strings.Repeat("1", 40) + "\nparent " + strings.Repeat("2", 40) +
		"\nauthor A <a@example.com> 1 +0000\n" + committer + "\n\nmessage\n"
}

func TestFromCommitTime(t *testing.T) {
	for committer, want := range map[string]string{
		"committer C <c@example.com> 1704164645 +0000":         "2024-01-02T03:04:05Z",
		"committer C <c@example.com> 1704164645 -0930":         "2024-01-02T03:04:05Z",
		"committer C <c@example.com> 1704164645":               "2024-01-02T03:04:05Z",
		"committer C <c@example.com> 0 +0000":                  "1970-01-01T00:00:00Z",
		"committer C <a>b> 1704164645 +0000":                   "2024-01-02T03:04:05Z",
		"committer C <c@example.com> 253402300799 +0000":       "9999-12-31T23:59:59Z",
		"committer C <c@example.com> 253402300800 +0000":       "",
		"committer C <c@example.com> -1 +0000":                 "",
		"committer C <c@example.com> 99999999999999999999 +00": "",
		"committer C <c@example.com>":                          "",
		"encoding x":                                           "",
	} {
		got, err := vcs.FromCommit([]byte(rawCommit(committer)))
		switch {
		case want == "" && err == nil:
			t.Errorf("%s: no error, but %v", committer, got)
		case want != "" && err != nil:
			t.Errorf("%s: %v", committer, err)
		case want != "" && got.Time.Format(time.RFC3339) != want:
			t.Errorf("%s: %v, want %s", committer, got.Time, want)
		}
	}
	for _, raw := range []string{"", "tree\n", "parent " + strings.Repeat("2", 40) + "\n", "commit 12\x00" + rawCommit("committer C <c> 1 +0000")} {
		if got, err := vcs.FromCommit([]byte(raw)); err == nil {
			t.Errorf("%q: no error, but %v", raw, got)
		}
	}
}

// FuzzFromCommit: what is known is the hash of what was given, and a time that RFC 3339 can say.
func FuzzFromCommit(f *testing.F) {
	f.Add(rawCommit("committer C <c@example.com> 1704164645 +0000"))
	f.Add(rawCommit("committer C <c@example.com> 253402300800 +9999"))
	f.Add("tree " + strings.Repeat("1", 64) + "\nauthor A <a> 1 +0000\ncommitter C <c> 1 +0000\ngpgsig x\n y\n\n")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := vcs.FromCommit([]byte(raw))
		if err != nil {
			if got != (vcs.Facts{}) {
				t.Errorf("facts %v beside the error %v", got, err)
			}
			return
		}
		object := fmt.Appendf(nil, "commit %d\x00%s", len(raw), raw)
		if one, two := fmt.Sprintf("%x", sha1.Sum(object)), fmt.Sprintf("%x", sha256.Sum256(object)); got.Revision != one && got.Revision != two {
			t.Errorf("revision %s", got.Revision)
		}
		again, err := time.Parse(time.RFC3339, got.Time.Format(time.RFC3339))
		if err != nil || !again.Equal(got.Time) || got.Time.Location() != time.UTC {
			t.Errorf("time %v: %v", got.Time, err)
		}
	})
}
