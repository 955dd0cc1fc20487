package report

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		sample("modules10", "disk", "modship-client", result.Sample{DiskBytes: map[string]int64{"a": 1e9, "b": 2e9, result.DaemonFiles: 9e9}}),
		sample("ko", "upgrade", "modship-client", result.Sample{Steps: map[string]float64{"[linux/amd64 deps] compile": 3}, Compiled: 7}),
	}}
	for _, c := range []struct{ goal, peer, want string }{
		{"telegraf: same", "modship-syntax", "0.60 s FAIL"},
		{"targets8: cold compiles", "modship-syntax", "1.08 FAIL"},
		{"targets8: cold ≤ 1.15", "modship-syntax", "1.00 pass"},
		{"targets8: exported cache", "modship-syntax", "1.20 pass"},
		{"crane: compilers of cold@8", "modship-syntax", "1.20 pass"},
		{"modules10: what", "modship-client", "3.00 GB for information"},
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
	page := "# Page\n\n" + BeginSummary + "\nold\n" + EndSummary + "\n" + Begin + "\nold\n" + End + "\n\nAfter.\n"
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
	if !strings.HasPrefix(once, "# Page\n\n"+BeginSummary+"\n") || strings.Contains(once, "old\n"+EndSummary) || !strings.HasSuffix(once, End+"\n\nAfter.\n") {
		t.Errorf("the rest of the page changed:\n%s", once)
	}
	for _, broken := range []string{"# Page\n", Begin + "\n", Begin + "\n" + End, Begin + "\n" + End + BeginSummary + "\n"} {
		if _, err := Update(broken, r); err == nil {
			t.Errorf("%q was updated", broken)
		}
	}
}

// TestPage: the page of the manual can be updated, and its summary and its chart are those of the tables that stand in it.
func TestPage(t *testing.T) {
	const docs = "../../../docs"
	data, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	if _, err := Update(page, run(map[string]float64{"cold ko": 1})); err != nil {
		t.Error(err)
	}
	summarized, err := Summarize(page)
	if err != nil {
		t.Fatal(err)
	}
	chart, err := os.ReadFile(filepath.Join(docs, ChartFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []struct{ got, want string }{{page, summarized}, {string(chart), Chart(page)}} {
		if diff := cmp.Diff(file.want, file.got); diff != "" {
			t.Errorf("not what the tables say; run go run ./bench -update-docs (-want +got):\n%s", diff)
		}
	}
}

// page is a page with a table of seconds.
const page = "# Page\n\n### ko v0.19.1 (go1.26.8): seconds, median (min–max)\n\n" +
	"| scenario | modship-syntax | modship-client | dockerfile-mounts | dockerfile-plain | dockerfile-dance | ko | go-build |\n" +
	"| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n" +
	"| cold | 90.0 (80.0–99.0) | 91.0 | 120.0 (100.0–130.0, 1 failed) | – | – | 100.0 | 95.0 |\n" +
	"| same | 0.20 | 0.10 | 0.10 | – | – | 2.50 | 0.50 |\n" +
	"| edit-main | – | 2.00 | 3.00 | – | – | 2.50 | 2.20 |\n" +
	"| cold@1 | 50.0 | – | – | – | – | – | – |\n" +
	"| ci | 9.00 | – | – | 120.0 | 60.0 | 99.0 | – |\n" +
	"| bump-ci | 20.0 | – | – | 120.0 | – | – | – |\n" +
	"| bump-ci-seed | 15.0 | – | – | – | – | – | – |\n\n" +
	"### ko v0.19.1 (go1.26.8): bytes pushed for the image, median\n\n| scenario | ko |\n| --- | ---: |\n| cold | 10.00 MB |\n"

// TestSentences: five of them where there is everything, the losses among them, and none where there is nothing.
func TestSentences(t *testing.T) {
	want := []string{
		"On a machine that has nothing yet, modship builds the module ko for two platforms in 90.0 s; the Dockerfile with cache mounts 120.0 s, ko 100.0 s and bare `go build` 95.0 s.",
		"On a fresh machine of a CI that imports the cache, an edit takes 9.00 s; the Dockerfile without cache mounts 120.0 s, one whose cache mounts are carried along 60.0 s and ko 99.0 s.",
		"Without a change it takes 0.20 s; the Dockerfile with cache mounts 0.10 s, ko 2.50 s and bare `go build` 0.50 s.",
		"After an edit of the main package it takes 2.00 s; the Dockerfile with cache mounts 3.00 s, ko 2.50 s and bare `go build` 2.20 s.",
		"The fastest other peer took less in same of ko (2.00 × dockerfile-mounts).",
	}
	if diff := cmp.Diff(want, Sentences(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	won := strings.ReplaceAll(page, "| same | 0.20", "| same | 0.09")
	if got := Sentences(won); got[4] != "In no scenario was any other peer faster." {
		t.Errorf("without a loss: %q", got[4])
	}
	if got := Sentences("# Page\n"); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
}

// TestChart: well-formed, the same each time, a mark for each time of another peer, and the fastest of them in red where it won.
func TestChart(t *testing.T) {
	chart := Chart(page)
	if again := Chart(page); again != chart {
		t.Error("a second chart is another one")
	}
	d := xml.NewDecoder(strings.NewReader(chart))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Count(chart, `stroke="#0969da"`), 1+3; got != want {
		t.Errorf("%d marks of the Dockerfile with cache mounts, want %d", got, want)
	}
	if got := strings.Count(chart, "#cf222e"); got != 1 || !strings.Contains(chart, `fill="#cf222e">dockerfile-mounts 0.10 s`) {
		t.Errorf("%d losses are red", got)
	}
	if got := strings.Count(chart, "dockerfile-plain 120.0 s"); got != 2 {
		t.Errorf("%d lines compare a bump with the plain Dockerfile, want 2: one with a seed", got)
	}
	if strings.Contains(chart, "cold@1") {
		t.Error("there is a line without another peer")
	}
	for multiple, want := range map[float64]float64{0.25: plotLeft, 0.01: plotLeft, 32: plotRight, 99: plotRight} {
		if got := position(multiple); got != want {
			t.Errorf("%v × is drawn at %v, want %v", multiple, got, want)
		}
	}
	if position(1) >= position(2) || position(2)-position(1) != position(4)-position(2) {
		t.Error("the axis is not logarithmic")
	}
}
