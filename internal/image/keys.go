package image

import (
	"strings"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/forges"
	"github.com/modship-build/modship/internal/plan"
)

// Keys of the label schema for Go programs, which are read from the program. All others are those of the OCI image-spec v1.1
// (annotations.md, "Pre-Defined Annotation Keys").
const (
	KeyGoVersion = "golang.org/version"
	KeyGoModule  = "golang.org/module"
	KeyGoBuildID = "golang.org/build-id"
)

// Key is one row of the table that maps facts to keys. It is the only one: labels, annotations of manifests and annotations of
// the index are all made from it.
type Key struct {
	Name string
	// Doc says where the value comes from, for the manual.
	Doc string
	// PerPlatform says that the value is that of one image, so that it is not an annotation of the index.
	PerPlatform bool

	value func(facts) string
}

// facts are what values are made of. The program is nil before it is built.
type facts struct {
	meta    plan.Metadata
	known   map[string]string
	program *binary.Facts
}

// Keys is the table: the keys of image-spec v1.1 (annotations.md) that a build can know, and those of Go. ref.name is not among
// them: it names an image where it is stored, which is the exporter's to know.
func Keys() []Key {
	return []Key{
		{ocispecs.AnnotationTitle, "`metadata.title`, else the name of the program's file", false, configured("title")},
		{ocispecs.AnnotationDescription, "`metadata.description`", false, configured("description")},
		{ocispecs.AnnotationURL, "`metadata.url`", false, configured("url")},
		{ocispecs.AnnotationDocumentation, "`metadata.documentation`", false, configured("documentation")},
		{ocispecs.AnnotationSource, "`metadata.source`, else the URL of the remote in version control, else the repository that the module path " +
			"names on one of " + strings.Join(forges.Hosts(), ", "), false, configured("source")},
		{ocispecs.AnnotationRevision, "the full hash of the commit", false, func(f facts) string { return f.meta.Revision }},
		{ocispecs.AnnotationVersion, "the version of the main module: the tag of the commit, else Go's pseudo-version; `+dirty` if the files differ from the commit",
			false, func(f facts) string { return f.meta.Version }},
		{ocispecs.AnnotationCreated, "`SOURCE_DATE_EPOCH`, else the time of the commit", false, created},
		{ocispecs.AnnotationLicenses, "`metadata.licenses`, else the SPDX expression of the module's license files", false, configured("licenses")},
		{ocispecs.AnnotationVendor, "`metadata.vendor`", false, configured("vendor")},
		{ocispecs.AnnotationAuthors, "`metadata.authors`", false, configured("authors")},
		{ocispecs.AnnotationBaseImageName, "the base image with its registry and tag", false, func(f facts) string { return f.meta.BaseName }},
		{ocispecs.AnnotationBaseImageDigest, "the digest that this name stood for", true, func(f facts) string { return f.meta.BaseDigest }},
		{KeyGoVersion, "the Go version that the program was built with, such as `go1.26.8`, read from the program", false, fromProgram(goVersion)},
		{KeyGoModule, "the path of the main module, read from the program", false, fromProgram(func(b *binary.Facts) string { return b.Module.Path })},
		{KeyGoBuildID, "Go's build ID, read from the program", true, fromProgram(func(b *binary.Facts) string { return b.BuildID })},
	}
}

// configured gives a value of [config.Metadata] with its facts in; the plan has checked that it is a template.
func configured(name string) func(facts) string {
	return func(f facts) string {
		for _, field := range f.meta.Fields() {
			if field.Name == name {
				value, _ := field.Value.Fill(f.known)
				return value
			}
		}
		return ""
	}
}

func created(f facts) string {
	if !f.meta.CreatedKnown() {
		return ""
	}
	return f.meta.Created.Format(time.RFC3339)
}

func fromProgram(value func(*binary.Facts) string) func(facts) string {
	return func(f facts) string {
		if f.program == nil {
			return ""
		}
		return value(f.program)
	}
}

// named finds a row of the table.
func named(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}
