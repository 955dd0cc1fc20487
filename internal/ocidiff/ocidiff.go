// Package ocidiff says in what two images, or other artifacts, differ and why their digests do.
//
// It compares what documents mean and not how they are written: the order of keys and white space make formatting, and so do spaces.
// A digest that differs because something below it does is no difference of its own; that something is.
package ocidiff

import (
	"encoding/json"

	"github.com/modship-build/modship/internal/imagefacts"
)

// Version is the version of [Result]. It changes when a field changes its meaning or goes.
const Version = 1

// Result is the JSON form of one or more reports.
type Result struct {
	Version     int      `json:"version"`
	Comparisons []Report `json:"comparisons"`
}

// Level is where a difference is, from the outside to the inside.
type Level string

// The levels.
const (
	Index       Level = "index"
	Descriptor  Level = "descriptor"
	Manifest    Level = "manifest"
	Annotations Level = "annotations"
	Config      Level = "config"
	Labels      Level = "labels"
	Layers      Level = "layers"
)

// Cause is a kind of difference, by what it means to who built the images.
type Cause string

// The causes, in the order in which they are told.
const (
	// Platforms says that one image has a platform, or other document, that the other lacks.
	Platforms   Cause = "platforms"
	Files       Cause = "files"
	Metadata    Cause = "metadata"
	Attestation Cause = "attestation"
	Compression Cause = "compression"
	MediaTypes  Cause = "media types"
	Formatting  Cause = "formatting"
)

var causes = []Cause{Platforms, Files, Metadata, Attestation, Compression, MediaTypes, Formatting}

// Side is one of the two.
type Side struct {
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType"`
}

// Difference is one value that differs.
type Difference struct {
	// In are the names of the nodes that lead to it, such as a platform; none for the root.
	In    []string `json:"in,omitempty"`
	Level Level    `json:"level"`
	// Path is a JSON pointer from the level on: of an annotation or label its key, of a layer its number.
	Path  string `json:"path"`
	Cause Cause  `json:"cause"`
	// A and B are the values, absent where there is none.
	A json.RawMessage `json:"a,omitempty"`
	B json.RawMessage `json:"b,omitempty"`
}

// Report is what [Compare] finds.
type Report struct {
	A Side `json:"a"`
	B Side `json:"b"`
	// Equal says that there is no difference but those that were ignored; Identical that the digests are equal.
	Equal     bool `json:"equal"`
	Identical bool `json:"identical"`
	// Causes are those of the differences.
	Causes      []Cause      `json:"causes"`
	Differences []Difference `json:"differences"`
	// Ignored counts the differences that ignore matched.
	Ignored int `json:"ignored"`
}

// Image is one side.
type Image struct {
	Reference string
	Root      *imagefacts.Node
}

// Compare gives the differences that ignore does not match.
func Compare(a, b Image, ignore Ignore) Report {
	r := Report{A: side(a), B: side(b), Causes: []Cause{}, Differences: []Difference{}}
	r.Identical = a.Root.Descriptor.Digest == b.Root.Descriptor.Digest
	var c comparison
	c.nodes(a.Root, b.Root)
	has := map[Cause]bool{}
	for _, d := range c.found {
		if ignore.matches(d) {
			r.Ignored++
			continue
		}
		has[d.Cause] = true
		r.Differences = append(r.Differences, d)
	}
	for _, cause := range causes {
		if has[cause] {
			r.Causes = append(r.Causes, cause)
		}
	}
	r.Equal = len(r.Differences) == 0
	return r
}

func side(i Image) Side {
	d := i.Root.Descriptor
	return Side{Reference: i.Reference, Digest: d.Digest.String(), MediaType: d.MediaType}
}
