package startable_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// advised are scenarios of TestReality in which a program does not start, what is said about it, and how somebody follows that.
var advised = []struct {
	scenario, flavor string
	advice           string // a part of the message, word by word
	follow           func(m *image)
	env              []string
	program          string
}{
	{scenario: "missing library", advice: "install the package that has it in the base image", follow: installed},
	{scenario: "missing library", advice: "link it statically", follow: linkedStatically},
	{scenario: "missing library", flavor: "debian", advice: "install the package libf1 in the base image", follow: installed},
	{scenario: "missing library", flavor: "debian", advice: "link the library statically", follow: linkedStatically},
	{scenario: "musl program in glibc image", advice: "build it with cgo.libc: glibc", follow: func(m *image) { m.compile("/app/prog", alone) }},
	{scenario: "musl program in glibc image", advice: "link it statically (cgo.link: static)", follow: linkedStatically},
	{scenario: "musl program in glibc image", advice: "choose a base image with musl, such as alpine", follow: otherLibc(muslAMD64)},
	{scenario: "glibc program in musl image", flavor: "musl", advice: "build it with cgo.libc: musl", follow: func(m *image) { m.compile("/app/prog", alone) }},
	{scenario: "glibc program in musl image", flavor: "musl", advice: "link it statically (cgo.link: static)", follow: linkedStatically},
	{scenario: "glibc program in musl image", flavor: "musl", advice: "choose a base image with glibc, such as debian:stable-slim", follow: otherLibc(glibcAMD64)},
	{scenario: "no loader", advice: "link it statically (cgo.link: static)", follow: linkedStatically},
	{scenario: "no loader", advice: "choose a base image with glibc, such as debian:stable-slim", follow: otherLibc(glibcAMD64)},
	{scenario: "no loader", flavor: "musl", advice: "choose a base image with musl, such as alpine", follow: otherLibc(muslAMD64)},
	{scenario: "loader for another processor", advice: "take the file for linux/amd64", follow: otherLibc(glibcAMD64)},
	{scenario: "library for another processor", advice: "take the library for linux/amd64", follow: installed},
	{scenario: "shared library as the program", advice: "name an executable, not a shared library", program: "/app/prog",
		follow: func(m *image) { m.compile("/app/prog", alone) }},
	{scenario: "glibc is too old", advice: "choose a base image with glibc 2.99 or newer", follow: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libm.so.6", answer, "-Wl,--version-script,"+m.path("/version.script"))
	}},
	{scenario: "glibc is too old", advice: "build with a glibc as old as that of the base", follow: func(m *image) { m.compile("/app/prog", alone) }},
	{scenario: "glibc is too old", advice: "or link statically with musl", follow: linkedStatically},
	{scenario: "symbol version is missing", advice: "choose a base image with a newer libf.so.1", follow: func(m *image) {
		versioned(m, "V_2.10 { global: f; local: *; }; V_2.11 {};")
	}},
	{scenario: "symbol version is missing", advice: "build with one as old as that of the base", follow: func(m *image) {
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
	}},
	{scenario: "no default folders", advice: "link it without that flag", follow: func(m *image) { m.compile("/app/prog", alone) }},
	{scenario: "cache is older than the library", advice: "run ldconfig in the image", follow: func(m *image) { ldconfig(m) }},
	{scenario: "usr local lib", advice: "put it into /lib/x86_64-linux-gnu", follow: func(m *image) {
		m.move("/usr/local/lib/libf.so.1", "/lib/x86_64-linux-gnu/libf.so.1")
	}},
	{scenario: "usr local lib", advice: "set LD_LIBRARY_PATH", env: []string{"LD_LIBRARY_PATH=/usr/local/lib"}, follow: func(*image) {}},
	{scenario: "usr local lib", advice: "or name the folder in /etc/ld.so.conf and run ldconfig", follow: func(m *image) {
		m.write("/etc/ld.so.conf", "/usr/local/lib\n", 0o644)
		ldconfig(m)
	}},
	{scenario: "path file without the folder", flavor: "musl", advice: "put it into one of /opt/a, /opt/b, /opt/c", follow: func(m *image) {
		m.move("/usr/lib/libf.so.1", "/opt/c/libf.so.1")
	}},
	{scenario: "path file without the folder", flavor: "musl", advice: "or name the folder in /etc/ld-musl-x86_64.path", follow: func(m *image) {
		m.write("/etc/ld-musl-x86_64.path", "/usr/lib\n", 0o644)
	}},
	{scenario: "program is not executable", advice: "chmod it to 0755", follow: func(m *image) {
		if err := os.Chmod(m.path("/app/prog"), 0o755); err != nil {
			m.t.Fatal(err)
		}
	}},
	{scenario: "script with line ends of another system", advice: "give it Unix line ends", follow: func(m *image) { m.write("/app/prog", "#!/bin/real\n", 0o755) }},
}

// installed has the library come from a package.
func installed(m *image) { m.lib(m.flavor.defaultDir+"/libf.so.1", answer) }

func linkedStatically(m *image) {
	need(m.t, muslAMD64.compiler, muslAMD64.pkg)
	m.compileWith(muslAMD64.compiler, "/app/prog", alone, "-static")
}

func otherLibc(f flavor) func(m *image) {
	return func(m *image) {
		for _, name := range []string{f.loader, f.libc} {
			if name != "" {
				need(m.t, f.compiler, f.pkg)
				m.copy(name, f.from+name)
			}
		}
	}
}

// TestAdvice: a program that is treated as the problem says starts, and so Check finds. What the image lacks of a library's data is
// found once the package is there that the warning names.
func TestAdvice(t *testing.T) {
	needRoot(t)
	var followed []string
	for _, c := range advised {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == c.scenario })
		f := glibcAMD64
		if c.flavor == "musl" {
			f = muslAMD64
		}
		m := newImage(t, f, scenarios[i].bare)
		if c.flavor == "debian" {
			m.write("/etc/os-release", "ID=debian\n", 0o644)
		} else {
			m.write("/etc/os-release", "ID=other\n", 0o644)
		}
		scenarios[i].lay(m)
		check := func(program string, env []string) string {
			report, err := startable.Check(os.DirFS(m.root), program, f.target(t), env...)
			if err != nil {
				t.Fatal(err)
			}
			if report.Err() == nil {
				return ""
			}
			return report.Err().Error()
		}
		program := scenarios[i].program
		if program == "" {
			program = "/app/prog"
		}
		wrong := check(program, nil)
		if !strings.Contains(wrong, c.advice) {
			t.Errorf("%s: %q does not say %q", c.scenario, wrong, c.advice)
		}
		followed = append(followed, wrong)
		c.follow(m)
		if c.program != "" {
			program = c.program
		}
		if again := check(program, c.env); again != "" {
			t.Errorf("%s: %s, and then %s", c.scenario, c.advice, again)
		}
		if started, out := starts(t, m.root, c.env, f.args(program)...); !started {
			t.Errorf("%s: %s, and it does not start: %s", c.scenario, c.advice, out)
		}
	}
	followed = append(followed, byName(t), inSysroot(t), guarded(t))
	followed = append(followed, withData(t)...)
	followed = append(followed, withLibcData(t)...)
	diagtest.Advice(t, ".", followed, nil)
}

// byName follows the advice on a program that is in no folder of PATH.
func byName(t *testing.T) string {
	t.Helper()
	m := newImage(t, glibcAMD64, false)
	m.compile("/app/prog", alone)
	report, err := startable.Check(os.DirFS(m.root), "prog", m.flavor.target(t))
	if err != nil || report.Err() == nil {
		t.Fatalf("%v, %v", report, err)
	}
	if again, err := startable.Check(os.DirFS(m.root), "/app/prog", m.flavor.target(t)); err != nil || again.Err() != nil {
		t.Errorf("%v, and then %v, %v", report.Err(), again.Err(), err)
	}
	return report.Err().Error()
}

// guarded follows the advice on a folder that the user may not search: it gets another mode, or the program another user.
func guarded(t *testing.T) string {
	t.Helper()
	m := newImage(t, glibcAMD64, false)
	m.compile("/app/prog", alone)
	m.own("/app", 0o700, 65532, 65532)
	check := func(id int) string {
		report, err := startable.CheckAs(&startable.User{UID: id, GID: id, Owner: owner}, os.DirFS(m.root), "/app/prog", m.flavor.target(t))
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, p := range report.Problems {
			said.WriteString(p.String())
		}
		if started, out := starts(t, m.root, []string{fmt.Sprintf("%s=%d", userEnv, id)}, "/app/prog"); started != (said.Len() == 0) {
			t.Errorf("started as %d: %v, %s, but: %s", id, started, out, said.String())
		}
		return said.String()
	}
	said := check(userID)
	if again := check(65532); again != "" {
		t.Errorf("%s, and as that user %s", said, again)
	}
	m.own("/app", 0o755, 65532, 65532)
	if again := check(userID); again != "" {
		t.Errorf("%s, and with that mode %s", said, again)
	}
	return said
}

// inSysroot follows the advice on a library that a sysroot lacks: the package puts it there.
func inSysroot(t *testing.T) string {
	t.Helper()
	var said []string
	for _, release := range []string{"ID=other\n", "ID=debian\n"} {
		m := newImage(t, glibcAMD64, false)
		m.write("/etc/os-release", release, 0o644)
		m.lib("/opt/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/libf.so.1"))
		content, err := os.ReadFile(m.path("/app/prog"))
		if err != nil {
			t.Fatal(err)
		}
		closure := func() error {
			_, err := startable.Closure(os.DirFS(m.root), bytes.NewReader(content), nil, m.flavor.target(t))
			return err
		}
		m.remove("/opt")
		wrong := closure()
		if wrong == nil {
			t.Fatal("the library is not missed")
		}
		said = append(said, wrong.Error())
		installed(m)
		if again := closure(); again != nil {
			t.Errorf("%v, and then %v", wrong, again)
		}
	}
	return strings.Join(said, "\n")
}

// dataPackages are files that the packages of Debian 12 have which a warning names, or that installing them makes.
var dataPackages = []struct{ library, names, file string }{
	{"libmagic.so.1.0.0", "libmagic-mgc", "usr/share/misc/magic.mgc"},
	{"libtinfo.so.6.4", "ncurses-base", "lib/terminfo/x/xterm"},
	{"libsasl2.so.2.0.25", "libsasl2-modules", "usr/lib/x86_64-linux-gnu/sasl2/libcrammd5.so.2.0.25"},
	{"libproj.so.25.9.1.1", "proj-data", "usr/share/proj/proj.db"},
	{"libgdal.so.32.3.6.2", "gdal-data", "usr/share/gdal/GDALLogoBW.svg"},
	{"libasound.so.2.0.0", "libasound2-data", "usr/share/alsa/alsa.conf"},
	{"libxkbcommon.so.0.0.0", "xkb-data", "usr/share/X11/xkb/compat/basic"},
	{"libfontconfig.so.1.12.0", "fontconfig-config", "etc/fonts/conf.d/README"},
	{"libMagickCore-6.Q16.so.6.0.0", "imagemagick-6-common", "etc/ImageMagick-6/coder.xml"},
	{"libtesseract.so.5.0.3", "tesseract-ocr-eng", "usr/share/tesseract-ocr/5/tessdata/eng.traineddata"},
	{"libodbc.so.2.0.0", "the package of a driver", "etc/odbcinst.ini"},
	{"libhunspell-1.7.so.0.0.1", "hunspell-en-us", "usr/share/hunspell/en_US.aff"},
	{"libGeoIP.so.1.6.12", "geoip-database", "usr/share/GeoIP/GeoIP.dat"},
	{"libpython3.11.so.1.0", "libpython3-stdlib", "usr/lib/python3.11/os.py"},
	{"libperl.so.5.36.0", "perl-base", "usr/lib/x86_64-linux-gnu/perl-base/Carp/Heavy.pm"},
	// Of a library without the folder compiled in, the variable is what is left: the frontend looks whether the image has it.
	{"libcrypto.so.3", "set SSL_CERT_FILE to /etc/ssl/certs/ca-certificates.crt in image.env", ""},
}

func withData(t *testing.T) []string {
	t.Helper()
	const lib = "usr/lib/x86_64-linux-gnu/"
	var followed []string
	for _, c := range dataPackages {
		sysroot := fstest.MapFS{lib + c.library: {Data: []byte("x"), Mode: 0o644}}
		missing := func() []string {
			d, err := startable.FindRunData(sysroot, strings.NewReader(""), []startable.File{{Path: "/" + lib + c.library}})
			if err != nil {
				t.Fatal(err)
			}
			return d.Missing
		}
		wrong := strings.Join(missing(), "\n")
		if !strings.Contains(wrong, c.names) {
			t.Errorf("of %s it is said: %q", c.library, wrong)
		}
		followed = append(followed, wrong)
		if c.file == "" {
			continue
		}
		sysroot[c.file] = &fstest.MapFile{Mode: 0o644}
		if again := missing(); len(again) > 0 {
			t.Errorf("%s, and then %q", wrong, again)
		}
	}
	return followed
}
