package buildcmd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/modship-build/modship/internal/diag"
)

// annotationTypes are the objects that --annotation can write to.
var annotationTypes = []string{
	exptypes.AnnotationManifest, exptypes.AnnotationManifestDescriptor,
	exptypes.AnnotationIndex, exptypes.AnnotationIndexDescriptor,
}

// annotationType is a type with a platform, as in manifest[linux/arm64].
var annotationType = regexp.MustCompile(`^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$`)

// parseAnnotations turns the values [TYPE[,TYPE]:]KEY=VAL of --annotation into attributes of an image exporter.
func parseAnnotations(values []string, mistakes *diag.List) map[string]string {
	attrs := map[string]string{}
	for _, v := range values {
		keys, value, ok := strings.Cut(v, "=")
		if !ok {
			flagMistake(mistakes, "annotation", "%q: want KEY=VALUE", v)
			continue
		}
		types, key, ok := strings.Cut(keys, ":")
		if !ok {
			types, key = exptypes.AnnotationManifest, keys
		}
		for t := range strings.SplitSeq(types, ",") {
			ak, err := annotationKey(t, key)
			if err != nil {
				m := flagMistake(mistakes, "annotation", "%q: %v", v, err)
				if ak.Type == "" {
					m.Help = diag.Suggest(t, annotationTypes)
				}
				continue
			}
			attrs[ak.String()] = value
		}
	}
	return attrs
}

// annotationKey has no type if typ names none.
func annotationKey(typ, key string) (exptypes.AnnotationKey, error) {
	ak := exptypes.AnnotationKey{Key: key}
	m := annotationType.FindStringSubmatch(typ)
	if m == nil || !slices.Contains(annotationTypes, m[1]) {
		return ak, fmt.Errorf("unknown type %q", typ)
	}
	ak.Type = m[1]
	if key == "" || strings.ContainsAny(key, " \t\n") {
		return ak, fmt.Errorf("the key %q is empty or has spaces", key)
	}
	if m[2] == "" {
		return ak, nil
	}
	if ak.Type == exptypes.AnnotationIndex || ak.Type == exptypes.AnnotationIndexDescriptor {
		return ak, fmt.Errorf("an index is not of one platform")
	}
	p, err := platforms.Parse(m[2])
	if err != nil {
		return ak, err
	}
	p = platforms.Normalize(p) // the exporter compares with normal forms only
	ak.Platform = &p
	return ak, nil
}
