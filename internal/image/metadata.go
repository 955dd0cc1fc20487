package image

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/plan"
)

// Metadata gives the derived values of one image by their keys: those of [Keys], without the ones that cannot be known. program
// is nil before the program is built. The configuration's labels and annotations are not in it, see [Labels].
func Metadata(p *plan.Analyzed, img plan.Image, program *binary.Facts) map[string]string {
	f := facts{meta: p.Metadata, known: p.Known(img), program: program}
	values := make(map[string]string)
	for _, k := range Keys() {
		if value := k.value(f); value != "" {
			values[k.Name] = value
		}
	}
	return values
}

// Labels gives the labels of an image's configuration. What wins, from the strongest: the user's --label, image.labels,
// what is derived. The base image's labels speak of another image and take no part.
//
// A key of [Keys] has one value at all levels: image.annotations replaces or removes it here too, unless image.labels or
// --label name it as well. Every other key of image.annotations is an annotation only.
//
// The error joins what is wrong with each label; see [config.CheckLabel].
func Labels(p *plan.Analyzed, img plan.Image, opts Options) (map[string]string, error) {
	known := p.Known(img)
	labels := Metadata(p, img, opts.Program)
	apply(labels, shared(p.Runtime.Annotations), known)
	apply(labels, p.Runtime.Labels, known)
	maps.Copy(labels, opts.Labels)
	return checked("label", labels)
}

// Annotations gives the annotations of an image's manifest. What wins, from the strongest: image.annotations, then for a key
// of [Keys] the user's --label and image.labels, then what is derived, with the recipe. A key that is not in the table is not taken
// over from the labels.
//
// The error joins what is wrong with each annotation; see [config.CheckLabel].
func Annotations(p *plan.Analyzed, img plan.Image, opts Options) (map[string]string, error) {
	known := p.Known(img)
	annotations := Metadata(p, img, opts.Program)
	maps.Copy(annotations, opts.Recipe.annotations())
	apply(annotations, shared(p.Runtime.Labels), known)
	maps.Copy(annotations, shared(opts.Labels))
	apply(annotations, p.Runtime.Annotations, known)
	return checked("annotation", annotations)
}

// IndexAnnotations gives the annotations of the index over images with such annotations: those that all have with the same
// value, and that are not of one platform by their nature.
func IndexAnnotations(all []map[string]string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	index := maps.Clone(all[0])
	maps.DeleteFunc(index, func(key, value string) bool {
		if k, ok := named(key); ok && k.PerPlatform {
			return true
		}
		return slices.ContainsFunc(all, func(image map[string]string) bool { have, ok := image[key]; return !ok || have != value })
	})
	return index
}

// shared are the entries with a key of the table.
func shared[T any](values map[string]T) map[string]T {
	found := make(map[string]T)
	for key, value := range values {
		if _, ok := named(key); ok {
			found[key] = value
		}
	}
	return found
}

// apply puts values in with their facts. A null removes a key, and so does a value of which unknown facts leave nothing:
// it takes the place of a derived one, and says that it is not known.
func apply(to map[string]string, values map[string]*config.Template, known map[string]string) {
	for key, template := range values {
		delete(to, key)
		if template == nil {
			continue
		}
		if value, ok := template.Fill(known); ok {
			to[key] = value
		}
	}
}

// checked judges what only now is complete: values from the command line, from version control and from the program.
func checked(what string, values map[string]string) (map[string]string, error) {
	var mistakes []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := config.CheckLabel(key, values[key]); err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s %q: %w", what, key, err))
		}
	}
	return values, errors.Join(mistakes...)
}

// goVersion leaves out what follows the version: experiments, in "go1.26.8 X:jsonv2".
func goVersion(b *binary.Facts) string {
	version, _, _ := strings.Cut(b.GoVersion, " ")
	return version
}
