package result

import "slices"

// Figures is what the samples of one key say together. It stands in the JSON for who reads that without this program; [Read]
// leaves it out, for it is made anew of the samples.
//
// Sizes are medians in bytes, over the samples that have a value above zero; one that is zero was not measured or does not apply.
type Figures struct {
	Subject  string `json:"subject"`
	Scenario string `json:"scenario"`
	Peer     string `json:"peer"`
	// N is the number of samples with a time, Failures that of those without.
	N        int `json:"n"`
	Failures int `json:"failures"`
	// The seconds are zero if N is.
	MedianSeconds float64 `json:"medianSeconds,omitzero"`
	MinSeconds    float64 `json:"minSeconds,omitzero"`
	MaxSeconds    float64 `json:"maxSeconds,omitzero"`
	// Ratios are those of the median seconds to the ones of each other peer that has some; below 1 this peer was the faster one.
	Ratios map[string]float64 `json:"ratios,omitempty"`

	PushedBytes  float64            `json:"pushedBytes,omitzero"`
	ImageBytes   map[string]float64 `json:"imageBytes,omitempty"` // by platform
	CacheBytes   float64            `json:"cacheBytes,omitzero"`
	CacheSeconds float64            `json:"cacheSeconds,omitzero"`
	// The peaks are medians too: each sample has its peak.
	ClientPeakBytes   float64 `json:"clientPeakBytes,omitzero"`
	TreePeakBytes     float64 `json:"treePeakBytes,omitzero"`
	FrontendPeakBytes float64 `json:"frontendPeakBytes,omitzero"`
}

// AllFigures are those of all keys, in the order of their first samples.
func (r *Results) AllFigures() []Figures {
	var keys []Key
	for _, s := range r.Samples {
		if !slices.Contains(keys, s.Key()) {
			keys = append(keys, s.Key())
		}
	}
	all := make([]Figures, len(keys))
	for i, key := range keys {
		all[i] = r.figures(key)
	}
	return all
}

func (r *Results) figures(key Key) Figures {
	median := func(value func(Sample) float64) float64 { return r.Summary(key, value).Median }
	seconds := r.Summary(key, Seconds)
	return Figures{
		Subject: key.Subject, Scenario: key.Scenario, Peer: key.Peer,
		N: seconds.N, Failures: seconds.Failed,
		MedianSeconds: seconds.Median, MinSeconds: seconds.Min, MaxSeconds: seconds.Max,
		Ratios:      r.ratios(key),
		PushedBytes: median(PushedBytes),
		ImageBytes:  r.ImageSizes(key),
		CacheBytes:  median(CacheBytes), CacheSeconds: median(CacheSeconds),
		ClientPeakBytes: median(ClientPeakBytes), TreePeakBytes: median(TreePeakBytes), FrontendPeakBytes: median(FrontendPeakBytes),
	}
}

// ratios leaves out what is no number, which JSON has no way to write.
func (r *Results) ratios(key Key) map[string]float64 {
	own := r.Summary(key, Seconds)
	ratios := map[string]float64{}
	for _, peer := range r.Distinct(func(s Sample) string { return s.Peer }) {
		other := r.Summary(Key{key.Subject, key.Scenario, peer}, Seconds)
		if peer != key.Peer && own.N > 0 && other.N > 0 {
			ratios[peer] = own.Ratio(other)
		}
	}
	return ratios
}

// ImageSizes are the medians of the compressed size of each platform's image, in bytes.
func (r *Results) ImageSizes(key Key) map[string]float64 {
	platforms := map[string]bool{}
	for _, s := range r.Samples {
		if s.Key() == key {
			for p := range s.ImageBytes {
				platforms[p] = true
			}
		}
	}
	sizes := map[string]float64{}
	for p := range platforms {
		if size := r.Summary(key, ImageBytes(p)); size.N > 0 {
			sizes[p] = size.Median
		}
	}
	return sizes
}
