//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/modship-build/modship/bench/internal/report"
	"github.com/modship-build/modship/bench/internal/result"
)

// results are one run, as they stand in its file.
type results struct {
	Machine  result.Machine    `json:"machine"`
	Versions map[string]string `json:"versions"`
	// Started is the date of the run, RFC 3339.
	Started string   `json:"started"`
	Images  []image  `json:"images"`
	Samples []sample `json:"samples"`
	// Summaries are made of the samples whenever these are written.
	Summaries []summary `json:"summaries"`
}

// sample is one run of a tool. Round and Position, the tool's turn in its round, count from 1.
type sample struct {
	Image     string  `json:"image"`
	Question  string  `json:"question"`
	Tool      string  `json:"tool"`
	Round     int     `json:"round"`
	Position  int     `json:"position"`
	Seconds   float64 `json:"seconds"`
	PeakBytes int64   `json:"peakBytes"`
	// ProcessorSeconds is what the tool took of all processors, in its own code and in the kernel; unlike Seconds it does not grow much
	// on a busy machine. Zero is not measured.
	ProcessorSeconds float64 `json:"processorSeconds,omitzero"`
	// Load is the machine's load average of one minute before the sample.
	Load  float64 `json:"load"`
	Error string  `json:"error,omitzero"`
}

// summary is what the samples of one tool, question and image say together. Ratios are those of the median to the one of each peer, below
// 1 the tool of modship was faster or smaller.
type summary struct {
	Image         string  `json:"image"`
	Question      string  `json:"question"`
	Tool          string  `json:"tool"`
	N             int     `json:"n"`
	Failures      int     `json:"failures"`
	MedianSeconds float64 `json:"medianSeconds"`
	MinSeconds    float64 `json:"minSeconds"`
	MaxSeconds    float64 `json:"maxSeconds"`
	// Processor is the median of the processor's seconds.
	Processor  float64  `json:"processorSeconds,omitzero"`
	MedianPeak float64  `json:"medianPeakBytes"`
	MaxPeak    float64  `json:"maxPeakBytes"`
	Ratios     []ratios `json:"ratios,omitempty"`
}

type ratios struct {
	Peer    string  `json:"peer"`
	Seconds float64 `json:"seconds"`
	Memory  float64 `json:"memory"`
}

// summarize gives the summaries in the order of images and questions, the tool of modship first.
func (r *results) summarize() []summary {
	var all []summary
	for _, i := range r.Images {
		for _, q := range questions() {
			var own []summary
			for _, t := range q.tools {
				if s := r.summary(i.Name, q.name, t.name); s.N+s.Failures > 0 {
					own = append(own, s)
				}
			}
			for _, peer := range own[min(1, len(own)):] {
				if own[0].N > 0 && peer.N > 0 {
					own[0].Ratios = append(own[0].Ratios, ratios{peer.Tool, own[0].MedianSeconds / peer.MedianSeconds, own[0].MedianPeak / peer.MedianPeak})
				}
			}
			all = append(all, own...)
		}
	}
	return all
}

func (r *results) summary(image, question, tool string) summary {
	s := summary{Image: image, Question: question, Tool: tool}
	var seconds, processor, peaks []float64
	for _, one := range r.Samples {
		switch {
		case one.Image != image || one.Question != question || one.Tool != tool:
		case one.Error != "":
			s.Failures++
		default:
			seconds, peaks = append(seconds, one.Seconds), append(peaks, float64(one.PeakBytes))
			processor = append(processor, one.ProcessorSeconds)
		}
	}
	time, memory := result.Summarize(seconds), result.Summarize(peaks)
	s.N, s.MedianSeconds, s.MinSeconds, s.MaxSeconds = time.N, time.Median, time.Min, time.Max
	s.Processor = result.Summarize(processor).Median
	s.MedianPeak, s.MaxPeak = memory.Median, memory.Max
	return s
}

func (r *results) write(w io.Writer) error {
	r.Summaries = r.summarize()
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

func readResults(file string) (*results, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	r := &results{}
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return r, nil
}

// tables are one for each image.
func (r *results) tables() []report.Table {
	summaries := r.summarize()
	var tables []report.Table
	for _, i := range r.Images {
		t := report.Table{
			Title:  fmt.Sprintf("%s image: %d files of %s, %s compressed", i.Name, i.Files, megabytes(i.Bytes), megabytes(i.CompressedBytes)),
			Header: []string{"question", "tool", "seconds, median (min–max)", "processor seconds", "memory, median (max)", "time ÷ peer's", "memory ÷ peer's", "samples"},
		}
		for _, s := range summaries {
			if s.Image == i.Name {
				t.Rows = append(t.Rows, s.row())
			}
		}
		tables = append(tables, t)
	}
	return tables
}

func (s summary) row() []string {
	row := []string{s.Question, "`" + s.Tool + "`", "failed", "–", "–", "", "", fmt.Sprint(s.N)}
	if s.Failures > 0 {
		row[len(row)-1] += fmt.Sprintf(", %d failed", s.Failures)
	}
	if s.N == 0 {
		return row
	}
	row[2] = fmt.Sprintf("%.2f (%.2f–%.2f)", s.MedianSeconds, s.MinSeconds, s.MaxSeconds)
	if s.Processor > 0 {
		row[3] = fmt.Sprintf("%.2f", s.Processor)
	}
	row[4] = fmt.Sprintf("%.0f MiB (%.0f)", s.MedianPeak/(1<<20), s.MaxPeak/(1<<20))
	if len(s.Ratios) > 0 {
		row[5], row[6] = fmt.Sprintf("%.2f", s.Ratios[0].Seconds), fmt.Sprintf("%.2f", s.Ratios[0].Memory)
	}
	return row
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// facts are lines about the machine, the tools and the images.
func (r *results) facts() []string {
	lines := report.Facts(&result.Results{Machine: r.Machine, Versions: r.Versions, Started: r.Started})
	low, high := 0.0, 0.0
	if len(r.Samples) > 0 {
		load := func(a, b sample) int { return int(1000 * (a.Load - b.Load)) }
		low, high = slices.MinFunc(r.Samples, load).Load, slices.MaxFunc(r.Samples, load).Load
	}
	lines = append(lines, fmt.Sprintf("load average of one minute before the samples: %.1f to %.1f", low, high))
	for _, i := range r.Images {
		lines = append(lines, fmt.Sprintf("the %s image: %s", i.Name, i.What))
	}
	return lines
}
