package sarif

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/modship-build/modship/internal/safetext"
)

// Result is one thing that was found.
type Result struct {
	// Rule is the ID of a rule of the run.
	Rule  string
	Level Level
	// Message says all, with the image and the platform.
	Message string
	// Image is the reference of the image, "" if it is in none, Platform the platform and Place where in the image it is.
	Image, Platform, Place string
	// Same are words that are the same when it is found again in the next version of the image, and differ from those of other results
	// of the same rule, platform and place.
	Same []string
	// Accepted is why it does not count, "" if it does.
	Accepted string
}

// srcRoot is the name of the root of the repository that GitHub gives a relative path.
const srcRoot = "%SRCROOT%"

func (r Result) encode(file string, rules map[string]int, prints fingerprints, within parents) *sarif.Result {
	physical := sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewArtifactLocation().WithURI(pathURI(file)).WithURIBaseID(srcRoot)).
		WithRegion(sarif.NewRegion().WithStartLine(1))
	logical := sarif.NewLogicalLocation().WithFullyQualifiedName(safetext.Line(r.where())).WithKind("resource").WithParentIndex(within.of(r))
	if r.Place != "" {
		logical.WithName(safetext.Line(r.Place))
	}
	result := sarif.NewRuleResult(r.Rule).WithRuleIndex(rules[r.Rule]).WithLevel(string(r.Level)).
		WithMessage(sarif.NewTextMessage(safetext.Message(r.Message))).
		AddLocation(sarif.NewLocation().WithPhysicalLocation(physical).AddLogicalLocation(logical)).
		WithPartialFingerprints(map[string]string{lineHash: prints.add(r)})
	if r.Accepted != "" {
		result.AddSuppression(sarif.NewSuppression().WithKind("external").WithJustification(safetext.Line(r.Accepted)))
	}
	return result
}

// where is the whole name of the place: image, platform, and path in the image.
func (r Result) where() string {
	parts := slices.DeleteFunc([]string{r.Image, r.Platform, strings.TrimPrefix(r.Place, "/")}, func(s string) bool { return s == "" })
	if r.Image == "" {
		return r.Place
	}
	return strings.Join(parts, "/")
}

// parents are the places of a run that others are in, images and their platforms, by their whole names.
type parents struct {
	run   *sarif.Run
	known map[string]int
}

// of gives the index of the place that a result is in, -1 if it is in no image.
func (p parents) of(r Result) int {
	parent := -1
	if r.Image == "" {
		return parent
	}
	parent = p.add(r.Image, r.Image, parent)
	if r.Platform != "" {
		parent = p.add(r.Platform, r.Image+"/"+r.Platform, parent)
	}
	return parent
}

func (p parents) add(name, whole string, parent int) int {
	if i, ok := p.known[whole]; ok {
		return i
	}
	i := len(p.run.LogicalLocations)
	p.known[whole] = i
	p.run.AddLogicalLocation(sarif.NewLogicalLocation().WithName(safetext.Line(name)).WithFullyQualifiedName(safetext.Line(whole)).
		WithKind("resource").WithIndex(i).WithParentIndex(parent))
	return i
}

// lineHash is the only fingerprint that GitHub looks at. It is made for lines of code, with a number behind a colon for which
// of such lines it is; what uploads a file without it puts that of the line there, which is one for all results.
const lineHash = "primaryLocationLineHash"

// fingerprints counts the results of each fingerprint.
type fingerprints map[string]int

// add gives the fingerprint of a result, which is its own.
func (f fingerprints) add(r Result) string {
	words := append([]string{repository(r.Image), r.Platform, r.Rule, r.Place}, r.Same...)
	hash := digest.FromString(strings.Join(words, "\n")).Encoded()[:32]
	f[hash]++
	return fmt.Sprintf("%s:%d", hash, f[hash])
}

// imageURI gives a reference as a URI, which one of a registry is not.
func imageURI(ref string) string {
	scheme, rest := split(ref)
	if scheme == "" {
		scheme, rest = "docker:", "//"+ref
	}
	return scheme + pathURI(rest)
}

// repository leaves tag and digest out of a reference.
func repository(ref string) string {
	scheme, rest := split(ref)
	rest, _, _ = strings.Cut(rest, "@")
	if i := strings.LastIndex(rest, ":"); i > strings.LastIndex(rest, "/") {
		rest = rest[:i]
	}
	return scheme + rest
}

// split gives the scheme of a reference with its colon, "" for one of a registry, and what is behind it.
func split(ref string) (scheme, rest string) {
	for _, scheme := range []string{"oci:", "oci-archive:", "docker-archive:"} {
		if rest, ok := strings.CutPrefix(ref, scheme); ok {
			return scheme, rest
		}
	}
	return "", ref
}
