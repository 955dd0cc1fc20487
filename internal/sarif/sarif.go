// Package sarif writes what commands find in images in the Static Analysis Results Interchange Format 2.1.0, so that GitHub accepts it.
//
// GitHub shows a result only at a place in a file of the repository, by a relative path: that is one file for all, such as the
// Dockerfile. The place in the image is the logical location, whose parents are the platform and the image (§3.33.8), and the images are
// artifacts of the run. Two results of one rule at one place of a file are the same to GitHub unless their fingerprints tell them apart.
package sarif

import (
	"bytes"
	"fmt"
	"io"
	"net/url"

	"github.com/opencontainers/go-digest"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/modship-build/modship/internal/safetext"
)

// maxResults is how many results of a run GitHub keeps.
const maxResults = 5000

// Run is what a command has found.
type Run struct {
	// Tool is the command, Version its version and Manual the address of its page.
	Tool, Version, Manual string
	// File is the file of the repository that results are shown at: a relative path with slashes.
	File   string
	Rules  []Rule
	Images []Image
	// Results are bounded when they are written; Unlisted counts those that there are beside them.
	Results  []Result
	Unlisted int
}

// Rule is one that results are of.
type Rule struct {
	ID string
	// URL is the address of its page, "" if it has none.
	URL string
	// What says in a sentence what breaks it, and Why what is bad about that; "" if What says all.
	What, Why string
	Level     Level
}

// Level says how much a result counts.
type Level string

// The levels.
const (
	Error   Level = sarif.LevelError
	Warning Level = sarif.LevelWarning
	Note    Level = sarif.LevelNote
)

// Image is one that was looked at.
type Image struct{ Reference, Platform, Digest string }

// Write writes the run as a report of its own.
func (r Run) Write(w io.Writer) error {
	report := sarif.NewReport().AddRun(r.run())
	var b bytes.Buffer
	if err := report.PrettyWrite(&b); err != nil {
		return fmt.Errorf("encoding SARIF: %w", err)
	}
	_, err := w.Write(append(safetext.JSON(b.Bytes()), '\n'))
	return err
}

func (r Run) run() *sarif.Run {
	run := sarif.NewRunWithInformationURI(r.Tool, r.Manual).WithColumnKind("unicodeCodePoints")
	if r.Version != "" {
		run.Tool.Driver.WithVersion(r.Version)
	}
	index := map[string]int{}
	for i, rule := range r.Rules {
		index[rule.ID] = i
		run.Tool.Driver.AddRule(rule.descriptor())
	}
	for _, img := range r.Images {
		run.AddArtifact(img.artifact())
	}
	prints, within := fingerprints{}, parents{run, map[string]int{}}
	for _, result := range r.Results[:min(maxResults, len(r.Results))] {
		run.AddResult(result.encode(r.File, index, prints, within))
	}
	invocation := sarif.NewInvocation().WithExecutionSuccessful(true)
	if left := len(r.Results) - len(run.Results) + r.Unlisted; left > 0 {
		invocation.AddToolExecutionNotification(sarif.NewNotification().WithLevel(string(Warning)).
			WithMessage(sarif.NewTextMessage(fmt.Sprintf("%d more results are left out", left))))
	}
	return run.WithInvocations([]*sarif.Invocation{invocation})
}

func (r Rule) descriptor() *sarif.ReportingDescriptor {
	text := r.What
	if r.Why != "" {
		text += " " + r.Why
	}
	message := func(s string) *sarif.MultiformatMessageString { return sarif.NewMultiformatMessageString().WithText(s) }
	rule := sarif.NewRule(r.ID).WithShortDescription(message(r.What)).WithFullDescription(message(text)).
		WithHelp(message(text)).WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(string(r.Level)))
	if r.URL != "" {
		rule.WithHelpURI(r.URL)
	}
	return rule
}

func (i Image) artifact() *sarif.Artifact {
	a := sarif.NewArtifact().WithLocation(sarif.NewArtifactLocation().WithURI(imageURI(i.Reference))).
		WithDescription(sarif.NewTextMessage(safetext.Line(i.Reference + " " + i.Platform)))
	if d, err := digest.Parse(i.Digest); err == nil {
		a.WithHashes(map[string]string{"sha-256": d.Encoded()})
	}
	return a
}

func pathURI(path string) string { return (&url.URL{Path: path}).EscapedPath() }
