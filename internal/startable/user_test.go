package startable_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/startable"
)

const userID = 1001

// reader is an interpreter, which reads its script.
const reader = `
#include <stdio.h>
int main(int n, char **args) { FILE *f = fopen(args[1], "r"); if (f) puts("started"); return !f; }
`

// own sets mode and owner of a file or folder of an image.
func (m *image) own(name string, mode os.FileMode, uid, gid int) {
	m.t.Helper()
	if err := os.Chown(m.path(name), uid, gid); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Chmod(m.path(name), mode); err != nil {
		m.t.Fatal(err)
	}
}

// owner is of files on disk.
func owner(info fs.FileInfo) (uid, gid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}

// TestUsers holds what is said of a user's rights against starting the program as that user.
func TestUsers(t *testing.T) {
	needRoot(t)
	for _, s := range []scenario{
		{name: "mode of the program", lay: func(m *image) { m.own("/app/prog", 0o700, 0, 0) },
			says: "the program /app/prog is out of reach: user 1001:1001 may not execute /app/prog, which has mode 0700 and belongs to 0:0; give /app/prog the mode 0755 in the base image"},
		{name: "program of the user", want: always, lay: func(m *image) { m.own("/app/prog", 0o500, userID, 0) }},
		{name: "program of the group", want: always, lay: func(m *image) { m.own("/app/prog", 0o050, 0, userID) }},
		{name: "program of all but the user", lay: func(m *image) { m.own("/app/prog", 0o077, userID, userID) }, says: "may not execute /app/prog"},
		{name: "program of all but the group", lay: func(m *image) { m.own("/app/prog", 0o705, 0, userID) }, says: "may not execute /app/prog"},
		{name: "program that can be executed only", want: always, lay: func(m *image) { m.own("/app/prog", 0o711, 0, 0) }},
		{name: "folder", lay: func(m *image) { m.own("/app", 0o700, 65532, 65532) },
			says: `user 1001:1001 may not search /app, which has mode 0700 and belongs to 65532:65532; give /app the mode 0755 in the base image, or set image.user to "65532:65532"`},
		{name: "folder whose owner may not either", lay: func(m *image) { m.own("/app", 0o600, 65532, 65532) }, says: "give /app the mode 0755 in the base image"},
		{name: "folder that cannot be listed", want: always, lay: func(m *image) { m.own("/app", 0o711, 0, 0) }},
		{name: "folder before ..", program: "/app/in/../prog", says: "may not search /app/in", lay: func(m *image) {
			mkdir(m.t, m.path("/app/in"))
			m.own("/app/in", 0o700, 0, 0)
		}},
		{name: "folder behind a link", program: "/bin/tool", says: "may not search /store", lay: func(m *image) {
			m.move("/app/prog", "/store/prog")
			m.link("/bin/tool", "../../store/prog")
			m.own("/store", 0o750, 0, 0)
		}},
		{name: "root", lay: func(m *image) { m.own("/", 0o700, 0, 0) }, says: "may not search /,"},
		{name: "loader", only: "glibc", lay: func(m *image) { m.own(m.flavor.loader, 0o744, 0, 0) }, says: "the dynamic loader of /app/prog, is out of reach: user 1001:1001 may not execute"},
		{name: "library", only: "glibc", lay: func(m *image) { m.own(m.flavor.libc, 0o711, 0, 0) }, says: "the library libc.so.6, which /app/prog needs, is out of reach: user 1001:1001 may not read"},
		{name: "folder of a library", only: "glibc", lay: func(m *image) { m.own("/usr/lib/x86_64-linux-gnu", 0o700, 0, 0) }, says: "may not search /usr/lib/x86_64-linux-gnu"},
		{name: "script", program: "/app/run", says: "the script /app/run is out of reach: user 1001:1001 may not read /app/run", lay: func(m *image) {
			m.compile("/app/prog", reader)
			m.write("/app/run", "#!/app/prog\n", 0o711)
		}},
		{name: "interpreter", program: "/app/run", says: "/app/prog, the interpreter of the script /app/run, is out of reach", lay: func(m *image) {
			m.write("/app/run", "#!/app/prog\n", 0o755)
			m.own("/app/prog", 0o744, 0, 0)
		}},
	} {
		for _, f := range []flavor{glibcAMD64, muslAMD64} {
			if s.only != "" && s.only != f.name {
				continue
			}
			t.Run(f.name+"/"+s.name, func(t *testing.T) { s.runAs(t, f) })
		}
	}
}

func (s scenario) runAs(t *testing.T, f flavor) {
	m := newImage(t, f, false)
	m.compile("/app/prog", alone)
	s.lay(m)
	program := s.program
	if program == "" {
		program = "/app/prog"
	}
	if started, out := starts(t, m.root, []string{fmt.Sprintf("%s=%d", userEnv, userID)}, program); started != s.want.of(f) {
		t.Errorf("in reality the program starts: %v, which the test does not expect: %s", started, out)
	}
	report, err := startable.CheckAs(&startable.User{UID: userID, GID: userID, Owner: owner}, os.DirFS(m.root), program, f.target(t))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case s.want.of(f):
		if len(report.Problems) > 0 {
			t.Errorf("the program starts, but the report says: %v", report.Problems)
		}
	case len(report.Problems) != 1 || !report.Problems[0].User || !strings.Contains(report.Problems[0].String(), s.says):
		t.Errorf("%v, want one problem of the user with %q", report.Problems, s.says)
	}
	if strings.Contains(s.says, "set image.user") {
		report, err := startable.CheckAs(&startable.User{UID: 65532, GID: 65532, Owner: owner}, os.DirFS(m.root), program, f.target(t))
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("as it is told to: %v, %v", err, report.Problems)
		}
	}
}

// ids are the owner of a file in memory.
type ids [2]int

// TestUsersPath: a program of PATH that the user may not execute is passed over for one further on, and named if there is none. What is
// not there at all is not the user's affair.
func TestUsersPath(t *testing.T) {
	user := &startable.User{UID: userID, GID: userID, Owner: func(info fs.FileInfo) (int, int, bool) {
		owner, ok := info.Sys().(ids)
		return owner[0], owner[1], ok
	}}
	files := fstest.MapFS{
		"root":        {Mode: fs.ModeDir | 0o700, Sys: ids{}},
		"root/app":    {Mode: 0o755, Sys: ids{}, Data: []byte("#!/gone")},
		"mine/app":    {Mode: 0o700, Sys: ids{userID, 0}, Data: []byte("#!/gone")},
		"theirs/tool": {Mode: 0o700, Sys: ids{7, 7}, Data: []byte("#!/gone")},
		"bin/sh":      {Mode: 0o755, Sys: ids{}, Data: []byte("#!/usr/bin/env tool")},
		"usr/bin/env": {Mode: 0o755, Sys: ids{}, Data: []byte("x")},
	}
	for _, c := range []struct {
		program, want string
		user          bool
	}{
		{"app", "the script /mine/app", false},
		{"tool", `the program /theirs/tool is out of reach: user 1001:1001 may not execute /theirs/tool, which has mode 0700 and belongs to 7:7; ` +
			`give /theirs/tool the mode 0755 in the base image, or set image.user to "7:7"`, true},
		{"/root/app", "may not search /root", true},
		{"/root/gone", "the program /root/gone does not exist", false},
		{"nothing", `the program "nothing" is in no folder of PATH`, false},
		{"sh", "the program /theirs/tool is out of reach", true},
	} {
		report, err := startable.CheckAs(user, files, c.program, glibcAMD64.target(t), "PATH=/root:/mine:/theirs:/bin")
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Problems) != 1 || report.Problems[0].User != c.user || !strings.Contains(report.Problems[0].String(), c.want) {
			t.Errorf("%s: %v, want %q", c.program, report.Problems, c.want)
		}
	}
}
