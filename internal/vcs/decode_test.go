package vcs_test

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// object writes an object into the repository as it is given; git would not make some of them itself.
func (w *world) object(kind, content string) string {
	w.t.Helper()
	cmd := exec.Command("git", "hash-object", "-t", kind, "-w", "--literally", "--stdin")
	cmd.Dir, cmd.Env, cmd.Stdin = w.path("m"), w.env, strings.NewReader(content)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git hash-object: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

const (
	author    = "author A <a@example.com> 1700000000 +0000\n"
	committer = "committer C <c@example.com> 1700000000 +0000\n"
)

// TestLaterHeaders: a header counts where git reads it, and one of the same name further down says nothing: the commit has the tree that
// git checks out, and the history that git log shows.
func TestLaterHeaders(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	tagged := w.git("m", "rev-parse", "HEAD")
	w.git("m", "tag", "v1.2.3")
	theirs := w.git("m", "rev-parse", "HEAD^{tree}")
	w.write("m/main.go", "package main\n\nfunc main() { println(`not in the commit`) }\n")
	w.git("m", "add", "-A")
	other := w.git("m", "write-tree")

	head := w.object("commit", "tree "+theirs+"\n"+author+committer+"tree "+other+"\nparent "+tagged+"\n\nmessage\n")
	w.git("m", "update-ref", "HEAD", head)
	if parents := w.git("m", "log", "-1", "--format=%P"); parents != "" {
		t.Fatalf("git sees the parents %s", parents)
	}
	if status := w.git("m", "diff", "--name-only", "HEAD"); status != "main.go" {
		t.Fatalf("git sees changes in %q", status)
	}
	changed, err := w.open("m").Modified(os.DirFS(w.path("m")), "")
	if diff := cmp.Diff([]string{"main.go"}, changed); err != nil || diff != "" {
		t.Errorf("changed (-want +got):\n%s%v", diff, err)
	}
	if f := w.facts("m", vcs.Module{Path: mod}); !strings.HasPrefix(f.Version, "v0.0.0-") {
		t.Errorf("the version %s comes from a tag that is not in the history", f.Version)
	}
}

// TestOddCommits: what git does not read as a commit is none, and a time that two lines tell differently is not known.
func TestOddCommits(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	tree := "tree " + w.git("m", "rev-parse", "HEAD^{tree}") + "\n"
	time := func(seconds string) string { return strings.Replace(committer, "1700000000", seconds, 1) }
	for name, test := range map[string]struct {
		content, time string
		fails         bool
	}{
		"plain":             {content: tree + author + committer, time: "2023-11-14 22:13:20"},
		"tree is not first": {content: author + tree + committer, fails: true},
		"no tree":           {content: author + committer, fails: true},
		"tree with more":    {content: strings.Replace(tree, "\n", " x\n", 1) + author + committer, fails: true},
		"two committers":    {content: tree + author + committer + time("1600000000")},
		"after the times":   {content: tree + author + time("253402300800")},
		"far away":          {content: tree + author + time("9223372036854775807")},
		"end of the epoch":  {content: tree + author + time("9223371966579724799")},
		"no number":         {content: tree + author + time("+1700000000x")},
	} {
		t.Run(name, func(t *testing.T) {
			head := w.object("commit", test.content+"\nmessage\n")
			w.write("m/.git/refs/heads/main", head+"\n")
			f, err := w.open("m").Facts(vcs.Module{Path: mod})
			if (err != nil) != test.fails {
				t.Fatalf("%+v, error %v", f, err)
			}
			got := ""
			if !f.Time.IsZero() {
				got = f.Time.Format("2006-01-02 15:04:05")
			}
			if got != test.time {
				t.Errorf("the time is %q, want %q", got, test.time)
			}
		})
	}
}

// TestOddTags: a tag that does not begin with its object names none.
func TestOddTags(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	head := w.git("m", "rev-parse", "HEAD")
	tag := w.object("tag", "type commit\nobject "+head+"\ntag v1.2.3\n\nmessage\n")
	w.write("m/.git/refs/tags/v1.2.3", tag+"\n")
	if f, err := w.open("m").Facts(vcs.Module{Path: mod}); err == nil {
		t.Errorf("%+v", f)
	}
}

// TestOddTrees: a mode means what git makes of it, and a tree in which a name is not one name is an error.
func TestOddTrees(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	mainGo := w.git("m", "rev-parse", "HEAD:main.go")
	w.write("m/sub/a.go", "package sub\n")
	w.commit("m", "second")
	sub := w.git("m", "rev-parse", "HEAD:sub")
	target := w.object("blob", "sub/a.go")
	w.write("m/link", "sub/a.go") // a file, with what the target of a link would be

	entry := func(mode, name, hash string) string {
		raw, err := hex.DecodeString(hash)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %s\x00%s", mode, name, raw)
	}
	for name, test := range map[string]struct {
		entries string
		changed []string
		fails   bool
	}{
		"usual":                {entry("120000", "link", target) + entry("100644", "main.go", mainGo) + entry("40000", "sub", sub), []string{"go.mod", "link"}, false},
		"other bits":           {entry("120777", "link", target) + entry("100600", "main.go", mainGo) + entry("40755", "sub", sub), []string{"go.mod", "link"}, false},
		"zeros":                {entry("0120000", "link", target) + entry("0100664", "main.go", mainGo) + entry("040000", "sub", sub), []string{"go.mod", "link"}, false},
		"of no kind":           {entry("644", "main.go", mainGo) + entry("40000", "sub", sub), []string{"go.mod", "link", "main.go"}, false},
		"two of a name":        {entry("100644", "main.go", mainGo) + entry("100644", "main.go", target), nil, true},
		"file and folder":      {entry("100644", "sub", mainGo) + entry("100644", "sub.go", mainGo) + entry("40000", "sub", sub), nil, true},
		"no name":              {entry("100644", "", mainGo), nil, true},
		"no mode":              {entry("", "main.go", mainGo), nil, true},
		"a name with a folder": {entry("100644", "main.go", mainGo) + entry("100644", "sub/a.go", mainGo), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			head := w.object("commit", "tree "+w.object("tree", test.entries)+"\n"+author+committer+"\nmessage\n")
			w.write("m/.git/refs/heads/main", head+"\n")
			changed, err := w.open("m").Modified(os.DirFS(w.path("m")), "")
			if (err != nil) != test.fails {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.changed, changed); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
		})
	}
}

// measured is a tree of which the folder deepest tells how much is in use when it is listed.
type measured struct {
	fs.ReadDirFS
	deepest string
	inUse   uint64
}

func (m *measured) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == m.deepest {
		m.inUse = heap()
	}
	return m.ReadDirFS.ReadDir(name)
}

func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// TestLargeFolders: of folders with many entries below one another, one is in memory at a time.
func TestLargeFolders(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	tree, dir := w.git("m", "rev-parse", "HEAD^{tree}"), "."
	raw := func(hash string) []byte {
		b, err := hex.DecodeString(hash)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for range 12 {
		var b strings.Builder
		hash := raw(tree)
		for i := range 40_000 {
			fmt.Fprintf(&b, "100644 a%05x\x00%s", i, hash)
		}
		fmt.Fprintf(&b, "40000 d\x00%s", hash)
		tree, dir = w.object("tree", b.String()), path.Join(dir, "d")
	}
	w.write("m/.git/refs/heads/main", w.object("commit", "tree "+tree+"\n"+author+committer+"\nmessage\n")+"\n")
	content, err := os.ReadFile(w.path("m/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	context := &measured{ReadDirFS: fstest.MapFS{path.Join(dir, "main.go"): {Data: content}}, deepest: dir}
	r := w.open("m")
	before := heap()
	changed, err := r.Modified(context, "")
	if err != nil || len(changed) > 0 {
		t.Errorf("changed %q, %v", changed, err)
	}
	if more := int64(context.inUse) - int64(before); context.inUse == 0 || more > 30<<20 {
		t.Errorf("%d MiB more are in use", more>>20)
	}
}
