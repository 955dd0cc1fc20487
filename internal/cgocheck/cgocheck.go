// Package cgocheck makes reports of what package cgofacts finds in programs: as text, JSON, SARIF, SPDX and CycloneDX.
package cgocheck

import (
	"cmp"
	"slices"
	"time"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/startable"
)

// Version is that of the form of a [Report] as JSON. It changes when a field goes or means something else, not when one is added.
const Version = 1

// Report is what was found in one or more programs.
type Report struct {
	Version  int       `json:"version"`
	Programs []Program `json:"programs"`
}

// Program is one that was looked at, or should have been.
type Program struct {
	// Image is the reference, Platform the platform and Manifest the digest of the image that has it; "" if it is a file.
	Image    string `json:"image,omitempty"`
	Platform string `json:"platform,omitempty"`
	Manifest string `json:"manifest,omitempty"`
	// Path is its path in the image, or that of the file as it was named.
	Path string `json:"path"`
	// SHA1 and SHA256 are hashes of it in hexadecimal, Size its bytes.
	SHA1   string `json:"sha1,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Size   int64  `json:"size,omitempty"`
	// Created is the time of the image, nil if it has none.
	Created *time.Time `json:"-"`
	// Facts are nil if it could not be read, for which Error has the reason.
	*cgofacts.Facts
	// Libraries is nil if it is not in an image, or is static.
	Libraries *Libraries `json:"libraries,omitempty"`
	Findings  []Finding  `json:"findings,omitempty"`
	Error     string     `json:"error,omitempty"`
}

// Libraries are those that the loader finds for a program in its image.
type Libraries struct {
	Found []Library `json:"found,omitempty"`
	// Problems are the reasons why the program does not start.
	Problems []string `json:"problems,omitempty"`
}

// Library is a shared library.
type Library struct {
	Name string `json:"name"`
	// Path is that of the file, where links end.
	Path string `json:"path"`
	// Versions are the symbol versions that are needed of it.
	Versions []string `json:"versions,omitempty"`
}

// NewLibraries takes over what was found; nil if nothing was to be found.
func NewLibraries(r *startable.Report) *Libraries {
	if r.Interpreter == "" && len(r.Problems) == 0 {
		return nil
	}
	l := &Libraries{}
	for _, lib := range r.Libraries {
		l.Found = append(l.Found, Library{Name: lib.Name, Path: lib.Real, Versions: lib.Versions})
	}
	for _, p := range r.Problems {
		l.Problems = append(l.Problems, p.Msg)
	}
	return l
}

// Finding is something about a program that its users may want to know of.
type Finding struct {
	Rule    string `json:"rule"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
}

// Level says how much a finding counts.
type Level string

// The levels. What is an error fails always; with --strict warnings do so, too.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// Finish adds the findings that follow from what is known of a program.
func (p *Program) Finish() {
	for _, rule := range rules {
		for _, message := range rule.find(p) {
			p.Findings = append(p.Findings, Finding{rule.ID, rule.Level, message})
		}
	}
}

// Fails tells whether a finding counts as a failure.
func (r *Report) Fails(strict bool) bool {
	for _, p := range r.Programs {
		for _, f := range p.Findings {
			if f.Level == Error || strict && f.Level == Warning {
				return true
			}
		}
	}
	return false
}

// Unread tells whether a program could not be read.
func (r *Report) Unread() bool {
	return slices.ContainsFunc(r.Programs, func(p Program) bool { return p.Error != "" })
}

// name is what a program is called in lists.
func (p *Program) name() string {
	if p.Image == "" {
		return p.Path
	}
	return p.Image + " " + cmp.Or(p.Platform, "unknown platform") + " " + p.Path
}
