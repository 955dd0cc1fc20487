package cli

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
)

// annotationTypes are the objects that --annotation can write to.
var annotationTypes = []string{
	exptypes.AnnotationManifest, exptypes.AnnotationManifestDescriptor,
	exptypes.AnnotationIndex, exptypes.AnnotationIndexDescriptor,
}

// annotationType is a type with a platform, as in manifest[linux/arm64].
var annotationType = regexp.MustCompile(`^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$`)

// AnnotationOptions are the values [TYPE[,TYPE]:]KEY=VAL of --annotation.
type AnnotationOptions []string

func (o *AnnotationOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar((*[]string)(o), "annotation", nil, "annotation `[TYPE:]KEY=VALUE`; TYPE is manifest, index, manifest-descriptor or\n"+
		"index-descriptor, a manifest may have a platform in brackets")
}

// parse turns the values into attributes of an image exporter. index says whether there is an index to annotate.
func (o AnnotationOptions) parse(index bool, mistakes *diag.List) map[string]string {
	attrs := map[string]string{}
	for _, v := range o {
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
			checkAnnotation("annotation", ak, value, index, mistakes)
			attrs[ak.String()] = value
		}
	}
	return attrs
}

// checkAnnotation holds an annotation against the rules for labels, and refuses one of an index that there will not be: BuildKit does
// so when everything is built.
func checkAnnotation(flag string, ak exptypes.AnnotationKey, value string, index bool, mistakes *diag.List) {
	if err := config.CheckLabel(ak.Key, value); err != nil {
		flagMistake(mistakes, flag, "%q is not usable", ak.Key).Err = err
	}
	of := strings.TrimSuffix(ak.Type, "-descriptor")
	if of == exptypes.AnnotationIndex && !index {
		flagMistake(mistakes, flag, "%s:%s: an image for one platform has no index", ak.Type, ak.Key).Help =
			fmt.Sprintf("write %s, or build for several platforms", ofManifest(flag, ak.Key))
	}
}

// ofManifest is how a flag names an annotation of the manifest.
func ofManifest(flag, key string) string {
	if flag == "output" {
		return exptypes.AnnotationManifestKey(nil, key)
	}
	return exptypes.AnnotationManifest + ":" + key
}

// checkOutputAnnotations is checkAnnotation for those that --output gives.
func checkOutputAnnotations(out output, index bool, mistakes *diag.List) {
	for _, name := range slices.Sorted(maps.Keys(out.Attrs)) {
		if ak, ok, err := exptypes.ParseAnnotationKey(name); ok && err == nil {
			checkAnnotation("output", ak, out.Attrs[name], index, mistakes)
		}
	}
}

// hasIndex tells whether images get an index, from the options for the frontend: for several platforms, or for attestations.
func hasIndex(frontendAttrs map[string]string) bool {
	for name, value := range frontendAttrs {
		if strings.HasPrefix(name, "attest:") && !strings.Contains(value, "disabled=true") {
			return true
		}
	}
	return strings.Contains(frontendAttrs["platform"], ",")
}

// overruled lets the user's annotations win as labels do. BuildKit lets those of a frontend win, so the frontend's are taken out.
func overruled(build gateway.BuildFunc, exports []client.ExportEntry) gateway.BuildFunc {
	given := map[string]bool{}
	for _, e := range exports {
		for name := range e.Attrs {
			given[name] = true
		}
	}
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		res, err := build(ctx, c)
		if err != nil {
			return nil, err
		}
		for name := range res.Metadata {
			ak, ok, err := exptypes.ParseAnnotationKey(name)
			if !ok || err != nil {
				continue
			}
			one := given[ak.String()]
			ak.Platform = nil // all platforms at once
			if one || given[ak.String()] {
				delete(res.Metadata, name)
			}
		}
		return res, nil
	}
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
