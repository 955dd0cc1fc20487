//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/bench/internal/peer"
	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/bench/internal/scenario"
	"github.com/modship-build/modship/bench/internal/subject"
)

func names[T any](list []T, name func(T) string) string {
	var all []string
	for _, v := range list {
		all = append(all, name(v))
	}
	return strings.Join(all, ",")
}

func TestOptions(t *testing.T) {
	t.Setenv("MODSHIP_TEST_CACHE", t.TempDir())
	for _, c := range []struct {
		args, subjects, scenarios, peers string
		n                                int
	}{
		{"", "ko,crane,telegraf,targets8", longScenarios, strings.Join(peer.Names(), ","), 3},
		{"-short", "hey", shortScenarios, strings.Join(peer.Names(), ","), 1},
		{"-short -n 2 -subjects ko -scenarios same", "ko", "same", strings.Join(peer.Names(), ","), 2},
		{"-peers ko,go-build -scenarios ci,cold", "ko,crane,telegraf,targets8", "cold,ci", "ko,go-build", 3},
	} {
		o, err := parseOptions(strings.Fields(c.args))
		if err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		got := []string{
			names(o.subjects, func(s subject.Subject) string { return s.Name }),
			names(o.scenarios, func(s scenario.Scenario) string { return s.Name }),
			names(o.peers, func(p peer.Peer) string { return p.Name }),
		}
		if diff := cmp.Diff([]string{c.subjects, c.scenarios, c.peers}, got); diff != "" || o.n != c.n {
			t.Errorf("%s: n is %d, want %d (-want +got):\n%s", c.args, o.n, c.n, diff)
		}
	}
}

// TestMistakesAtOnce: every flag that is wrong is reported.
func TestMistakesAtOnce(t *testing.T) {
	t.Setenv("MODSHIP_TEST_CACHE", t.TempDir())
	_, err := parseOptions(strings.Fields("-subjects x1 -scenarios x2 -peers x3 -platforms linux/arm/v7 -n 0"))
	if err == nil {
		t.Fatal("the mistakes were taken")
	}
	for _, want := range []string{`"x1"`, `"x2"`, `"x3"`, "linux/arm/v7", "-n"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in: %v", want, err)
		}
	}
}

// TestOrder: each peer has one turn, and over as many rounds as there are peers each turn once.
func TestOrder(t *testing.T) {
	const n = 6
	turns := map[[2]int]bool{}
	for round := range n {
		got := order(n, round+3)
		for turn, p := range got {
			turns[[2]int{p, turn}] = true
		}
		if slices.Sort(got); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("round %d has %v", round, got)
		}
	}
	if len(turns) != n*n {
		t.Errorf("%d combinations of peer and turn, want %d", len(turns), n*n)
	}
}

// TestTotal counts what applies: one subject has no second main package, two peers have no cache to export, one is about nothing else.
func TestTotal(t *testing.T) {
	t.Setenv("MODSHIP_TEST_CACHE", t.TempDir())
	o, err := parseOptions(strings.Fields("-subjects hey,crane -scenarios cold,second-target,cold-export -n 2"))
	if err != nil {
		t.Fatal(err)
	}
	m := &measurement{options: o, results: &result.Results{}}
	if got, want := m.total(), 2*((6+5)+(6+6+5)); got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
}

// TestQuick: only what needs no cold build has more samples.
func TestQuick(t *testing.T) {
	t.Setenv("MODSHIP_TEST_CACHE", t.TempDir())
	o, err := parseOptions(strings.Fields("-subjects ko -scenarios cold,same,bump,edit-main -peers ko,go-build -n 2 -quick 5"))
	if err != nil {
		t.Fatal(err)
	}
	m := &measurement{options: o, results: &result.Results{}}
	if got, want := m.total(), 2*(2+5+2+5); got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
	if o, err = parseOptions(strings.Fields("-n 3 -quick 1")); err != nil || o.samples(scenario.Scenario{}) != 3 {
		t.Errorf("fewer than -n: %d, %v", o.samples(scenario.Scenario{}), err)
	}
}

// TestApplies: who is measured in what.
func TestApplies(t *testing.T) {
	for _, c := range []struct{ scenario, subject, want string }{
		{"cold", "ko", "modship-syntax,modship-client,dockerfile-mounts,dockerfile-plain,ko,go-build"},
		{"ci", "ko", strings.Join(peer.Names(), ",")},
		{"upgrade", "ko", "modship-syntax,modship-client"},
		{"bump-ci-seed", "ko", "modship-syntax,modship-client"},
		{"union-export", "ko", ""},
		{"second-target", "targets8", ""},
		{"cold", "targets8", "modship-syntax,dockerfile-mounts,dockerfile-plain,ko,go-build"},
		{"union-export", "targets8", "modship-syntax,modship-client,dockerfile-mounts,dockerfile-plain,dockerfile-dance"},
	} {
		sc, err := scenario.Find([]string{c.scenario})
		if err != nil {
			t.Fatal(err)
		}
		s, err := subject.Find([]string{c.subject})
		if err != nil {
			t.Fatal(err)
		}
		all := slices.DeleteFunc(peer.All(), func(p peer.Peer) bool { return !applies(sc[0], s[0], p) })
		if got := names(all, func(p peer.Peer) string { return p.Name }); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.scenario, c.subject, got, c.want)
		}
	}
}
