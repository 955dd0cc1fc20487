// Package ocidiff says in what two images, or other artifacts, differ and why their digests do.
//
// It compares what documents mean and not how they are written: the order of keys and white space make formatting, and so do spaces.
// A digest that differs because something below it does is no difference of its own; that something is.
package ocidiff

import (
	"encoding/json"
	"slices"

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
	Files       Level = "files"
	// Text is the content of a layer that is JSON, or of a file with lines.
	Text Level = "text"
	// Program is what an ELF file says of itself.
	Program Level = "program"
)

// Cause is a kind of difference, by what it means to who built the images.
type Cause string

// The causes, in the order in which they are told.
const (
	// Unreadable says that a document could not be read, so that nothing is known of what is below it.
	Unreadable Cause = "documents that cannot be read"
	// Platforms says that one image has a platform, or other document, that the other lacks.
	Platforms Cause = "platforms"
	// OfFiles are contents, modes, owners, links and attributes, and files that one image lacks; what they hide are Whiteouts.
	OfFiles   Cause = "files"
	Whiteouts Cause = "whiteouts"
	// Times says that of files nothing but times differs.
	Times Cause = "file times"
	// Layering says that the files are the same, in other layers.
	Layering    Cause = "layering"
	Metadata    Cause = "metadata"
	Attestation Cause = "attestation"
	Compression Cause = "compression"
	MediaTypes  Cause = "media types"
	Formatting  Cause = "formatting"
)

var causes = []Cause{Unreadable, Platforms, OfFiles, Whiteouts, Times, Layering, Metadata, Attestation, Compression, MediaTypes, Formatting}

// Causes are all of them, in the order in which they are told.
func Causes() []Cause { return slices.Clone(causes) }

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
	// Path is a JSON pointer from the level on: of an annotation or label its key, of a layer its number. Of a file it is its path.
	Path  string `json:"path"`
	Cause Cause  `json:"cause"`
	// A and B are the values, absent where there is none. Of a file they are the attributes that differ.
	A json.RawMessage `json:"a,omitempty"`
	B json.RawMessage `json:"b,omitempty"`
	// Diff are the lines that differ of a file that is a text, in the form of diff -u.
	Diff string `json:"diff,omitempty"`
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
	// Ignored counts the differences that ignore matched, and Omitted those in layers that the list has no room for.
	Ignored int `json:"ignored"`
	Omitted int `json:"omitted,omitempty"`
}

// maxDifferences bounds what is listed of layers.
const maxDifferences = 10_000

// Image is one side.
type Image struct {
	Reference string
	Root      *imagefacts.Node
	// Content reads what is in the layers. Those that both images have are not read.
	Content Content
}

// Options say how [Compare] compares.
type Options struct {
	Ignore Ignore
	// Deep reads files that differ once more, to tell how programs and texts do.
	Deep bool
}

// Unread says that not everything could be compared.
func (r Report) Unread() bool { return slices.Contains(r.Causes, Unreadable) }

// Compare gives the differences that are not ignored. The error is that of a layer that could not be read; a document below an index that
// could not is a difference of the cause [Unreadable], and others are compared.
func Compare(a, b Image, opts Options) (Report, error) {
	r := Report{A: side(a), B: side(b), Causes: []Cause{}, Differences: []Difference{}}
	r.Identical = a.Root.Descriptor.Digest == b.Root.Descriptor.Digest
	c := comparison{a: a.Content, b: b.Content, ignore: opts.Ignore, deep: opts.Deep, report: &r, has: map[Cause]bool{}}
	if err := c.nodes(a.Root, b.Root); err != nil {
		return r, err
	}
	for _, cause := range causes {
		if c.has[cause] {
			r.Causes = append(r.Causes, cause)
		}
	}
	r.Equal = len(r.Differences) == 0
	return r, nil
}

func side(i Image) Side {
	d := i.Root.Descriptor
	return Side{Reference: i.Reference, Digest: d.Digest.String(), MediaType: d.MediaType}
}
