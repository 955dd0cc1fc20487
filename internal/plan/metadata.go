package plan

import (
	"cmp"
	"time"

	"github.com/distribution/reference"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/forges"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// Metadata is what is known of the program before it is built: the values of the configuration, and what fills them in. What
// cannot be known is "".
type Metadata struct {
	config.Metadata
	// Version is that of the main module, Revision the full hash of the commit.
	Version  string `json:"version,omitempty"`
	Revision string `json:"revision,omitempty"`
	// Created is the time of the images in UTC; see [Metadata.CreatedKnown].
	Created time.Time `json:"created"`
	// BaseName is the base image's fully qualified name with its tag, BaseDigest the digest that the name stood for.
	BaseName   string `json:"baseName,omitempty"`
	BaseDigest string `json:"baseDigest,omitempty"`
}

// CreatedKnown tells whether Created is a fact: an image must have a time, and without one it is the beginning of Unix time.
func (m Metadata) CreatedKnown() bool { return !m.Created.IsZero() && m.Created.Unix() != 0 }

// Known gives the derived facts for the values of one image, by their names; a fact that cannot be known is not there.
func (a *Analyzed) Known(img Image) map[string]string { return a.Metadata.known(img.Target) }

func (m Metadata) known(t target.Target) map[string]string {
	platform := t.OCI()
	facts := map[string]string{
		config.FactTargetOS:       platform.OS,
		config.FactTargetArch:     platform.Architecture,
		config.FactTargetVariant:  platform.Variant,
		config.FactTargetPlatform: t.String(),
	}
	if m.Version != "" {
		facts[config.FactVersion] = m.Version
	}
	if m.Revision != "" {
		facts[config.FactRevision] = m.Revision
	}
	if m.CreatedKnown() {
		facts[config.FactCreated] = m.Created.Format(time.RFC3339)
	}
	return facts
}

func (d *Draft) metadata(in Input, found Findings) Metadata {
	commit := vcs.Facts{}
	if found.VCS != nil {
		commit = *found.VCS
	}
	m := Metadata{
		Metadata: in.Config.Metadata, Version: commit.Version, Revision: commit.Revision, Created: created(in.Epoch, commit.Time),
	}
	m.Title = cmp.Or(m.Title, config.Literal(d.Main.Name))
	m.Source = cmp.Or(m.Source, config.Literal(commit.Remote), config.Literal(repository(in.Facts.ModuleOf(d.Main.Dir).Path)))
	m.Licenses = cmp.Or(m.Licenses, config.Literal(found.Licenses))
	m.BaseName, m.BaseDigest = base(in.Config.Image.Base, in.Base)
	return m
}

// created is the time of the images: SOURCE_DATE_EPOCH, else that of the commit, else the beginning of Unix time. It is never
// the clock's.
func created(epoch *time.Time, commit time.Time) time.Time {
	switch {
	case epoch != nil:
		return epoch.UTC().Truncate(time.Second)
	case !commit.IsZero():
		return commit.UTC().Truncate(time.Second)
	}
	return time.Unix(0, 0).UTC()
}

// repository gives the URL of a module's repository, if its path says so for certain.
func repository(modulePath string) string {
	if at := forges.Repository(modulePath); at != "" {
		return "https://" + at
	}
	return ""
}

// base takes the base image's name from what was asked for and the digest from what it was resolved to. Without a digest the
// base is not the image of that name: a named context stands in for it.
func base(asked, resolved string) (name, digest string) {
	pinned, err := reference.ParseNormalizedNamed(resolved)
	if err != nil {
		return "", ""
	}
	found, ok := pinned.(reference.Digested)
	if !ok {
		return "", ""
	}
	named, err := reference.ParseNormalizedNamed(asked)
	if err != nil {
		return "", ""
	}
	name = named.Name()
	if _, pinnedByUser := named.(reference.Digested); !pinnedByUser {
		named = reference.TagNameOnly(named)
	}
	if tagged, ok := named.(reference.Tagged); ok {
		name += ":" + tagged.Tag()
	}
	return name, found.Digest().String()
}
