package result

import (
	"math"
	"slices"
)

// Summary describes the samples of one thing that was measured several times.
type Summary struct {
	// N is the number of samples that have a value, Failed that of those that have none.
	N, Failed        int
	Median, Min, Max float64
}

// Summarize describes values; the median of an even number of them is the mean of the middle two.
func Summarize(values []float64) Summary {
	n := len(values)
	if n == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	median := sorted[n/2]
	if n%2 == 0 {
		median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return Summary{N: n, Median: median, Min: sorted[0], Max: sorted[n-1]}
}

// Ratio is the ratio of the medians; it is not a number where one of them is missing.
func (s Summary) Ratio(other Summary) float64 {
	if s.N == 0 || other.N == 0 {
		return math.NaN()
	}
	return s.Median / other.Median
}

// Key names what was measured.
type Key struct{ Subject, Scenario, Peer string }

// Summary describes one value of the samples of key. Only samples whose value is above zero count: zero is what was not
// measured.
func (r *Results) Summary(key Key, value func(Sample) float64) Summary {
	var values []float64
	failed := 0
	for _, s := range r.Samples {
		switch {
		case key != s.Key():
		case s.Error != "":
			failed++
		case value(s) > 0:
			values = append(values, value(s))
		}
	}
	sum := Summarize(values)
	sum.Failed = failed
	return sum
}

// Key is what the sample measures.
func (s Sample) Key() Key { return Key{s.Subject, s.Scenario, s.Peer} }

// Distinct lists the values of a name in the samples, in the order of their first appearance.
func (r *Results) Distinct(name func(Sample) string) []string {
	var found []string
	for _, s := range r.Samples {
		if n := name(s); !slices.Contains(found, n) {
			found = append(found, n)
		}
	}
	return found
}
