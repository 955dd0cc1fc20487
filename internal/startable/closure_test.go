package startable_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// closure takes the program of a scenario, which starts in its image, to an empty one with nothing but its closure over the
// image: it must start there too, and Check must say so.
func (s scenario) closure(m *image) {
	t, f := m.t, m.flavor
	t.Helper()
	content, err := os.ReadFile(m.path("/app/prog"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := startable.Closure(os.DirFS(m.root), bytes.NewReader(content), nil, f.target(t))
	if err != nil {
		t.Fatal(err)
	}
	bare := &image{t: t, flavor: f, root: t.TempDir()}
	bare.take(m.root, files)
	bare.write("/app/prog", string(content), 0o755)
	if f.emulator != "" {
		bare.copy(f.emulator, m.path(f.emulator))
	}
	if ok, out := starts(t, bare.root, nil, f.args("/app/prog")...); !ok {
		t.Errorf("with %v it does not start: %s", files, out)
	}
	report, err := startable.Check(os.DirFS(bare.root), "/app/prog", f.target(t))
	if err != nil || report.Err() != nil {
		t.Errorf("Check of the closure: %v, %v", err, report.Err())
	}
	minimal(bare, files)
}

// minimal takes each regular file away in turn: then Check must find a problem, else the file was not needed. A link may be
// one of two ways to a file.
func minimal(m *image, files []startable.File) {
	t, f := m.t, m.flavor
	t.Helper()
	for _, file := range files {
		if file.Link != "" || file.Dir {
			continue
		}
		if err := os.Rename(m.path(file.Path), m.path("/away")); err != nil {
			t.Fatal(err)
		}
		report, err := startable.Check(os.DirFS(m.root), "/app/prog", f.target(t))
		if err != nil || report.Err() == nil {
			t.Errorf("without %s: %v, %v", file.Path, err, report.Err())
		}
		if err := os.Rename(m.path("/away"), m.path(file.Path)); err != nil {
			t.Fatal(err)
		}
	}
}

// hasClosure is false where the program is a script, is found by its own origin or by the environment: a closure does not know
// these.
func (s scenario) hasClosure(m *image) bool {
	if s.env != nil || s.program != "" {
		return false
	}
	content, err := os.ReadFile(m.path("/app/prog"))
	if err != nil {
		m.t.Fatal(err)
	}
	return !bytes.HasPrefix(content, []byte("#!")) && !bytes.Contains(content, []byte("ORIGIN"))
}

// take copies files of another root.
func (m *image) take(root string, files []startable.File) {
	m.t.Helper()
	for _, file := range files {
		if file.Dir {
			mkdir(m.t, m.path(file.Path))
		} else if file.Link != "" {
			m.link(file.Path, file.Link)
		} else {
			m.copy(file.Path, filepath.Join(root, file.Path))
		}
	}
}

// TestClosureOfSystem takes programs of this machine to an empty root.
func TestClosureOfSystem(t *testing.T) {
	needRoot(t)
	tried := 0
	for _, program := range []string{"/bin/bash", "/usr/bin/apt", "/usr/bin/git", "/usr/bin/gcc", "/usr/bin/perl"} {
		content, err := os.ReadFile(program)
		if err != nil {
			t.Logf("not here: %s", program)
			continue
		}
		tried++
		t.Run(path.Base(program), func(t *testing.T) {
			files, err := startable.Closure(os.DirFS("/"), bytes.NewReader(content), nil, glibcAMD64.target(t))
			if err != nil {
				t.Fatal(err)
			}
			m := &image{t: t, root: t.TempDir()}
			m.take("/", files)
			m.write("/prog", string(content), 0o755)
			// Some miss their configuration then, but not before they have started.
			_, out := starts(t, m.root, []string{"PATH=/"}, "/prog", "--version")
			if strings.Contains(out, "shared object") || strings.Contains(out, "starting /prog") || strings.Contains(out, "exit status 127") {
				t.Errorf("with %v: %s", files, out)
			}
		})
	}
	if tried == 0 {
		t.Error("none of the programs is here")
	}
}

// TestSystem holds Check of the programs of this machine against what their loader lists.
func TestSystem(t *testing.T) {
	tt := glibcAMD64.target(t)
	if _, err := os.Stat(glibcAMD64.loader); err != nil {
		testbed.Missing(t, "a machine with glibc for %s", glibcAMD64.platform)
	}
	names, err := filepath.Glob("/usr/bin/*")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, name := range names {
		if testing.Short() && count > 30 {
			break
		}
		report, err := startable.Check(os.DirFS("/"), name, tt)
		if err != nil {
			t.Fatal(err)
		}
		if report.Interpreter != glibcAMD64.loader || strings.Contains(report.Program, "musl") {
			continue
		}
		count++
		if diff := cmp.Diff(loaderLists(t, report.Program), paths(report)); diff != "" || report.Err() != nil {
			t.Errorf("%s: %v (-loader +report)\n%s", name, report.Err(), diff)
		}
	}
	t.Logf("compared %d programs", count)
	if count < 10 {
		t.Errorf("only %d programs to compare", count)
	}
}

// loaderLists gives name and path of each library that the loader itself finds, sorted.
func loaderLists(t *testing.T, program string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), glibcAMD64.loader, "--list", program).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	var list []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) > 3 && fields[1] == "=>" {
			list = append(list, fields[0]+" "+fields[2])
		}
	}
	slices.Sort(list)
	return list
}

func paths(report *startable.Report) []string {
	var list []string
	for _, lib := range report.Libraries {
		if lib.Path != report.Interpreter {
			list = append(list, lib.Name+" "+lib.Path)
		}
	}
	slices.Sort(list)
	return list
}

func TestClosureFiles(t *testing.T) {
	f := glibcAMD64
	m := newImage(t, f, false)
	m.lib("/opt/libg.so", "int g(void) { return 42; }", "-Wl,-soname,libg.so.1")
	m.move("/opt/libg.so", f.defaultDir+"/libg.so.1.2.3")
	m.link(f.defaultDir+"/libg.so.1", "libg.so.1.2.3")
	m.lib("/opt/lib/plugin.so", "int g(void); int p(void) { return g(); }", m.in(f.defaultDir+"/libg.so.1"))
	m.lib("/opt/cached/libcached.so", answer)
	m.write("/etc/ld.so.conf", "/opt/cached\n", 0o644)
	ldconfig(m)
	m.write("/etc/nsswitch.conf", "hosts: files dns\n", 0o644)
	m.compile("/app/prog", alone)
	prog, err := os.ReadFile(m.path("/app/prog"))
	if err != nil {
		t.Fatal(err)
	}
	sysroot := os.DirFS(m.root)
	base := []startable.File{
		{Path: "/lib", Link: "usr/lib"},
		{Path: "/lib64", Link: "usr/lib64"},
		{Path: "/usr/lib/x86_64-linux-gnu/libc.so.6"},
		{Path: "/usr/lib64/ld-linux-x86-64.so.2"},
	}
	libg := []startable.File{
		{Path: "/usr/lib/x86_64-linux-gnu/libg.so.1", Link: "libg.so.1.2.3"},
		{Path: "/usr/lib/x86_64-linux-gnu/libg.so.1.2.3"},
	}
	for _, test := range []struct {
		extra []string
		want  []startable.File
	}{
		{nil, nil},
		{[]string{"libg.so.1"}, libg},
		{[]string{"/opt/lib/plugin.so"}, append([]startable.File{{Path: "/opt/lib/plugin.so"}}, libg...)},
		{[]string{"libcached.so"}, []startable.File{{Path: "/etc/ld.so.cache"}, {Path: "/opt/cached/libcached.so"}}},
		{[]string{"/etc/nsswitch.conf", "/lib/x86_64-linux-gnu/libc.so.6"}, []startable.File{{Path: "/etc/nsswitch.conf"}}},
	} {
		got, err := startable.Closure(sysroot, bytes.NewReader(prog), test.extra, f.target(t))
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Concat(base, test.want)
		slices.SortFunc(want, func(a, b startable.File) int { return strings.Compare(a.Path, b.Path) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", test.extra, diff)
		}
	}
}

func TestClosureErrors(t *testing.T) {
	f := glibcAMD64
	m := newImage(t, f, false)
	m.lib("/opt/libf.so.1", answer)
	m.compile("/dynamic", alone)
	m.compile("/static", alone, "-static")
	m.program("/lacking", m.in("/opt/libf.so.1"))
	m.remove("/opt")
	foreignLib(m, "/foreign")
	bare := newImage(t, f, true)
	for _, test := range []struct {
		name    string
		program string
		sysroot fs.FS
		extra   []string
		want    []string
	}{
		{"missing", "/lacking", os.DirFS(m.root), []string{"libother.so", "/gone", "/usr/lib"}, []string{
			"the program needs the library libf.so.1, which the sysroot does not have",
			"the program needs the library libother.so, which the sysroot does not have",
			"the sysroot has no file /gone",
			"the sysroot has no file /usr/lib",
		}},
		{"no loader", "/dynamic", os.DirFS(bare.root), nil, []string{
			"the program needs the dynamic loader /lib64/ld-linux-x86-64.so.2, which the sysroot does not have",
		}},
		{"foreign", "/foreign", os.DirFS(m.root), nil, []string{"the program is for linux/arm64, not for linux/amd64"}},
		{"static", "/static", os.DirFS(m.root), []string{"libx.so", "/static"}, []string{"the program is static and cannot open the library libx.so"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			prog, err := os.ReadFile(m.path(test.program))
			if err != nil {
				t.Fatal(err)
			}
			files, err := startable.Closure(test.sysroot, bytes.NewReader(prog), test.extra, f.target(t))
			var got []string
			for _, problem := range diag.All(err) {
				got = append(got, problem.Msg)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || files != nil {
				t.Errorf("files %v, problems (-want +got):\n%s", files, diff)
			}
		})
	}
}
