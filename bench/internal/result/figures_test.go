package result

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/modship-build/modship/internal/testing/golden"
)

// TestFiguresGolden compares what is written beside the samples of testdata/summaries.txtar, whose own summaries are wrong: they
// are not read.
func TestFiguresGolden(t *testing.T) {
	archive := golden.Read(t, "testdata/summaries.txtar")
	r, err := Read(bytes.NewReader(archive.Data(t, "results.json")))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	var written struct{ Summaries json.RawMessage }
	if err := json.Unmarshal(b.Bytes(), &written); err != nil {
		t.Fatal(err)
	}
	archive.Want(t, string(written.Summaries)+"\n")
}

// TestFiguresOfMerged: the summaries are of all samples, whatever those of the parts say.
func TestFiguresOfMerged(t *testing.T) {
	var runs []*Results
	for _, seconds := range []float64{1, 4} {
		var b bytes.Buffer
		if err := (&Results{Samples: []Sample{sample("ko", seconds, ""), sample("go-build", 2, "")}}).Write(&b); err != nil {
			t.Fatal(err)
		}
		r, err := Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	merged, err := Merge(runs)
	if err != nil {
		t.Fatal(err)
	}
	got := merged.AllFigures()
	if len(got) != 2 || got[0].N != 2 || got[0].MedianSeconds != 2.5 || got[0].Ratios["go-build"] != 1.25 || got[1].Ratios["ko"] != 0.8 {
		t.Errorf("got %+v", got)
	}
}

// TestNoSamples: what has no sample has an empty list, not null.
func TestNoSamples(t *testing.T) {
	var b bytes.Buffer
	if err := (&Results{}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b.Bytes(), []byte(`"summaries": []`)) {
		t.Errorf("got %s", &b)
	}
}
