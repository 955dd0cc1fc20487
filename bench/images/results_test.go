//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/bench/internal/report"
)

// TestPage: the page says what the committed results do.
func TestPage(t *testing.T) {
	r, err := readResults("testdata/results.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../" + docsPage)
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.update(string(page))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("run go run ./bench/images -update-docs bench/images/testdata/results.json (-want +got):\n%s", diff)
	}
	summaries := r.Summaries
	if diff := cmp.Diff(r.summarize(), summaries); diff != "" {
		t.Errorf("the summaries are not those of the samples (-want +got):\n%s", diff)
	}
	for _, s := range summaries {
		if s.N < 5 || s.Failures > 0 || s.MedianPeak == 0 {
			t.Errorf("%s, %s, %s: %d samples, %d failures", s.Image, s.Question, s.Tool, s.N, s.Failures)
		}
	}
}

// TestTables: samples that failed have no time, and the tool of modship is held against its peer.
func TestTables(t *testing.T) {
	const question = "what is wrong with it"
	at := func(tool string, seconds float64, memory int64, failure string) sample {
		return sample{Image: "small", Question: question, Tool: tool, Seconds: seconds, PeakBytes: memory << 20, Error: failure}
	}
	busy := func(s sample) sample {
		s.ProcessorSeconds = 0.5
		return s
	}
	r := &results{Images: []image{{Name: "small", CompressedBytes: 1 << 20, Bytes: 3 << 20, Files: 7}}, Samples: []sample{
		busy(at("dockle", 4, 10, "")), at("oci-lint-go", 1, 20, ""), at("oci-lint-go", 3, 40, ""), at("oci-lint-go", 100, 99, "exit status 2"), busy(at("dockle", 4, 10, "")),
	}}
	want := []report.Table{{
		Title:  "small image: 7 files of 3.0 MiB, 1.0 MiB compressed",
		Header: []string{"question", "tool", "seconds, median (min–max)", "processor seconds", "memory, median (max)", "time ÷ peer's", "memory ÷ peer's", "samples"},
		Rows: [][]string{
			{question, "`oci-lint-go`", "2.00 (1.00–3.00)", "–", "30 MiB (40)", "0.50", "3.00", "2, 1 failed"},
			{question, "`dockle`", "4.00 (4.00–4.00)", "0.50", "10 MiB (10)", "", "", "2"},
		},
	}}
	if diff := cmp.Diff(want, r.tables()); diff != "" {
		t.Error(diff)
	}
	var b bytes.Buffer
	if err := r.write(&b); err != nil || !strings.Contains(b.String(), `"peer": "dockle"`) {
		t.Errorf("%v, %s", err, &b)
	}
}

// TestReproducible: the large image is the same wherever it is made, and another text changes one file.
func TestReproducible(t *testing.T) {
	files := func(text string, mtime time.Time) map[string]string {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := writeData(w, 10, 1<<10, text, mtime); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for r := tar.NewReader(&b); ; {
			h, err := r.Next()
			if err != nil {
				return found
			}
			var content bytes.Buffer
			if _, err := content.ReadFrom(r); err != nil {
				t.Fatal(err)
			}
			found[h.Name] = h.ModTime.UTC().String() + content.String()
		}
	}
	first := files("first", then)
	if diff := cmp.Diff(first, files("first", then)); diff != "" || len(first) != 10 {
		t.Errorf("%d files: %s", len(first), diff)
	}
	var changed []string
	for name, content := range files("second", then) {
		if first[name] != content {
			changed = append(changed, name)
		}
	}
	if !cmp.Equal(changed, []string{changedFile}) {
		t.Errorf("changed are %q", changed)
	}
	if first[changedFile] == files("first", later)[changedFile] {
		t.Error("the times are the same")
	}
}
