//go:build linux

package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDirty changes files of a checkout. What an image is made of makes it one of no commit; anything else leaves the image and
// what it says of itself as they are.
func TestDirty(t *testing.T) {
	t.Parallel()
	const config = "image: {files: [{from: notes/, to: /notes/}]}\n"
	eachMode(t, func(t *testing.T, m mode) {
		dir := newCheckout(t, "")
		edit(t, dir, "notes/one.txt", "one\n")
		configure(t, dir, config)
		commitAll(t, dir, "notes")
		clean := m.build(t, build{dir: dir})
		facts := headFacts(t, dir)
		checkFacts(t, clean, facts)

		t.Run("other files", func(t *testing.T) {
			edit(t, dir, "README.md", "# Stomp\n")
			edit(t, dir, "main_test.go", "package main // or not\n")
			edit(t, dir, "untracked.txt", "new\n")
			r := m.build(t, build{dir: dir})
			checkFacts(t, r, facts)
			if got, want := digestOf(t, r), digestOf(t, clean); got != want {
				t.Errorf("the image is %s, want %s as before", got, want)
			}
		})
		for _, file := range []struct{ name, content string }{
			{"notes/one.txt", "two\n"},
			{"main.go", strings.Replace(string(readFile(t, filepath.Join(dir, "main.go"))), `"stomp"`, `"stump"`, 1)},
			{"new.go", "package main\n"},
			{"Dockerfile", string(readFile(t, filepath.Join(dir, "Dockerfile"))) + "build: {tags: [other]}\n"},
		} {
			t.Run(strings.ReplaceAll(file.name, "/", "-"), func(t *testing.T) {
				edit(t, dir, file.name, file.content)
				r := m.build(t, build{dir: dir})
				checkFacts(t, r, headFacts(t, dir))
				if got := labelFacts(t, r).Version; !strings.HasSuffix(got, "+dirty") {
					t.Errorf("the label says version %s, want it dirty", got)
				}
				r.says(t, "the image is not of commit", file.name)
				if m.name == client.name {
					annotateAgrees(t, dir, r)
				}
				git(t, dir, "stash", "--quiet", "--include-untracked")
			})
		}
	})
}

// TestNewCommit commits a file that no image is made of. The commit is linked into the program, and nothing is compiled; with
// stamp: off nothing is even linked. The labels are those of the commit either way.
func TestNewCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, config string
		links        int
	}{
		{"stamped", "", 1},
		{"stamp off", "build: {stamp: off}\n", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, m mode) {
				dir := newCheckout(t, c.config)
				edit(t, dir, "README.md", "# Stamp, for "+m.name+"\n")
				commitAll(t, dir, "before")
				before := m.build(t, build{dir: dir})
				edit(t, dir, "README.md", "# Stamp, again for "+m.name+"\n")
				commitAll(t, dir, "after")
				after := m.build(t, build{dir: dir})

				after.reused(t, "toolchain", "modules", "scan", "analyze", "deps")
				links := after.ran("compile")
				if len(links) != c.links {
					t.Errorf("%d programs were linked, want %d", len(links), c.links)
				}
				for _, v := range links {
					if v.output != "" { // go build -v prints what it compiles
						t.Errorf("these packages were compiled again:\n%s", v.output)
					}
				}
				facts := headFacts(t, dir)
				labels := facts
				labels.Modified = ""
				if diff := cmp.Diff(labels, labelFacts(t, after)); diff != "" {
					t.Errorf("labels (-want +got):\n%s", diff)
				}
				if c.links > 0 {
					checkFacts(t, after, facts)
					after.runs(t, "commit="+facts.Revision+"\n")
					return
				}
				if got := programFacts(t, after); got != (commitFacts{}) {
					t.Errorf("the program says %+v, want nothing of the commit", got)
				}
				after.runs(t, "version=dev\ncommit=\ndate=unknown\n")
				if before, after := entrypointOf(t, before), entrypointOf(t, after); string(before) != string(after) {
					t.Error("the program is not the same as that of the commit before")
				}
			})
		})
	}
}

// entrypointOf gives the program of the only image.
func entrypointOf(t *testing.T, r result) []byte {
	t.Helper()
	return readFile(t, programOf(t, r.image(t)).file)
}
