package llb

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// FuzzOnly: the patterns of a copy match the files that were named, and no other.
func FuzzOnly(f *testing.F) {
	f.Add("main.go", "main_test.go")
	f.Add("lib/[odd].go", "lib/o.go")
	f.Add("a*.go", "ab.go")
	f.Add(`a\b.go`, "ab.go")
	f.Add("a?.go", "ab.go")
	f.Add("{a}$(1).go", "a.go")
	f.Add("!a.go", "a.go")
	f.Add("[!|].go", "0")
	f.Add("^a[b]c.go", "a[b]c.go")
	f.Fuzz(func(t *testing.T, name, other string) {
		if !plain(name) || !plain(other) {
			t.Skip("no name of a file in a context")
		}
		m, err := patternmatcher.New(only(Tree{}, []string{name}).Include)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if ok, err := m.MatchesOrParentMatches(name); err != nil || !ok {
			t.Errorf("%q does not match itself: %v", name, err)
		}
		if ok, err := m.MatchesOrParentMatches(other); err != nil || ok != (other == name || below(other, name)) {
			t.Errorf("%q matches %q: %t, %v", name, other, ok, err)
		}
	})
}

// plain tells names as scan gives them: go/build and the module's own rules leave no other.
func plain(name string) bool {
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return false
		}
	}
	return fs.ValidPath(name) && name != "." && strings.TrimSpace(name) == name
}

func below(name, dir string) bool { return strings.HasPrefix(name, dir+"/") }

// newLaid is newBuild with the context ui laid over the build context.
func newLaid(t *testing.T) build {
	t.Helper()
	b := newBuild(t)
	laid, own := b.Lay([]Folder{{Tree: b.local(t, "ui"), Path: "dist", To: "web"}}), b.src
	for name, part := range map[string]*Tree{"go": &b.src.Go, "c": &b.src.C, "embeds": &b.src.Embeds, "files": &b.src.Files} {
		*part = b.With(name, *part, laid, []string{"**/*." + name})
	}
	b.src.Own = &own
	return b
}

// TestLaid: what a context lays over the build context is code, is where files are compiled and copied, and is nothing that a commit is
// compared with.
func TestLaid(t *testing.T) {
	sees := map[string]bool{}
	eachPlan(t, func(t *testing.T, p *plan.Plan) {
		b := newLaid(t)
		for _, image := range b.Graph(p, b.src) {
			for _, v := range verticesOf(image.Rootfs) {
				s, ok := v.op.(step)
				def := b.marshal(t, v.at(root))
				if ok && slices.Contains(projectSources(decodeOps(t, def), digestOf(t, def)), "local://ui") {
					sees[string(s.Stage)] = true
				}
			}
		}
		commit := b.marshal(t, b.Commit(&p.Draft, b.src, b.local(t, "git"), request.VCS{}, nil))
		if parts := projectSources(decodeOps(t, commit), digestOf(t, commit)); slices.Contains(parts, "local://ui") {
			t.Errorf("the commit is compared with %q", parts)
		}
	})
	for _, stage := range []string{"compile", "includes", "files"} {
		if !sees[stage] {
			t.Errorf("step %s does not see what is laid over the build context", stage)
		}
	}
}
