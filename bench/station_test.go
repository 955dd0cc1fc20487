//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/peer"
	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/bench/internal/scenario"
	"github.com/modship-build/modship/bench/internal/subject"
)

// testStation has a peer that writes down what the main package and the state were at each of its builds.
func testStation(t *testing.T) (st *station, builds func() []string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	for name, content := range map[string]string{"main.go": "package main\n", "leaf.go": "package main\n", "go.mod": "module x\n", "go.sum": ""} {
		if err := os.MkdirAll(source, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(source, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ready := &prepared{Prepared: subject.Prepared{
		Subject: subject.Subject{Name: "x", Main: ".", MainFile: "main.go", LeafFile: "leaf.go"}, Source: source,
		BumpedMod: []byte("module y\n"), BumpedSum: []byte("\n"),
	}}
	log := filepath.Join(dir, "builds")
	script := `grep -o 'edit [0-9]*' main.go | tr '\n' ' ' >>` + log + `; head -n 1 go.mod | tr '\n' ' ' >>` + log +
		`; ls $STATE | wc -l >>` + log + `; touch $STATE/$$; test ! -e ` + filepath.Join(dir, "fail")
	p := peer.Peer{
		Name: "fake", Prepare: func(peer.Site) error { return nil },
		Commands: func(s peer.Site, o peer.Order) []lab.Command {
			return []lab.Command{{Args: []string{"sh", "-c", script}, Env: append(os.Environ(), "STATE="+s.Dir), Dir: s.Tree.Dir}}
		},
	}
	m := &measurement{options: options{timeout: time.Minute, platforms: []string{"linux/amd64"}}, lab: &lab.Lab{Dir: dir}}
	return m.newStation(ready, p), func() []string {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(data)), "\n")
	}
}

// TestStationStates: what each scenario starts from, and which builds are made to get there. A line is the edit of the main
// package, the module, and how many builds the state has seen.
func TestStationStates(t *testing.T) {
	st, builds := testStation(t)
	scenarios, err := scenario.Find([]string{"cold", "same", "edit-main", "bump", "ci"})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 2, 3, 3, 0, 1, 4, 1} { // cold comes late, bump twice
		s := result.Sample{Platforms: []string{"linux/amd64"}}
		if log, err := st.measure(t.Context(), scenarios[i], &s); err != nil {
			t.Fatalf("%s: %v\n%s", scenarios[i].Name, err, log)
		}
		if s.Seconds <= 0 {
			t.Errorf("%s took %v seconds", scenarios[i].Name, s.Seconds)
		}
	}
	want := []string{
		"edit 0 module x 0", // not measured: same needs a build behind it
		"edit 0 module x 1", // same
		"edit 1 module x 2", // edit-main
		"edit 1 module y 3", // bump
		"edit 0 module x 0", // not measured: the upgrade was made already
		"edit 0 module y 1", // bump
		"edit 0 module x 0", // cold
		"edit 0 module x 1", // same
		"edit 1 module x 0", // ci, of a peer without a registry cache
		"edit 0 module x 0", // not measured: the state is another one than after cold
		"edit 0 module x 1", // same
	}
	if diff := cmp.Diff(want, builds()); diff != "" {
		t.Errorf("builds (-want +got):\n%s", diff)
	}
}

// TestEmpty: what is about to start from nothing finds nothing, and no inode that was in use a moment ago.
func TestEmpty(t *testing.T) {
	st, _ := testStation(t)
	scenarios, err := scenario.Find([]string{"cold", "same"})
	if err != nil {
		t.Fatal(err)
	}
	cold, same := scenarios[0], scenarios[1]
	m := &measurement{lab: st.site.Lab}
	rest := func(sc scenario.Scenario, want time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			before := time.Now()
			if err := m.empty(t.Context(), []*station{st}, sc); err != nil {
				t.Error(err)
			}
			if got := time.Since(before); got != want {
				t.Errorf("rested %v before %s, want %v", got, sc.Name, want)
			}
		})
	}
	rest(cold, 0)
	if log, err := st.measure(t.Context(), cold, &result.Sample{Platforms: []string{"linux/amd64"}}); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	rest(same, 0)
	if !st.hasState() {
		t.Error("the state is gone before a scenario that starts from it")
	}
	rest(cold, lab.InodeRest)
	if st.hasState() {
		t.Error("there is state before a scenario that starts from nothing")
	}
	rest(cold, 0)
}

// TestExportOnce: the cache that a build imports is exported before, once, and what exporting left is removed and forgotten.
func TestExportOnce(t *testing.T) {
	st, builds := testStation(t)
	st.peer.BuildKit = true
	scenarios, err := scenario.Find([]string{"ci"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []time.Duration{lab.InodeRest, 0} {
		synctest.Test(t, func(t *testing.T) {
			before := time.Now()
			s := result.Sample{Platforms: []string{"linux/amd64"}}
			if log, err := st.measure(t.Context(), scenarios[0], &s); err != nil {
				t.Fatalf("%v\n%s", err, log)
			}
			if rested := time.Since(before); rested != want {
				t.Errorf("rested %v, want %v", rested, want)
			}
		})
	}
	want := []string{
		"edit 0 module x 0", // not measured: the export
		"edit 1 module x 0",
		"edit 1 module x 0",
	}
	if diff := cmp.Diff(want, builds()); diff != "" {
		t.Errorf("builds (-want +got):\n%s", diff)
	}
}

// TestStationFails: a build that fails is an error with its log, and the next scenario starts anew.
func TestStationFails(t *testing.T) {
	st, builds := testStation(t)
	scenarios, err := scenario.Find([]string{"cold", "same"})
	if err != nil {
		t.Fatal(err)
	}
	fail := filepath.Join(filepath.Dir(st.ready.Source), "fail")
	if err := os.WriteFile(fail, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := result.Sample{Platforms: []string{"linux/amd64"}}
	if _, err := st.measure(t.Context(), scenarios[0], &s); err == nil || s.Seconds != 0 {
		t.Errorf("a build that fails took %v: %v", s.Seconds, err)
	}
	if err := os.Remove(fail); err != nil {
		t.Fatal(err)
	}
	if _, err := st.measure(t.Context(), scenarios[1], &s); err != nil {
		t.Error(err)
	}
	want := []string{"edit 0 module x 0", "edit 0 module x 0", "edit 0 module x 1"}
	if diff := cmp.Diff(want, builds()); diff != "" {
		t.Errorf("builds (-want +got):\n%s", diff)
	}
}
