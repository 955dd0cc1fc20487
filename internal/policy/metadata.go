package policy

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/mod/semver"

	"github.com/modship-build/modship/internal/forges"
	"github.com/modship-build/modship/internal/imagefacts"
)

// main is the Go program that the image is there for, or nil.
func (c *checker) main() *imagefacts.Program {
	if c.Contents == nil {
		return nil
	}
	return c.Contents.Main()
}

func checkSource(c *checker) {
	for _, s := range c.said(ocispec.AnnotationSource) {
		help := `write a URL such as "https://github.com/me/app"`
		u, err := url.Parse(s.value)
		switch {
		case err != nil:
			c.find(Warn, s.place, help, "the source is no URL")
		case u.User != nil:
			c.find(Warn, s.place, help, "the source holds a user or password")
		case u.Scheme != "https" || u.Host == "":
			c.find(Warn, s.place, help, "the source %q is not an https URL", s.value)
		default:
			checkRepository(c, s, u)
		}
	}
}

// checkRepository compares the source with the path of the main module.
func checkRepository(c *checker, s said, u *url.URL) {
	main := c.main()
	if main == nil {
		return
	}
	module := main.Facts.Module.Path
	repository := u.Host + strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git")
	if forges.Has(module) && !strings.HasPrefix(strings.ToLower(module)+"/", strings.ToLower(repository)+"/") {
		c.find(Warn, s.place, "name the repository of the module", "the source is %s, but the program's module is %s", s.value, module)
	}
}

var fullHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func checkRevision(c *checker) {
	for _, s := range c.said(ocispec.AnnotationRevision) {
		if !fullHash.MatchString(s.value) {
			c.find(Warn, s.place, "write the hash that git rev-parse HEAD prints", "the revision %q is not the full hash of a commit", s.value)
		}
		if main := c.main(); main != nil {
			if own := main.Facts.Settings["vcs.revision"]; own != "" && own != s.value {
				c.find(Error, s.place, "", "the revision is %s, but %s was built from %s", s.value, main.Path, own)
				c.fixLabel(ocispec.AnnotationRevision, own)
			}
		}
	}
}

// version is three numbers as semver.org has them, with or without Go's v.
var version = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+([-+]|$)`)

func checkVersion(c *checker) {
	for _, s := range c.said(ocispec.AnnotationVersion) {
		bare := strings.TrimPrefix(s.value, "v")
		if !version.MatchString(s.value) || !semver.IsValid("v"+bare) {
			c.find(Warn, s.place, `write one such as "v1.4.2"`, "the version %q is not a semantic version", s.value)
		}
		if main := c.main(); main != nil {
			if own := main.Facts.Module.Version; own != "" && own != "(devel)" && strings.TrimPrefix(own, "v") != bare {
				c.find(Error, s.place, "", "the version is %s, but %s says that it is %s", s.value, main.Path, own)
				c.fixLabel(ocispec.AnnotationVersion, own)
			}
		}
	}
}

// skew is how far clocks may be apart.
const skew = 5 * time.Minute

func checkCreated(c *checker) {
	for _, s := range c.said(ocispec.AnnotationCreated) {
		at, err := time.Parse(time.RFC3339Nano, s.value)
		switch own := c.Config.Created; {
		case err != nil:
			c.find(Error, s.place, `write a time such as "2026-01-02T15:04:05Z"`, "the time of creation %q is not one of RFC 3339", s.value)
			continue
		case at.Location() != time.UTC && !strings.HasSuffix(s.value, "Z"):
			c.find(Warn, s.place, "write "+at.UTC().Format(time.RFC3339), "the time of creation %s is not in UTC", s.value)
			c.fixLabel(ocispec.AnnotationCreated, at.UTC().Format(time.RFC3339))
		case own != nil && !own.Truncate(time.Second).Equal(at.Truncate(time.Second)):
			c.find(Warn, s.place, "", "the time of creation is %s, but the configuration says %s", s.value, own.UTC().Format(time.RFC3339))
		}
		c.findFuture(s.place, at)
	}
	if own := c.Config.Created; own != nil {
		c.findFuture("config.created", *own)
	}
}

func (c *checker) findFuture(place string, at time.Time) {
	if !c.now.IsZero() && at.After(c.now.Add(skew)) {
		c.find(Error, place, "", "the time of creation %s is in the future", at.UTC().Format(time.RFC3339))
	}
}

// shown are the keys that registries show of an index.
var shown = []string{ocispec.AnnotationDescription, ocispec.AnnotationSource, ocispec.AnnotationLicenses}

func checkConsistency(c *checker) {
	levels, keys, hasIndex := c.levels(), map[string]bool{}, false
	for _, l := range levels {
		hasIndex = hasIndex || l.index
		for key := range l.values {
			if strings.HasPrefix(key, "org.opencontainers.image.") || strings.HasPrefix(key, "golang.org/") {
				keys[key] = true
			}
		}
	}
	delete(keys, ocispec.AnnotationRefName) // of where it is stored
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		all := c.said(key)
		for _, other := range all[1:] {
			if other.value != all[0].value {
				c.find(Error, other.place, "", "it is %q, but %s is %q", other.value, all[0].place, all[0].value)
			}
		}
		onIndex := slices.ContainsFunc(levels, func(l keyLevel) bool { _, ok := l.values[key]; return ok && l.index })
		if hasIndex && !onIndex && slices.Contains(shown, key) {
			outer := levels[len(levels)-1]
			c.find(Warn, outer.at(key), "set it with --annotation index:"+key+"=…", "registries show the index's, which has none; %s has one", all[0].place)
		}
	}
}

// checkBase: a tag says what the base is called, a digest what it is.
func checkBase(c *checker) {
	for _, level := range c.levels() {
		name, named := level.values[ocispec.AnnotationBaseImageName]
		if _, pinned := level.values[ocispec.AnnotationBaseImageDigest]; named && !pinned && !strings.Contains(name, "@") {
			c.find(Info, level.at(ocispec.AnnotationBaseImageName), "", "%s is named as the base, and %s does not say which image that was", name, ocispec.AnnotationBaseImageDigest)
		}
	}
}
