// Package result holds what a benchmark run has measured: every single sample, and the machine and the tools that it was
// measured with. It is plain data that goes to JSON and back without loss, and every median and ratio is computed here: the JSON
// has them beside the samples, and package report makes tables of them.
package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Results is one run, or several runs of one machine put together.
type Results struct {
	Machine Machine `json:"machine"`
	// Versions are those of the programs that took part, by name.
	Versions map[string]string `json:"versions"`
	Subjects []Subject         `json:"subjects"`
	// Started is the date of the run, RFC 3339.
	Started string   `json:"started"`
	Samples []Sample `json:"samples"`
}

// Machine is where a run took place.
type Machine struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Kernel       string `json:"kernel"`
	CPU          string `json:"cpu"`
	Cores        int    `json:"cores"`
	MemoryBytes  int64  `json:"memoryBytes"`
}

// Subject is a module that was built.
type Subject struct {
	Name    string `json:"name"`
	Module  string `json:"module"`
	Version string `json:"version"`
	Main    string `json:"main"`
	// Go is the version that every peer built it with, such as go1.26.8.
	Go string `json:"go"`
}

// Sample is one build by one peer. Sizes are in bytes; zero means that the number was not measured or does not apply.
type Sample struct {
	// Run numbers the run that the sample is of, from 0, where Merge put several together. No file has it.
	Run int `json:"-"`

	Subject   string   `json:"subject"`
	Scenario  string   `json:"scenario"`
	Peer      string   `json:"peer"`
	Platforms []string `json:"platforms"`
	// Round counts repetitions from 1; Position is the peer's turn in its round, from 1.
	Round    int `json:"round"`
	Position int `json:"position"`
	// Seconds is the wall clock from the start of the client to its end.
	Seconds float64 `json:"seconds"`
	// Load is the machine's load average of one minute before the sample.
	Load float64 `json:"load"`
	// Error says why there is no time, and Log how the peer's output ended.
	Error string `json:"error,omitzero"`
	Log   string `json:"log,omitzero"`

	// PushedBytes counts manifests and compressed layers that were new to the image's repository.
	PushedBytes int64 `json:"pushedBytes,omitzero"`
	// CacheBytes is the size of the exported registry cache, CacheSeconds what the build said its export took.
	CacheBytes   int64   `json:"cacheBytes,omitzero"`
	CacheSeconds float64 `json:"cacheSeconds,omitzero"`
	// ImageBytes is the compressed size of each platform's image.
	ImageBytes map[string]int64 `json:"imageBytes,omitempty"`
	// ClientPeakBytes is the highest resident set of the client, TreePeakBytes that of the largest process among the client and
	// its children, FrontendPeakBytes that of the frontend container's process.
	ClientPeakBytes   int64 `json:"clientPeakBytes,omitzero"`
	TreePeakBytes     int64 `json:"treePeakBytes,omitzero"`
	FrontendPeakBytes int64 `json:"frontendPeakBytes,omitzero"`
	// CompilersPeakBytes is the highest sum of the resident sets of all compilers that ran at once, Compilers the most that did.
	CompilersPeakBytes int64 `json:"compilersPeakBytes,omitzero"`
	Compilers          int   `json:"compilers,omitzero"`
	// Compiled counts the packages of other modules that the log says were compiled, and Unique each only once for a platform.
	Compiled int `json:"compiled,omitzero"`
	Unique   int `json:"unique,omitzero"`
	// DiskBytes is what the records of the daemon hold after the build, by kind, and beside them [DaemonFiles].
	DiskBytes map[string]int64 `json:"diskBytes,omitempty"`
	// Steps are the build steps that were executed, not found in a cache, with their seconds; "pulled: " before a name says that
	// its layers came from a registry.
	Steps map[string]float64 `json:"steps,omitempty"`
	// Recompiled are the packages of other modules that this build compiled although a build since the caches were emptied had, each
	// after its platform, as in "linux/amd64 golang.org/x/sync/errgroup". It is nil, not empty, where the logs do not say it.
	Recompiled []string `json:"recompiled,omitzero"`
}

// DaemonFiles is the kind of DiskBytes that stands for all files of the daemon, also those that are of no record, such as compressed layers.
const DaemonFiles = "all files of the daemon"

// document is results as they stand in a file. S is what Write puts beside them; Read takes it as it comes and drops it, since
// what it says was made of the samples.
type document[S any] struct {
	*Results
	Summaries S `json:"summaries"`
}

// Read reads what Write has written.
func Read(r io.Reader) (*Results, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	read := document[json.RawMessage]{Results: &Results{}}
	if err := d.Decode(&read); err != nil {
		return nil, fmt.Errorf("reading results: %w", err)
	}
	return read.Results, nil
}

// Write writes the results as JSON, with a summary of the samples.
func (r *Results) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(document[[]Figures]{r, r.AllFigures()}); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// Merge puts runs of one machine with the same programs together, so that a long benchmark can be measured in parts.
func Merge(runs []*Results) (*Results, error) {
	if len(runs) == 0 {
		return nil, errors.New("merging results: there are none")
	}
	merged := *runs[0]
	merged.Subjects, merged.Samples = slices.Clone(merged.Subjects), nil
	for i, r := range runs {
		if r.Machine != merged.Machine {
			return nil, fmt.Errorf("merging results: %+v and %+v are two machines", merged.Machine, r.Machine)
		}
		for name, v := range r.Versions {
			if old := merged.Versions[name]; old != v {
				return nil, fmt.Errorf("merging results: they were made with %s %s and %s", name, old, v)
			}
		}
		for _, s := range r.Subjects {
			if !slices.Contains(merged.Subjects, s) {
				merged.Subjects = append(merged.Subjects, s)
			}
		}
		for _, s := range r.Samples {
			s.Run = i
			merged.Samples = append(merged.Samples, s)
		}
	}
	return &merged, nil
}
