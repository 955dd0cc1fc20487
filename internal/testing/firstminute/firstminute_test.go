package firstminute

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSteps: what is read of a page is what a reader does.
func TestSteps(t *testing.T) {
	const page = "The file `go.mod`, and then the file `main.go`:\n\n```go\npackage main\n```\n\n```console\n$ a # why\nout\n…\n$ b &\n```\n\nOutput:\n\n```text\nx\n```\n"
	want := []Step{{File: "main.go", Text: "package main\n"}, {Command: "a # why", Prints: []string{"out", "…"}}, {Command: "b &"}}
	if got := StepsOf(page); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestDesks: each desk of the pages has something to do, and what was recorded of it is what is typed there today.
func TestDesks(t *testing.T) {
	const root = "../../.."
	desks := Read(t, root)
	for _, d := range Recorded(t, root) {
		if drift := d.Drift(desks[d.Name]); drift != "" {
			t.Error(drift)
		}
		for _, typed := range d.Typed {
			for _, line := range typed.Prints {
				if place := OfMachine(line); place != "" {
					t.Errorf("%s: %q is of a machine, in %q", typed.Command, place, line)
				}
			}
		}
	}
}

// TestDrift: another command, one more and one less are told.
func TestDrift(t *testing.T) {
	d := Desk{Name: "desk", Typed: []Typed{{Command: "make"}, {Command: "run"}}}
	for commands, drifts := range map[string]bool{"make,run": false, "make": true, "make,run,run": true, "run,make": true} {
		var steps []Step
		for _, c := range strings.Split(commands, ",") {
			steps = append(steps, Step{Command: c})
		}
		if drift := d.Drift(steps); drifts != (drift != "") {
			t.Errorf("%s: %q", commands, drift)
		}
	}
}

// TestShorten: what is shown is what a reader compares.
func TestShorten(t *testing.T) {
	for said, want := range map[string][]string{
		"":        nil,
		"one\n\n": {"one"},
		"#1 [a]\n#1 DONE 0.1s\npushed x@sha256:0123456789abcdef0123\r\n": {"…", "pushed x@sha256:01234567…"},
		"go: downloading a v1\nmade\n2026/01/02 03:04:05 serving\n":      {"…", "made", "…"},
		"\x1b[1mbold\x1b[0m\n": {"bold"},
	} {
		if diff := cmp.Diff(want, Shorten(said)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", said, diff)
		}
	}
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprint(i))
	}
	if got := Shorten(strings.Join(many, "\n")); !slices.Equal(got, []string{"0", "1", "2", "…", "14", "15", "16", "17", "18", "19"}) {
		t.Errorf("of 20 lines it shows %q", got)
	}
}

// TestOfMachine: folders of users and addresses are of a machine; what is the same on all is not.
func TestOfMachine(t *testing.T) {
	for line, want := range map[string]string{
		"wrote /root/x.tar":                            "/root/x.tar",
		"from https://modules.example/x":               "https://modules.example/x",
		"wrote bin/hello.tar":                          "",
		"linux/arm64  /usr/local/bin/hello  go1.26.11": "",
	} {
		if got := OfMachine(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
