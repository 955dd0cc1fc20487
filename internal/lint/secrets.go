package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/credentials"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/rules"
)

const secretHelp = "give it to the program where it runs, not to the image, and replace it if it was published"

// setting is a value that an image or its provenance shows to all, by the key of the configuration that it stands at.
type setting struct{ key, name, value string }

// secrets looks at what the configuration publishes. The finding never has the value.
func secrets(in plan.Input, declared map[string]config.Arg, given map[string]string) diag.List {
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		why := cmp.Or(credentials.Judge(name, given[name]), credentials.Judge(name, declared[name].Default))
		if why != "" {
			found(&list, rules.Secrets, declared[name].Range, secretHelp, "the argument %s is shown to all who have the image: %s", name, why)
		}
	}
	for _, s := range published(in.Config) {
		if why := credentials.Judge(s.name, s.value); why != "" {
			found(&list, rules.Secrets, in.At(s.key), secretHelp, "%s is shown to all who have the image: %s", s.key, why)
		}
	}
	return list
}

// published are the settings of the configuration that come into the image, in the order of their keys.
func published(c *config.Config) []setting {
	var all []setting
	add := func(name, value, key string, args ...any) {
		all = append(all, setting{fmt.Sprintf(key, args...), name, value})
	}
	for name, value := range c.Image.Env {
		add(name, literal(value), "image.env.%s", name)
	}
	for name, value := range c.Build.Stamp.Vars {
		add(name, literal(value), "build.stamp.%s", name)
	}
	for key, values := range map[string]map[string]*config.Template{"image.labels": c.Image.Labels, "image.annotations": c.Image.Annotations} {
		for name, value := range values {
			if value != nil {
				add("", literal(*value), "%s.%s", key, name)
			}
		}
	}
	for key, list := range map[string][]string{"image.entrypoint": c.Image.Entrypoint, "image.cmd": c.Image.Cmd} {
		for i, value := range list {
			add("", value, "%s[%d]", key, i)
		}
	}
	for i, flag := range c.Build.LDFlags {
		name, value, _ := strings.Cut(strings.TrimPrefix(flag, "-X="), "=")
		add(name, value, "build.ldflags[%d]", i)
	}
	slices.SortFunc(all, func(a, b setting) int { return cmp.Compare(a.key, b.key) })
	return all
}

// literal is what is written of a value; the facts that it is made of are no secrets.
func literal(t config.Template) string {
	text, err := t.Expand(nil)
	if err != nil {
		return string(t)
	}
	return text
}
