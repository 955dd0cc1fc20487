// Package policy judges images, however these were made, by rules: what an image says of itself must be true of its files, and it must
// start where it is meant to run.
//
// [Rules] are those of the table in package rules that are for images. [Table.Check] holds one image for one platform against all. A rule that
// cannot tell, because an image says nothing or the files that it needs are not known, finds nothing.
package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/containerd/platforms"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
)

// Image is an image for one platform with what is known of it.
type Image struct {
	// Reference is what it was asked for by, and Platform what tells it from others of its index.
	Reference, Platform string
	// Platforms are all that the reference leads to, also those that are not looked at.
	Platforms []string
	*ociread.Image
	Contents *imagefacts.Contents
}

// NewImage says what is known of an image that a reference leads to, beside others for platforms.
func NewImage(reference string, all []string, img *ociread.Image, contents *imagefacts.Contents) Image {
	return Image{reference, platforms.FormatAll(img.Platform()), all, img, contents}
}

// Finding is where an image breaks a rule.
type Finding struct {
	Rule  string `json:"rule"`
	Level Level  `json:"level"`
	// Image is the reference that was asked for, and Digest that of the manifest.
	Image    string `json:"image"`
	Digest   string `json:"digest,omitempty"`
	Platform string `json:"platform"`
	// Place is where it is, as a path in the image's documents or files: config.User, annotations["…"].
	Place   string `json:"place"`
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
	// URL is the rule's page, "" for a policy that has none, and Source the document that the rule rests on, or the place of a policy.
	URL    string `json:"url"`
	Source string `json:"source"`
	Fix    *Fix   `json:"fix,omitempty"`
	// Exception is what lets it be, or nil.
	Exception *Exception `json:"exception,omitempty"`
}

// Settings say how images are judged.
type Settings struct {
	// Levels replace those of findings, by the rule.
	Levels map[string]Level
	// Cloud is where the image is to run, one of [Clouds]; "" is everywhere.
	Cloud string
	// Exceptions let findings be.
	Exceptions []Exception
	// Only are the rules that are looked at; all if it is empty.
	Only []string
	// Now is the time by which images were made; the zero time is unknown.
	Now time.Time
}

// Check holds an image against rules and gives what is wrong with it, the worst first.
func (t Table) Check(img Image, settings Settings) []Finding {
	var all []Finding
	for _, rule := range t {
		if !settings.wants(rule) {
			continue
		}
		c := &checker{Image: img, rule: rule, cloud: settings.Cloud, now: settings.Now}
		rule.check(c)
		for i := range c.findings {
			if level, ok := settings.Levels[rule.ID]; ok {
				c.findings[i].Level = level
			}
		}
		all = append(all, c.findings...)
	}
	except(all, settings.Exceptions, settings.Now)
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(b.Level.Rank(), a.Level.Rank()) })
	return all
}

// wants says whether a rule is looked at.
func (s Settings) wants(r Rule) bool {
	switch {
	case len(s.Only) > 0 && !slices.Contains(s.Only, r.ID), s.Levels[r.ID] == Off:
		return false
	}
	return len(r.Clouds) == 0 || slices.Contains(r.Clouds, s.Cloud)
}

// checker is a rule at work on an image.
type checker struct {
	Image
	rule     Rule
	cloud    string
	now      time.Time
	findings []Finding
}

// find adds a finding.
func (c *checker) find(level Level, place, help, format string, args ...any) {
	c.findings = append(c.findings, Finding{
		Rule: c.rule.ID, Level: level, Image: c.Reference, Digest: c.Manifest.Descriptor.Digest.String(), Platform: c.Platform,
		Place: place, Message: fmt.Sprintf(format, args...), Help: help, URL: c.rule.URL, Source: c.rule.Spec,
	})
}

// said is a value with the place that it stands at.
type said struct{ place, value string }

// said gives what the image says under a key, the configuration first and the outermost index last.
func (c *checker) said(key string) []said {
	var all []said
	for _, level := range c.levels() {
		if value, ok := level.values[key]; ok {
			all = append(all, said{level.at(key), value})
		}
	}
	return all
}

// keyLevel is a place for keys.
type keyLevel struct {
	name   string
	index  bool
	values map[string]string
}

func (l keyLevel) at(key string) string { return fmt.Sprintf("%s[%q]", l.name, key) }

// levels are the places for keys that there are. What a layout or an archive lists is not the image's own.
func (c *checker) levels() []keyLevel {
	all := []keyLevel{{"config.Labels", false, c.Config.Config.Labels}, {"annotations", false, c.Manifest.Manifest.Annotations}}
	for _, index := range slices.Backward(c.Path) {
		if !index.Made {
			all = append(all, keyLevel{"index.annotations", true, index.Index.Annotations})
		}
	}
	return all
}

// linux says that the image is for Linux, whose programs and users are known here.
func (c *checker) linux() bool { return c.Config.OS == "linux" || c.Config.OS == "" }
