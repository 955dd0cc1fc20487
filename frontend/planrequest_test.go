package frontend

import (
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

// TestDescribePlan: for people, the plan says how C is compiled and for which package, and nothing of C where there is none.
func TestDescribePlan(t *testing.T) {
	images := func(libc ctoolchain.Libc, link string) []plan.Image {
		var list []plan.Image
		for _, arch := range []string{"amd64", "arm64"} {
			list = append(list, plan.Image{Target: target.Target{OS: "linux", Arch: arch}, Cgo: &plan.Cgo{
				Provider: ctoolchain.GCC, Libc: libc, Link: link,
				Uses: []ctoolchain.Use{{ImportPath: "example.org/db", Through: []string{"example.org/orm"}}},
			}})
		}
		return list
	}
	const because = "linux/amd64, linux/arm64: C is needed by example.org/db (imported through example.org/orm); it is compiled by gcc for "
	for name, c := range map[string]struct {
		images []plan.Image
		want   string
	}{
		"dynamic": {images(ctoolchain.Glibc, plan.LinkDynamic), because + "glibc and linked dynamically, and the image gets the libraries"},
		"static":  {images(ctoolchain.Musl, plan.LinkStatic), because + "musl and linked statically"},
		"none":    {[]plan.Image{{Target: target.Target{OS: "linux", Arch: "amd64"}}}, ""},
	} {
		got := ""
		p := &plan.Plan{}
		p.Images = c.images
		for line := range strings.Lines(describePlan(p)) {
			if rest, ok := strings.CutPrefix(line, "cgo "); ok {
				got = strings.TrimSpace(rest)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestDescribeContexts: the plan says for people what comes from beside the build context.
func TestDescribeContexts(t *testing.T) {
	p := &plan.Plan{}
	p.Laid = []config.Source{{From: "ui", Path: "dist", To: "web/dist"}, {From: "registry.example/gen@sha256:12", To: "gen"}}
	p.Runtime.Files = []config.Copy{{Context: "assets"}, {Context: "assets"}, {From: "LICENSE"}}
	var got []string
	for line := range strings.Lines(describePlan(p)) {
		if strings.HasPrefix(line, "source") || strings.HasPrefix(line, "files of") {
			got = append(got, strings.Join(strings.Fields(line), " "))
		}
	}
	want := []string{"source ui dist in web/dist", "source registry.example/gen@sha256:12 in gen", "files of assets"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
