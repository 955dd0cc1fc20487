package ownpolicy

import (
	"fmt"
	"slices"

	"github.com/modship-build/modship/internal/policy"
)

// Test is a view with what policies find in it.
type Test struct {
	Name string `yaml:"name"`
	// View has what differs from the view of an image that says nothing.
	View map[string]any `yaml:"view"`
	// Want are the IDs of the policies that complain.
	Want []string `yaml:"want"`
}

// Run runs the tests of the file, and gives what is wrong of each that fails.
func (f *File) Run() (failed []error) {
	for _, t := range f.Tests {
		if err := f.test(t); err != nil {
			failed = append(failed, fmt.Errorf("%s: test %q: %w", f.name, t.Name, err))
		}
	}
	return failed
}

func (f *File) test(t *Test) error {
	view, err := emptyView()
	if err != nil {
		return err
	}
	merge(view, t.View)
	got := []string{}
	said := ""
	for _, p := range f.Policies {
		for _, c := range p.complain(view) {
			got = append(got, p.ID)
			said += fmt.Sprintf("\n  %s: %s", p.ID, c.Message)
		}
	}
	want := some(t.Want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("complaints of %q, want %q%s", got, want, said)
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
