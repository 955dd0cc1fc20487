package startable_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/startable"
)

// TestReport looks at everything that is said of a program.
func TestReport(t *testing.T) {
	f := glibcAMD64
	m := newImage(t, f, false)
	m.write("/version.script", "G_1 { global: g; local: *; };", 0o644)
	m.lib("/app/lib/libg.so.1.2", "int g(void) { return 42; }", "-nostdlib", "-Wl,-soname,libg.so.1", "-Wl,--version-script,"+m.path("/version.script"))
	m.link("/app/lib/libg.so.1", "libg.so.1.2")
	m.lib("/app/lib/libf.so", "int g(void); int f(void) { return g(); }", m.in("/app/lib/libg.so.1"), "-Wl,-rpath,$ORIGIN", "-nostdlib")
	m.program("/app/prog", m.in("/app/lib/libf.so"), m.in("/app/lib/libg.so.1"), "-Wl,-rpath,/opt/lib")
	m.link("/opt", "app")
	m.link("/bin/tool", "/app/prog")
	report, err := startable.Check(os.DirFS(m.root), "tool", f.target(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, lib := range report.Libraries {
		if lib.Name == "libc.so.6" || lib.Name == "ld-linux-x86-64.so.2" {
			report.Libraries[i].Versions = nil // those of the machine's compiler
		}
	}
	opt := startable.Link{Path: "/opt", Target: "app"}
	lib := startable.Link{Path: "/lib", Target: "usr/lib"}
	want := &startable.Report{
		Program: "/app/prog", Interpreter: "/lib64/ld-linux-x86-64.so.2",
		Libraries: []startable.Library{
			{
				Name: "libf.so", Path: "/opt/lib/libf.so", Real: "/app/lib/libf.so", Links: []startable.Link{opt},
				NeededBy: []string{"/usr/bin/tool"},
			},
			{
				Name: "libg.so.1", Path: "/opt/lib/libg.so.1", Real: "/app/lib/libg.so.1.2",
				Links:    []startable.Link{opt, {Path: "/app/lib/libg.so.1", Target: "libg.so.1.2"}},
				NeededBy: []string{"/usr/bin/tool", "/opt/lib/libf.so"}, Versions: []string{"G_1"},
			},
			{
				Name: "libc.so.6", Path: "/lib/x86_64-linux-gnu/libc.so.6", Real: "/usr/lib/x86_64-linux-gnu/libc.so.6", Links: []startable.Link{lib},
				NeededBy: []string{"/usr/bin/tool"},
			},
			{
				Name: "ld-linux-x86-64.so.2", Path: "/lib64/ld-linux-x86-64.so.2", Real: "/usr/lib64/ld-linux-x86-64.so.2",
				Links: []startable.Link{{Path: "/lib64", Target: "usr/lib64"}}, NeededBy: []string{"/lib/x86_64-linux-gnu/libc.so.6"},
			},
		},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
