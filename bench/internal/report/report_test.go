package report

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/bench/internal/result"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestGolden compares all tables, as Markdown and as text, with testdata/report.txtar: its file results.json is what is
// reported.
func TestGolden(t *testing.T) {
	archive := golden.Read(t, "testdata/report.txtar")
	r, err := result.Read(bytes.NewReader(archive.Data(t, "results.json")))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	tables := append(Tables(r), Reach(r))
	for _, write := range []func(Table, io.Writer) error{Table.Markdown, Table.Text} {
		for _, table := range tables {
			if err := write(table, &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	archive.Want(t, b.String())
}

// run makes results of ko from seconds by "scenario peer".
func run(seconds map[string]float64) *result.Results {
	r := &result.Results{Subjects: []result.Subject{{Name: "ko"}}}
	for key, value := range seconds {
		scenario, peer, _ := strings.Cut(key, " ")
		platforms := []string{"linux/amd64", "linux/arm64"}
		if strings.HasSuffix(scenario, "@1") {
			platforms = platforms[:1]
		}
		r.Samples = append(r.Samples, result.Sample{Subject: "ko", Scenario: scenario, Peer: peer, Platforms: platforms, Seconds: value})
	}
	return r
}

// verdictOf is the last two cells of the row of a goal.
func verdictOf(t *testing.T, r *result.Results, text, peer string) string {
	t.Helper()
	for _, row := range Reach(r).Rows {
		if strings.Contains(row[0], text) && row[1] == peer {
			return strings.Join(row[2:], " ")
		}
	}
	t.Fatalf("no goal says %q of %s", text, peer)
	return ""
}

func TestReach(t *testing.T) {
	for _, c := range []struct {
		goal, want string
		seconds    map[string]float64
	}{
		{"cold ≤ 0.85 × dockerfile", "0.85 pass", map[string]float64{"cold modship-client": 85, "cold dockerfile-mounts": 100}},
		{"cold ≤ 0.85 × dockerfile", "0.92 FAIL", map[string]float64{"cold modship-client": 92, "cold dockerfile-mounts": 100}},
		{"cold ≤ 0.85 × dockerfile", "– not measured", map[string]float64{"cold modship-client": 92}},
		{"bump-ci-seed ≤ 0.20", "0.10 pass", map[string]float64{"bump-ci-seed modship-client": 9, "bump-ci dockerfile-plain": 90}},
		{"bump-ci-seed ≤ 0.25", "0.30 FAIL", map[string]float64{"bump-ci-seed modship-client": 9, "bump-ci modship-client": 30}},
		{"readme ≤", "0.15 s pass", map[string]float64{"same modship-client": 0.5, "readme modship-client": 0.65}},
		{"readme ≤", "0.25 s FAIL", map[string]float64{"same modship-client": 0.5, "readme modship-client": 0.75}},
		{"edit-main ≤ 0.80", "1.20 FAIL", map[string]float64{"edit-main modship-client": 6, "edit-main ko": 5, "edit-main dockerfile-mounts": 8}},
		{"edit-main ≤ 0.80", "– not measured", map[string]float64{"edit-main modship-client": 6, "edit-main ko": 5}},
		{"edit-main ≤ 0.80", "0.75 pass", map[string]float64{"edit-main modship-client": 6, "edit-main ko": 9, "edit-main dockerfile-mounts": 8}},
		{"second platform", "1.10 pass", map[string]float64{
			"cold modship-client": 31, "cold@1 modship-client": 20, "cold go-build": 25, "cold@1 go-build": 15}},
		{"same ÷ dockerfile-mounts", "2.00 for information", map[string]float64{"same modship-client": 0.5, "same dockerfile-mounts": 0.25}},
	} {
		if got := verdictOf(t, run(c.seconds), c.goal, "modship-client"); got != c.want {
			t.Errorf("%s of %v: got %q, want %q", c.goal, c.seconds, got, c.want)
		}
	}
}

// TestReachOfOthers: goals about other subjects, and what is not seconds.
func TestReachOfOthers(t *testing.T) {
	sample := func(subject, scenario, peer string, s result.Sample) result.Sample {
		s.Subject, s.Scenario, s.Peer = subject, scenario, peer
		return s
	}
	own := func(subject, scenario string, s result.Sample) result.Sample {
		return sample(subject, scenario, "modship-syntax", s)
	}
	cached := map[string]float64{"[internal] load Go files": 0.1}
	r := &result.Results{Samples: []result.Sample{
		own("telegraf", "same", result.Sample{Seconds: 0.6}),
		own("targets8", "cold", result.Sample{Seconds: 50, Compiled: 197, Unique: 183}), sample("targets8", "cold", "go-build", result.Sample{Seconds: 50}),
		own("targets8", "cold-export", result.Sample{CacheBytes: 12}), own("targets8", "union-export", result.Sample{CacheBytes: 10}),
		own("crane", "cold@8", result.Sample{CompilersPeakBytes: 12}), own("crane", "cold@1", result.Sample{CompilersPeakBytes: 10}),
		own("ko", "upgrade", result.Sample{Steps: cached}),
		sample("ko", "upgrade", "modship-client", result.Sample{Steps: map[string]float64{"[linux/amd64 deps] compile": 3}, Compiled: 7}),
	}}
	for _, c := range []struct{ goal, peer, want string }{
		{"telegraf: same", "modship-syntax", "0.60 s FAIL"},
		{"targets8: cold compiles", "modship-syntax", "1.08 FAIL"},
		{"targets8: cold ≤ 1.15", "modship-syntax", "1.00 pass"},
		{"targets8: exported cache", "modship-syntax", "1.20 pass"},
		{"crane: compilers of cold@8", "modship-syntax", "1.20 pass"},
		{"upgrade compiles nothing", "modship-syntax", "0.00 steps pass"},
		{"upgrade compiles nothing", "modship-client", "8.00 steps FAIL"},
	} {
		if got := verdictOf(t, r, c.goal, c.peer); got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.goal, c.peer, got, c.want)
		}
	}
}

// TestReachOfRuns: a difference is one of the same run where a run has both sides, in whatever order the runs are read.
func TestReachOfRuns(t *testing.T) {
	type seconds = map[string]float64
	const second, readme = "second platform", "readme ≤"
	for _, c := range []struct {
		name, goal, want string
		runs             []seconds
	}{
		{"one run has both", readme, "0.15 s pass", []seconds{
			{"same modship-client": 0.5, "readme modship-client": 0.65}, {"same modship-client": 0.1}, {"same modship-client": 0.2}}},
		{"two runs have both", readme, "0.20 s pass", []seconds{
			{"same modship-client": 0.5, "readme modship-client": 0.65}, {"same modship-client": 0.1, "readme modship-client": 0.35}}},
		{"no run has both", readme, "0.25 s FAIL", []seconds{{"same modship-client": 0.5}, {"readme modship-client": 0.75}}},
		{"nothing has both", readme, "– not measured", []seconds{{"same modship-client": 0.5}, {"same modship-client": 0.6}}},
		{"one run has every peer", second, "1.10 pass", []seconds{
			{"cold modship-client": 31, "cold@1 modship-client": 20, "cold go-build": 25, "cold@1 go-build": 15},
			{"cold modship-client": 99, "cold@1 go-build": 1}}},
		{"each peer has a run", second, "1.10 pass", []seconds{
			{"cold modship-client": 31, "cold@1 modship-client": 20, "cold@1 go-build": 2}, {"cold go-build": 25, "cold@1 go-build": 15}}},
	} {
		for range 2 {
			var runs []*result.Results
			for _, s := range c.runs {
				runs = append(runs, run(s))
			}
			merged, err := result.Merge(runs)
			if err != nil {
				t.Fatal(err)
			}
			if got := verdictOf(t, merged, c.goal, "modship-client"); got != c.want {
				t.Errorf("%s: got %q of %v, want %q", c.name, got, c.runs, c.want)
			}
			slices.Reverse(c.runs)
		}
	}
}

// TestReachOfExport: what an export adds is what it took, and not the difference to a build of another minute.
func TestReachOfExport(t *testing.T) {
	const goal, peer = "cache export ≤", "modship-client"
	r := run(map[string]float64{"cold " + peer: 60, "cold-export " + peer: 120})
	if got := verdictOf(t, r, goal, peer); got != "– not measured" {
		t.Errorf("without the time of the export: %q", got)
	}
	for seconds, want := range map[float64]string{12: "0.11 pass", 20: "0.20 FAIL"} {
		for i := range r.Samples {
			if r.Samples[i].Scenario == "cold-export" {
				r.Samples[i].CacheSeconds = seconds
			}
		}
		if got := verdictOf(t, r, goal, peer); got != want {
			t.Errorf("%v of 120 s: got %q, want %q", seconds, got, want)
		}
	}
}

// TestReachOfTarget: the worst sample counts, and neither none nor one whose log was not understood is a pass.
func TestReachOfTarget(t *testing.T) {
	const compile = "[linux/amd64 compile] go build x/modules"
	steps := func(names ...string) map[string]float64 {
		all := map[string]float64{"[internal] load Go files": 0, "exporting to image": 1}
		for _, name := range names {
			all[name] = 1
		}
		return all
	}
	understood := result.Sample{Steps: steps(compile, "pulled: [toolchain] fetch"), Recompiled: []string{}}
	fetches := result.Sample{Steps: steps(compile, "[toolchain] unpack go", "[linux/amd64 modules] download"), Recompiled: []string{}}
	compiles := result.Sample{Steps: steps(compile), Recompiled: []string{"linux/amd64 a.example/a"}}
	for _, c := range []struct {
		name             string
		samples          []result.Sample
		fetched, rebuilt string
	}{
		{"no samples", nil, "– not measured", "– not measured"},
		{"nothing again", []result.Sample{understood}, "0.00 steps pass", "0.00 packages pass"},
		{"fetches", []result.Sample{fetches, understood}, "2.00 steps FAIL", "0.00 packages pass"},
		{"compiles", []result.Sample{understood, compiles}, "0.00 steps pass", "1.00 packages FAIL"},
		{"no steps", []result.Sample{{Recompiled: []string{}}}, "– not measured", "– not measured"},
		{"no step of the build", []result.Sample{understood, {Steps: steps(), Recompiled: []string{}}}, "– not measured", "– not measured"},
		{"no word of packages", []result.Sample{{Steps: steps(compile)}, understood}, "0.00 steps pass", "– not measured"},
		{"no word of packages at last", []result.Sample{understood, {Steps: steps(compile)}}, "0.00 steps pass", "– not measured"},
		{"a failure", []result.Sample{understood, {Error: "exit status 1"}}, "0.00 steps pass", "0.00 packages pass"},
	} {
		r := &result.Results{}
		for _, s := range c.samples {
			s.Subject, s.Scenario, s.Peer = "crane", "second-target", "modship-client"
			r.Samples = append(r.Samples, s)
		}
		for text, want := range map[string]string{"second target fetches": c.fetched, "second target compiles": c.rebuilt} {
			if got := verdictOf(t, r, text, "modship-client"); got != want {
				t.Errorf("%s, %s: got %q, want %q", c.name, text, got, want)
			}
		}
	}
}

func TestUpdate(t *testing.T) {
	r := run(map[string]float64{"cold ko": 12.5})
	page := "# Page\n\n" + Begin + "\nold\n" + End + "\n\nAfter.\n"
	once, err := Update(page, r)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Update(once, r)
	if err != nil {
		t.Fatal(err)
	}
	if once != twice {
		t.Error("a second update changes the page again")
	}
	if !regexp.MustCompile(`\| cold \| 12\.5 \|`).MatchString(once) || strings.Contains(once, "old\n"+End) {
		t.Errorf("the page became\n%s", once)
	}
	if !strings.HasPrefix(once, "# Page\n\n"+Begin) || !strings.HasSuffix(once, End+"\n\nAfter.\n") {
		t.Errorf("the rest of the page changed:\n%s", once)
	}
	for _, broken := range []string{"# Page\n", Begin + "\n"} {
		if _, err := Update(broken, r); err == nil {
			t.Errorf("%q was updated", broken)
		}
	}
}

// TestPageHasTheBlock: the page of the manual can be updated.
func TestPageHasTheBlock(t *testing.T) {
	page, err := os.ReadFile("../../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Update(string(page), run(map[string]float64{"cold ko": 1})); err != nil {
		t.Error(err)
	}
}
