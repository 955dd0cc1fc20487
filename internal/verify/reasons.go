package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/ocidiff"
)

// reasoner collects why images probably differ, each reason once.
type reasoner struct {
	recipe *Recipe
	list   []string
}

func (r *reasoner) because(format string, args ...any) {
	if reason := fmt.Sprintf(format, args...); !slices.Contains(r.list, reason) {
		r.list = append(r.list, reason)
	}
}

// add finds the reasons by what the image and the one that was built again say of themselves, from the strongest: a build of another
// commit needs no other reason.
func (r *reasoner) add(a, b *Platform, v Verdict) {
	before := len(r.list)
	said := func(key string) (x, y string, differ bool) {
		x, y = a.Said[key], b.Said[key]
		return shorten(x), shorten(y), x != y
	}
	if x, y, differ := said(ocispec.AnnotationRevision); differ {
		r.because("another commit: the image says %s, and built was %s", orNothing(x), orNothing(y))
	}
	r.versions(a, b)
	if x, y := goVersion(a), goVersion(b); x != y {
		r.because("another Go: %s, and %s", orNothing(x), orNothing(y))
	}
	if x, y, differ := said(image.KeyConfig); differ {
		r.configuration(x, y)
	}
	for _, other := range []struct{ key, what string }{
		{ocispec.AnnotationBaseImageDigest, "another base image"},
		{image.KeyBuilder, "another builder image"},
		{image.KeyImages, "other images of source, image.files or contexts"},
		{image.KeyContexts, "other build contexts"},
	} {
		if x, y, differ := said(other.key); differ {
			r.because("%s: %s, and %s", other.what, orNothing(x), orNothing(y))
		}
	}
	if x, y, differ := said(image.KeyStep); differ && x != "" {
		r.because("another modship: the programs in the steps of the build were %s, and are %s; the release that built the image can tell more", x, orNothing(y))
	}
	if x, y, differ := said(ocispec.AnnotationSource); differ {
		r.because("another name of the repository: %s, and %s", orNothing(x), orNothing(y))
	}
	r.forms(v)
	if len(r.list) == before {
		r.unexplained(a, b, v)
	}
}

func (r *reasoner) versions(a, b *Platform) {
	x, y := a.Said[ocispec.AnnotationVersion], b.Said[ocispec.AnnotationVersion]
	switch {
	case dirty(x):
		r.because("changed files: the image was built of files that its commit does not have (%s)", shorten(x))
	case dirty(y):
		r.because("changed files: the checkout differs from its commit (%s)", shorten(y))
	case x != y:
		r.because("another version: %s, and %s; it follows from tags, and of a git URL BuildKit has one commit and at most one tag: verify with a full clone",
			orNothing(shorten(x)), orNothing(shorten(y)))
	}
}

func dirty(version string) bool {
	return strings.HasSuffix(version, "+dirty") || strings.HasSuffix(version, ".dirty")
}

func goVersion(p *Platform) string {
	version, _, _ := strings.Cut(cmp.Or(p.GoVersion, p.Said[image.KeyGoVersion]), " ") // experiments
	return version
}

func (r *reasoner) configuration(x, y string) {
	if x == "" {
		r.because("the image does not say of which configuration it is: it was not built by modship, or by one that did not say so")
		return
	}
	advice := "name the file with --file, if it is not in the repository"
	if len(r.recipe.Args) > 0 {
		advice = "give the arguments " + strings.Join(r.recipe.Args, ", ") + " with --build-arg, which the build of the image was given"
	}
	r.because("another configuration: %s, and %s; %s", x, orNothing(y), advice)
}

// forms says what it means if nothing but the form differs.
func (r *reasoner) forms(v Verdict) {
	only := func(causes ...ocidiff.Cause) bool {
		return v.Diff != nil && len(v.Diff.Causes) > 0 && !slices.ContainsFunc(v.Diff.Causes, func(c ocidiff.Cause) bool { return !slices.Contains(causes, c) })
	}
	switch {
	case only(ocidiff.Compression):
		r.because("compression alone: the files are the same, and were compressed by another BuildKit, or with another compression-level")
	case only(ocidiff.Compression, ocidiff.MediaTypes, ocidiff.Formatting):
		r.because("the form alone: the image was copied by a tool that writes it in its own way, or exported with other options")
	}
}

// unexplained is for differences for which nothing else speaks.
func (r *reasoner) unexplained(a, b *Platform, v Verdict) {
	has := func(c ocidiff.Cause) bool { return v.Diff != nil && slices.Contains(v.Diff.Causes, c) }
	switch {
	case has(ocidiff.OfFiles) && (a.CGO || b.CGO):
		r.because("C: the compiler or the libraries of another day, if it was not changed")
	case has(ocidiff.OfFiles) && len(r.recipe.Contexts) > 0:
		r.because("the build contexts %s: other files in them than when the image was built, if it was not changed", strings.Join(r.recipe.Contexts, ", "))
	case has(ocidiff.OfFiles):
		r.because("the image was changed after it was built: all that is known of the two builds is the same, and their files differ")
	default:
		r.because("the image was changed after it was built, or the build was given annotations or labels of which it does not say the names")
	}
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}
