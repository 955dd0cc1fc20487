package result

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarize(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Summary
	}{
		{nil, Summary{}},
		{[]float64{3}, Summary{N: 1, Median: 3, Min: 3, Max: 3}},
		{[]float64{4, 1}, Summary{N: 2, Median: 2.5, Min: 1, Max: 4}},
		{[]float64{9, 1, 2}, Summary{N: 3, Median: 2, Min: 1, Max: 9}},
		{[]float64{4, 1, 3, 100}, Summary{N: 4, Median: 3.5, Min: 1, Max: 100}},
	} {
		before := slices.Clone(c.values)
		if diff := cmp.Diff(c.want, Summarize(c.values)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.values, diff)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("the values %v became %v", before, c.values)
		}
	}
}

// TestMedianSplitsTheValues: no more than half of the values are on either side, in whatever order they come.
func TestMedianSplitsTheValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 30; n++ {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(random.IntN(10))
		}
		s := Summarize(values)
		below, above := 0, 0
		for _, v := range values {
			if v < s.Median {
				below++
			}
			if v > s.Median {
				above++
			}
		}
		if below > n/2 || above > n/2 {
			t.Errorf("median of %v is %v", values, s.Median)
		}
	}
}

func TestRatio(t *testing.T) {
	two, eight := Summarize([]float64{2}), Summarize([]float64{8})
	if got := two.Ratio(eight); got != 0.25 {
		t.Errorf("2:8 is %v", got)
	}
	for _, missing := range []float64{two.Ratio(Summary{}), (Summary{}).Ratio(two)} {
		if !math.IsNaN(missing) {
			t.Errorf("the ratio to nothing is %v", missing)
		}
	}
}

func sample(peer string, seconds float64, failure string) Sample {
	return Sample{Subject: "hey", Scenario: "cold", Peer: peer, Seconds: seconds, Error: failure}
}

func TestSummaryOfSamples(t *testing.T) {
	r := Results{Samples: []Sample{
		sample("ko", 3, ""), sample("go", 1, ""), sample("ko", 60, "exit status 1"), sample("ko", 5, ""),
		{Subject: "ko", Scenario: "cold", Peer: "ko", Seconds: 99},
	}}
	got := r.Summary(Key{"hey", "cold", "ko"}, Seconds)
	if diff := cmp.Diff(Summary{N: 2, Failed: 1, Median: 4, Min: 3, Max: 5}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = r.Summary(Key{"hey", "cold", "ko"}, func(s Sample) float64 { return float64(s.CacheBytes) })
	if diff := cmp.Diff(Summary{Failed: 1}, got); diff != "" {
		t.Errorf("what was not measured (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ko", "go"}, r.Distinct(func(s Sample) string { return s.Peer })); diff != "" {
		t.Errorf("peers (-want +got):\n%s", diff)
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	want := &Results{
		Machine:  Machine{OS: "linux", Cores: 2, MemoryBytes: 1 << 34},
		Versions: map[string]string{"ko": "v0.19.1"},
		Subjects: []Subject{{Name: "hey", Go: "go1.24.1"}},
		Samples: []Sample{{
			Subject: "hey", Platforms: []string{"linux/amd64"}, Seconds: 1.5, ImageBytes: map[string]int64{"linux/amd64": 7},
			Steps: map[string]float64{"[compile]": 1}, Recompiled: []string{},
		}},
	}
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"medianSeconds": 1.5`) {
		t.Errorf("there is no summary in:\n%s", &b)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Read(strings.NewReader(`{"machin": {}}`)); err == nil || !strings.Contains(err.Error(), "machin") {
		t.Errorf("an unknown key gives %v", err)
	}
}

func TestMerge(t *testing.T) {
	one := &Results{Machine: Machine{Cores: 2}, Versions: map[string]string{"ko": "1"}, Subjects: []Subject{{Name: "hey"}}, Samples: []Sample{sample("ko", 1, "")}}
	two := &Results{Machine: Machine{Cores: 2}, Versions: map[string]string{"ko": "1"}, Subjects: []Subject{{Name: "hey"}, {Name: "ko"}}, Samples: []Sample{sample("ko", 2, "")}}
	got, err := Merge([]*Results{one, two})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 2 || len(got.Subjects) != 2 || len(one.Samples) != 1 || got.Samples[0].Run != 0 || got.Samples[1].Run != 1 || two.Samples[0].Run != 0 {
		t.Errorf("merged into %+v", got)
	}
	other := *two
	other.Machine.Cores = 4
	newer := *two
	newer.Versions = map[string]string{"ko": "2"}
	for name, runs := range map[string][]*Results{"nothing": nil, "two machines": {one, &other}, "two versions": {one, &newer}} {
		if _, err := Merge(runs); err == nil {
			t.Errorf("merging %s succeeded", name)
		}
	}
}
