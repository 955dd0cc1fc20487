package scan

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// linked declares a variable for each way that the linker can and cannot set one, and prints those that were set. A function
// that the compiler inlines may leave a constant behind, which is not to be relied upon.
const linked = `package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

type text string
type alias = string

const other = "other"

var plain string
var valued = "v"
var typed string = "v"
var paren = ("v")
var sum = "v" + other
var fromConst = other
var converted = string(other)
var aliased alias
var pairA, pairB = "v", "w"
var fromVar = plain + "x"
var localCall = two()
var twoA, twoB = pair()
var foreignCall = strings.ToUpper("x")
var number = 1
var named text = "v"
var foreignConst = runtime.GOOS

//go:noinline
func two() string { return "two" }

func pair() (string, string) { return "a", "b" }

func main() {
	for name, value := range map[string]any{
		"plain": plain, "valued": valued, "typed": typed, "paren": paren, "sum": sum, "fromConst": fromConst,
		"converted": converted, "aliased": aliased, "pairA": pairA, "pairB": pairB, "fromVar": fromVar,
		"localCall": localCall, "twoA": twoA, "twoB": twoB, "foreignCall": foreignCall, "number": number,
		"named": named, "foreignConst": foreignConst,
	} {
		if fmt.Sprint(value) == "stamped" {
			fmt.Fprintln(os.Stdout, name)
		}
	}
}
`

// refusedByLink are variables that a link fails for.
var refusedByLink = []string{"number", "named"}

// TestAgainstLinker holds what scan says of each variable against what -X does to it.
func TestAgainstLinker(t *testing.T) {
	fsys := context("main.go", linked)
	req := request(t)
	for line := range strings.Lines(linked) {
		if rest, ok := strings.CutPrefix(line, "var "); ok {
			names, _, _ := strings.Cut(rest, "=")
			for name := range strings.SplitSeq(names, ",") {
				req.Stamp = append(req.Stamp, "main."+strings.Fields(name)[0])
			}
		}
	}
	refused := map[string]bool{}
	for _, u := range image(t, scanned(t, fsys, req)).Unstampable {
		refused[strings.TrimPrefix(u.Name, "main.")] = true
	}
	var flags, accepted []string
	for _, asked := range req.Stamp {
		name := strings.TrimPrefix(asked, "main.")
		if !refused[name] {
			accepted = append(accepted, name)
		}
		if !slices.Contains(refusedByLink, name) {
			flags = append(flags, "-X=main."+name+"=stamped")
		}
	}
	out, err := run(t, fsys, flags)
	if err != nil {
		t.Fatal(err)
	}
	set := strings.Fields(out)
	slices.Sort(set)
	slices.Sort(accepted)
	if diff := cmp.Diff(set, accepted); diff != "" {
		t.Errorf("(-linker +scan):\n%s", diff)
	}
	for _, name := range refusedByLink {
		if _, err := run(t, fsys, []string{"-X=main." + name + "=stamped"}); err == nil || !refused[name] {
			t.Errorf("%s: the linker says %v, refused by scan: %t", name, err, refused[name])
		}
	}
}

// run runs the program of a module, linked with flags.
func run(t *testing.T, fsys fstest.MapFS, flags []string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags="+strings.Join(flags, " "), "-o", binary, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), binary).Output()
	return string(out), err
}

func TestWellKnown(t *testing.T) {
	for name, want := range map[string]string{
		"version": "version", "Version": "version", "VERSION": "version", "GitVersion": "version", "git_version": "version", "LabelVersion": "version",
		"commit": "revision", "GitCommit": "revision", "SHA": "revision", "Label_Commit": "revision",
		"date": "created", "BuildTime": "created", "BUILD_DATE": "created", "LabelBuildTime": "created",
		"versions": "", "commitDate": "", "hash": "", "tag": "", "": "", "_": "", "Name": "", "versión": "",
	} {
		if got, ok := WellKnown(name); got != want || ok != (want != "") {
			t.Errorf("%q is for %q, want %q", name, got, want)
		}
	}
}

// TestWellKnownTable: each name is in the form that names are compared in, and stands for one fact.
func TestWellKnownTable(t *testing.T) {
	seen := map[string]string{}
	for _, fact := range []string{FactVersion, FactRevision, FactCreated} {
		names := WellKnownNames(fact)
		if len(names) == 0 {
			t.Errorf("no variable is for %s", fact)
		}
		for _, name := range names {
			if got, _ := WellKnown(name); got != fact {
				t.Errorf("%s of %s is for %q", name, fact, got)
			}
			if seen[name] != "" {
				t.Errorf("%s is for %s and for %s", name, seen[name], fact)
			}
			seen[name] = fact
		}
	}
}
