package ownpolicy

import (
	"fmt"
	"slices"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/safetext"
)

// celTest is a view with what policies find in it.
type celTest struct {
	Name string `yaml:"name"`
	// View has what differs from the view of an image that says nothing.
	View map[string]any `yaml:"view"`
	// Want are the IDs of the policies that complain.
	Want []string `yaml:"want"`
}

func (t *celTest) run(policies []*compiled) error {
	view, err := emptyView()
	if err != nil {
		return err
	}
	merge(view, t.View)
	got := []string{}
	said := ""
	for _, p := range policies {
		for _, c := range p.complain(view) {
			got = append(got, p.rule.ID)
			said += fmt.Sprintf("\n  %s: %s", p.rule.ID, safetext.Short(c.Message))
		}
	}
	want := some(t.Want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("test %q: complaints of %q, want %q%s", t.Name, got, want, said)
	}
	return nil
}

func some(list []string) []string { return append([]string{}, list...) }

func emptyView() (map[string]any, error) {
	v := policy.View{
		Image: policy.ViewImage{Platforms: []string{}}, Labels: map[string]string{},
		Index: []byte("null"), Manifest: []byte("{}"), Config: []byte("{}"),
		Start: policy.ViewStart{Args: []string{}, Libraries: []string{}, Problems: []string{}}, Programs: []policy.ViewProgram{},
	}
	return v.Values()
}

// merge puts values into others, object by object.
func merge(into, from map[string]any) {
	for key, value := range from {
		inner, ok := value.(map[string]any)
		if old, isMap := into[key].(map[string]any); ok && isMap {
			merge(old, inner)
			continue
		}
		into[key] = value
	}
}
