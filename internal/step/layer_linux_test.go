package step

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// node is a file that a test makes: a folder if its name ends in a slash, a link if it has a target.
type node struct {
	name, text, link string
	mode             uint32
	uid              int
}

func makeNodes(t *testing.T, nodes ...node) string {
	t.Helper()
	root := t.TempDir()
	for _, n := range nodes {
		name := filepath.Join(root, n.name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case n.link != "":
			err = os.Symlink(n.link, name)
		case strings.HasSuffix(n.name, "/"):
			err = os.MkdirAll(name, 0o755)
		default:
			err = os.WriteFile(name, []byte(n.text), 0o644)
		}
		if err == nil && n.uid != 0 {
			err = os.Lchown(name, n.uid, n.uid)
		}
		if err == nil && n.mode != 0 {
			err = syscall.Chmod(name, n.mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// realBase is laid out as bases are: folders that are links, homes and folders with an owner and a mode of their own.
func realBase(t *testing.T) string {
	t.Helper()
	return makeNodes(t,
		node{name: "usr/bin/sh", text: "sh", mode: 0o755},
		node{name: "usr/bin/su", text: "su", mode: 0o4755},
		node{name: "usr/lib/libc.so.6", text: "libc"},
		node{name: "bin", link: "usr/bin"},
		node{name: "lib", link: "/usr/lib"},
		node{name: "run/"},
		node{name: "var/run", link: "../run"},
		node{name: "var/cache", link: "/nowhere/cache"},
		node{name: "tmp/", mode: 0o1777},
		node{name: "root/", mode: 0o700},
		node{name: "home/nonroot/", mode: 0o750, uid: 65532},
		node{name: "usr/local/share/", mode: 0o2775, uid: 50},
		node{name: "etc/localtime", link: "/usr/share/zoneinfo/UTC"},
		node{name: "etc/passwd", text: "root"},
		node{name: "loop", link: "loop"},
	)
}

// made lists a layer: mode, owner and content of everything in it. It fails the test for a time that is not the set one.
func made(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		if got := info.ModTime().UnixNano(); got != 0 {
			t.Errorf("%s has the time %d", rel, got)
		}
		uid, gid := ownerOf(info)
		text := fmt.Sprintf("%v %d:%d", info.Mode(), uid, gid)
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(name)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("-> %s %d:%d", link, uid, gid)
		case info.Mode().IsRegular():
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += " " + string(content)
		}
		found[rel] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		testbed.Missing(t, "the right to give files to other users")
	}
}

// layerOf runs step files.
func layerOf(t *testing.T, req request.Files, source string, below ...string) string {
	t.Helper()
	dir := t.TempDir()
	container{t: t}.run("files", req, layerMounts(dir, source, below)...)
	return dir
}

func layerMounts(dir, source string, below []string) []mount {
	mounts := []mount{out(dir, request.Out)}
	if source != "" {
		mounts = append(mounts, in(source, request.Source))
	}
	for i, b := range below {
		mounts = append(mounts, in(b, fmt.Sprintf("%s/%d", request.Base, i)))
	}
	return mounts
}

// TestLayerKeepsBase: what the image has stays as it is, whatever goes into its folders.
func TestLayerKeepsBase(t *testing.T) {
	needRoot(t)
	source := makeNodes(t,
		node{name: "tool", text: "tool", mode: 0o775},
		node{name: "conf/a.conf", text: "a", mode: 0o600},
		node{name: "conf/current", link: "a.conf"},
		node{name: "conf/late", link: "/run/late.sock"},
		node{name: "conf/empty/", mode: 0o700},
		node{name: "tree/bin/in-tree", text: "in-tree", mode: 0o4755},
		node{name: "tree/lib/x.so", text: "x"},
	)
	copies := func(pairs ...string) request.Files {
		req := request.Files{Below: 1}
		for i := 0; i < len(pairs); i += 2 {
			req.Copies = append(req.Copies, request.Copy{From: pairs[i], To: pairs[i+1]})
		}
		return req
	}
	folders := func(paths ...string) request.Files {
		req := request.Files{Below: 1}
		for _, p := range paths {
			req.Folders = append(req.Folders, request.Folder{Path: p, UID: 1001, GID: 1002})
		}
		return req
	}
	const root, file, program = "drwxr-xr-x 0:0", "-rw-r--r-- 0:0 ", "-rwxr-xr-x 0:0 "
	for name, c := range map[string]struct {
		req  request.Files
		want map[string]string
	}{
		"a folder that is a link":        {copies("tool", "/bin/tool"), map[string]string{"usr": root, "usr/bin": root, "usr/bin/tool": program + "tool"}},
		"into a link, by its name alone": {copies("tool", "/bin"), map[string]string{"usr": root, "usr/bin": root, "usr/bin/tool": program + "tool"}},
		"links within a tree": {copies("tree", "/"), map[string]string{"usr": root, "usr/bin": root, "usr/bin/in-tree": program + "in-tree",
			"usr/lib": root, "usr/lib/x.so": file + "x"}},
		"a folder behind a link that leads nowhere": {copies("tool", "/var/cache/tool"), map[string]string{
			"nowhere": root, "nowhere/cache": root, "nowhere/cache/tool": program + "tool"}},
		"a home of root": {copies("tool", "/root/tool"), map[string]string{"root": "drwx------ 0:0", "root/tool": program + "tool"}},
		"a home":         {copies("tool", "/home/nonroot/"), map[string]string{"home": root, "home/nonroot": "drwxr-x--- 65532:65532", "home/nonroot/tool": program + "tool"}},
		"a set-group-ID folder": {copies("tool", "/usr/local/share/x/tool"), map[string]string{"usr": root, "usr/local": root,
			"usr/local/share": "dgrwxrwxr-x 50:50", "usr/local/share/x": root, "usr/local/share/x/tool": program + "tool"}},
		"temporary files":  {copies("tool", "/tmp/tool"), map[string]string{"tmp": "dtrwxrwxrwx 0:0", "tmp/tool": program + "tool"}},
		"a file":           {copies("tool", "/usr/bin/su"), map[string]string{"usr": root, "usr/bin": root, "usr/bin/su": program + "tool"}},
		"a link to a file": {copies("tool", "/etc/localtime"), map[string]string{"etc": root, "etc/localtime": program + "tool"}},
		"links, rights, empty folders": {copies("conf", "/etc/app"), map[string]string{"etc": root, "etc/app": root, "etc/app/a.conf": file + "a",
			"etc/app/current": "-> a.conf 0:0", "etc/app/late": "-> /run/late.sock 0:0", "etc/app/empty": root}},
		"copies that meet": {copies("tool", "/srv/app/a", "conf/a.conf", "/srv/app/b", "tool", "/srv/c", "conf/a.conf", "/srv/c"), map[string]string{
			"srv": root, "srv/app": root, "srv/app/a": program + "tool", "srv/app/b": file + "a", "srv/c": file + "a"}},
		"new folders": {folders("/data", "/srv/a/b"), map[string]string{"data": "drwxr-xr-x 1001:1002", "srv": root, "srv/a": root, "srv/a/b": "drwxr-xr-x 1001:1002"}},
		"folders that are there": {folders("/root", "/home/nonroot", "/home/nonroot/app", "/var/run/app"), map[string]string{"root": "drwx------ 0:0", "home": root,
			"home/nonroot": "drwxr-x--- 65532:65532", "home/nonroot/app": "drwxr-xr-x 1001:1002", "run": root, "run/app": "drwxr-xr-x 1001:1002"}},
	} {
		t.Run(name, func(t *testing.T) {
			base := realBase(t)
			before := listing(t, base)
			if diff := cmp.Diff(c.want, made(t, layerOf(t, c.req, source, base))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, listing(t, base)); diff != "" {
				t.Errorf("the base has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestLayerRights: owner and mode are those that are asked for, of what is new.
func TestLayerRights(t *testing.T) {
	needRoot(t)
	source := makeNodes(t, node{name: "tree/run", text: "run", mode: 0o755}, node{name: "tree/link", link: "run"})
	ui := makeNodes(t, node{name: "a.css", text: "a"}, node{name: "b.css", text: "b"}, node{name: "c.js", text: "c"}, node{name: "img/d.css", text: "d"})
	base, dir := realBase(t), t.TempDir()
	req := request.Files{Below: 1, Copies: []request.Copy{
		{From: "tree", To: "/srv/app", UID: 5, GID: 6, Mode: 0o640},
		{From: "tree/run", To: "/srv/plain/run", UID: 5},
		{From: "*.css", To: "/srv/css/", Context: 1, Pattern: true, GID: 7},
		{From: "im?", To: "/srv/", Context: 1, Pattern: true, Mode: 0o444},
		{From: "c.js", To: "/usr/bin/c", Context: 2, UID: 1},
	}}
	container{t: t}.run("files", req, append(layerMounts(dir, source, []string{base}), in(ui, request.Contexts+"/1"), in(ui, request.Contexts+"/2"))...)
	const root = "drwxr-xr-x 0:0"
	want := map[string]string{
		"srv": root, "srv/app": "drwxr-x--- 5:6", "srv/app/run": "-rw-r----- 5:6 run", "srv/app/link": "-> run 5:6",
		"srv/plain": root, "srv/plain/run": "-rwxr-xr-x 5:0 run",
		"srv/css": root, "srv/css/a.css": "-rw-r--r-- 0:7 a", "srv/css/b.css": "-rw-r--r-- 0:7 b",
		"srv/img": "dr-xr-xr-x 0:0", "srv/img/d.css": "-r--r--r-- 0:0 d",
		"usr": root, "usr/bin": root, "usr/bin/c": "-rw-r--r-- 1:0 c",
	}
	if diff := cmp.Diff(want, made(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayerSame: neither rights and times of the sources nor the order in which they were made tell in a layer.
func TestLayerSame(t *testing.T) {
	req := request.Files{
		Folders: []request.Folder{{Path: "/srv/app"}, {Path: "/data"}},
		Copies:  []request.Copy{{From: "b.txt", To: "/srv/app/b"}, {From: "dir", To: "/srv/app"}, {From: "a.txt", To: "/srv/app/"}, {From: ".", To: "/all"}},
	}
	nodes := []node{
		{name: "a.txt", text: "a"}, {name: "b.txt", text: "b", mode: 0o755}, {name: "dir/c", text: "c"}, {name: "dir/sub/d", text: "d"},
		{name: "dir/link", link: "c"}, {name: "dir/empty/"},
	}
	want := made(t, layerOf(t, req, makeNodes(t, nodes...)))
	if want["srv/app/b"] != "-rwxr-xr-x 0:0 b" || want["all/dir/sub/d"] != "-rw-r--r-- 0:0 d" {
		t.Fatalf("the layer holds %q", want)
	}
	other := make([]node, 0, len(nodes))
	for i := range nodes { // the last is made first, with other rights
		n := nodes[len(nodes)-1-i]
		switch {
		case n.link != "":
		case n.mode&0o111 != 0:
			n.mode = 0o4711
		case strings.HasSuffix(n.name, "/"):
			n.mode = 0o1700
		default:
			n.mode = 0o606
		}
		other = append(other, n)
	}
	if diff := cmp.Diff(want, made(t, layerOf(t, req, makeNodes(t, other...)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayerOverLayers: what is below counts as it lies, the topmost first.
func TestLayerOverLayers(t *testing.T) {
	lower := makeNodes(t, node{name: "etc/", mode: 0o700}, node{name: "lib/x", text: "x"}, node{name: "opt/", mode: 0o711})
	upper := makeNodes(t, node{name: "etc/", mode: 0o750}, node{name: "lib64", link: "lib"})
	source := makeNodes(t, node{name: "f", text: "f"})
	req := request.Files{Below: 2, Copies: []request.Copy{{From: "f", To: "/etc/f"}, {From: "f", To: "/lib64/f"}, {From: "f", To: "/opt/f"}}}
	want := map[string]string{"etc": "drwxr-x--- 0:0", "etc/f": "-rw-r--r-- 0:0 f", "lib": "drwxr-xr-x 0:0", "lib/f": "-rw-r--r-- 0:0 f",
		"opt": "drwx--x--x 0:0", "opt/f": "-rw-r--r-- 0:0 f"}
	if diff := cmp.Diff(want, made(t, layerOf(t, req, source, lower, upper))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayerRefuses: what cannot be kept is said by name.
func TestLayerRefuses(t *testing.T) {
	needRoot(t)
	source := makeNodes(t, node{name: "f", text: "f"}, node{name: "tree/bin", text: "a file"}, node{name: "tree2/etc", link: "elsewhere"},
		node{name: "tree3/bin/.wh.sh", text: ""}, node{name: "tree4/usr/.wh.bin/"}, node{name: "tree5/.wh..wh..opq", link: "f"})
	if err := syscall.Mkfifo(filepath.Join(source, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"a file as a folder":        {"f", "/etc/passwd/f", `"f" cannot be copied to "/etc/passwd/f": the image has a file at /etc/passwd, not a folder`},
		"a folder as a file":        {"tree2", "/", "the image has a folder at /etc"},
		"a linked folder as a file": {"tree", "/", "the image has a folder at /bin"},
		"links without end":         {"f", "/loop/f", "more than 40 symbolic links on the way to /loop/f"},
		"a whiteout":                {"f", "/bin/.wh.sh", `an image cannot hold ".wh.sh"`},
		"a whiteout in a tree":      {"tree3", "/", `an image cannot hold ".wh.sh"`},
		"a folder as a whiteout":    {"tree4", "/", `an image cannot hold ".wh.bin"`},
		"a link as a whiteout":      {"tree5", "/etc", `an image cannot hold ".wh..wh..opq"`},
		"below a whiteout":          {"f", "/.wh.etc/f", `an image cannot hold ".wh.etc"`},
		"a pipe":                    {"pipe", "/pipe", "pipe is neither a file, a folder nor a link"},
	} {
		t.Run(name, func(t *testing.T) {
			req := request.Files{Below: 1, Copies: []request.Copy{{From: c.from, To: c.to}}}
			said, err := container{t: t}.try("files", req, layerMounts(t.TempDir(), source, []string{realBase(t)})...)
			if err == nil || !strings.Contains(said, c.want) {
				t.Errorf("the step says %q, %v; want %q", said, err, c.want)
			}
		})
	}
}

// TestLayerMistakes: every copy and folder that the image cannot have is told, with what the frontend finds its place by.
func TestLayerMistakes(t *testing.T) {
	root, source := t.TempDir(), makeNodes(t, node{name: "f", text: "f"}, node{name: "d/x", text: "x"})
	req := request.Files{
		Folders: []request.Folder{{Path: "/usr/bin/sh", UID: 1, GID: 2}, {Path: "/data"}},
		Copies:  []request.Copy{{From: "f", To: "/usr/bin/sh/f"}, {From: "f", To: "/ok"}, {From: "d", To: "/etc/passwd"}},
		Below:   1,
	}
	if said, err := (container{t: t, root: root}).try("files", req, layerMounts(t.TempDir(), source, []string{realBase(t)})...); err == nil {
		t.Fatalf("the step says %q", said)
	}
	var found request.Failure
	if err := readJSON(filepath.Join(root, request.FailureFile), &found); err != nil {
		t.Fatal(err)
	}
	want := []request.Mistake{
		{Msg: `the folder "/usr/bin/sh" cannot be made: the image has a file at /usr/bin/sh, not a folder`, Folder: &req.Folders[0]},
		{Msg: `"f" cannot be copied to "/usr/bin/sh/f": the image has a file at /usr/bin/sh, not a folder`, Copy: &req.Copies[0]},
		{Msg: `"d" cannot be copied to "/etc/passwd": the image has a file at /etc/passwd, not a folder`, Copy: &req.Copies[2]},
	}
	if diff := cmp.Diff(want, found.Mistakes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayerProgram: the program is where it is looked for, over links and folders that others have laid on its way.
func TestLayerProgram(t *testing.T) {
	needRoot(t)
	source := makeNodes(t, node{name: "usr/local/bin/app", text: "app", mode: 0o755})
	const root, program = "drwxr-xr-x 0:0", "-rwxr-xr-x 0:0 app"
	for name, c := range map[string]struct {
		below node
		want  map[string]string
		says  string
	}{
		"a volume":    {node{name: "usr/local/", uid: 1001}, map[string]string{"usr": root, "usr/local": "drwxr-xr-x 1001:1001", "usr/local/bin": root, "usr/local/bin/app": program}, ""},
		"a link":      {node{name: "usr/local", link: "/opt/app"}, map[string]string{"opt": root, "opt/app": root, "opt/app/bin": root, "opt/app/bin/app": program}, ""},
		"a file":      {node{name: "usr", text: "x"}, nil, "the image has a file at /usr, not a folder"},
		"its folder":  {node{name: "usr/local/bin/app/"}, nil, "the image has a folder at /usr/local/bin/app"},
		"a link loop": {node{name: "usr/local", link: "local"}, nil, "symbolic links"},
	} {
		t.Run(name, func(t *testing.T) {
			req := request.Files{Below: 1, Copies: []request.Copy{{From: "usr/local/bin", To: "/usr/local/bin"}}}
			dir := t.TempDir()
			said, err := container{t: t}.try("files", req, layerMounts(dir, source, []string{makeNodes(t, c.below)})...)
			if c.says != "" {
				if err == nil || !strings.Contains(said, c.says) {
					t.Errorf("the step says %q, %v; want %q", said, err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(said)
			}
			if diff := cmp.Diff(c.want, made(t, dir)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFailureOfBase: what the image that a step runs in has where a failure is left is gone, whether the step fails or not.
func TestFailureOfBase(t *testing.T) {
	for from, fails := range map[string]bool{"f": false, "missing": true} {
		root := makeNodes(t, node{name: request.FailureFile, link: "aim"})
		req := request.Files{Copies: []request.Copy{{From: from, To: "/f"}}}
		said, err := container{t: t, root: root}.try("files", req, layerMounts(t.TempDir(), makeNodes(t, node{name: "f"}), nil)...)
		if (err != nil) != fails {
			t.Fatalf("%v: %s", err, said)
		}
		info, err := os.Lstat(filepath.Join(root, request.FailureFile))
		if fails && (err != nil || !info.Mode().IsRegular()) || !fails && err == nil || exists(filepath.Join(root, "aim")) {
			t.Errorf("copying %s leaves %v, %v", from, info, err)
		}
	}
}
