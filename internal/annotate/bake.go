package annotate

import (
	"cmp"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// bakeFile is what bake merges into a target of the same name (https://docs.docker.com/build/bake/reference).
type bakeFile struct {
	Target map[string]bakeAttributes `json:"target"`
}

type bakeAttributes struct {
	Annotations []string          `json:"annotations"`
	Labels      map[string]string `json:"labels"`
}

// bakeTemplate escapes what HCL would fill in: in its JSON form too every string is a template
// (https://github.com/hashicorp/hcl/blob/v2.24.0/json/spec.md).
var bakeTemplate = strings.NewReplacer("${", "$${", "%{", "%%{")

func (o Output) bake(found *Found, mistakes *diag.List) bakeFile {
	t := bakeAttributes{Annotations: o.annotations(found.Annotations, mistakes), Labels: map[string]string{}}
	for i, a := range t.Annotations {
		t.Annotations[i] = bakeTemplate.Replace(a)
	}
	for key, value := range found.Labels {
		t.Labels[bakeTemplate.Replace(key)] = bakeTemplate.Replace(value)
	}
	return bakeFile{Target: map[string]bakeAttributes{cmp.Or(o.BakeTarget, defaultTarget): t}}
}
