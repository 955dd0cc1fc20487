package ctoolchain

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/testbed"
)

func parse(t *testing.T, platform string) target.Target {
	t.Helper()
	got, err := target.Parse(platform)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDebianTools(t *testing.T) {
	for platform, want := range map[string]Tools{
		"linux/amd64":    {CC: "x86_64-linux-gnu-gcc", CXX: "x86_64-linux-gnu-g++", FC: "x86_64-linux-gnu-gfortran", AR: "x86_64-linux-gnu-ar", PkgConfig: "/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/share/pkgconfig"},
		"linux/amd64/v3": {CC: "x86_64-linux-gnu-gcc", CXX: "x86_64-linux-gnu-g++", FC: "x86_64-linux-gnu-gfortran", AR: "x86_64-linux-gnu-ar", PkgConfig: "/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/share/pkgconfig"},
		"linux/386":      {CC: "i686-linux-gnu-gcc", CXX: "i686-linux-gnu-g++", FC: "i686-linux-gnu-gfortran", AR: "i686-linux-gnu-ar", PkgConfig: "/usr/lib/i386-linux-gnu/pkgconfig:/usr/share/pkgconfig"},
		"linux/arm/v5":   {CC: "arm-linux-gnueabi-gcc", CXX: "arm-linux-gnueabi-g++", FC: "arm-linux-gnueabi-gfortran", AR: "arm-linux-gnueabi-ar", PkgConfig: "/usr/lib/arm-linux-gnueabi/pkgconfig:/usr/share/pkgconfig"},
		"linux/arm":      {CC: "arm-linux-gnueabihf-gcc", CXX: "arm-linux-gnueabihf-g++", FC: "arm-linux-gnueabihf-gfortran", AR: "arm-linux-gnueabihf-ar", PkgConfig: "/usr/lib/arm-linux-gnueabihf/pkgconfig:/usr/share/pkgconfig"},
	} {
		got, _, err := Of(GCC, Glibc).Compiler(Job{Target: parse(t, platform)})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", platform, err, diff)
		}
	}
	for _, platform := range []string{"linux/arm/v6", "linux/mips64le", "linux/loong64"} {
		for _, libc := range []Libc{Glibc, Musl} {
			if tools, _, err := Of(GCC, libc).Compiler(Job{Target: parse(t, platform)}); err == nil || !strings.Contains(err.Error(), platform) {
				t.Errorf("%s: %+v, %v", platform, tools, err)
			}
		}
	}
}

func TestDebianPackages(t *testing.T) {
	amd64, arm64 := parse(t, "linux/amd64"), parse(t, "linux/arm64")
	added := AddedPackages{Build: []string{"gcc", "libx-dev"}, Runtime: []string{"libx1"}}
	for _, c := range []struct {
		t, build target.Target
		libc     Libc
		added    AddedPackages
		want     string
	}{
		{amd64, amd64, Glibc, AddedPackages{}, "g++ gcc libc6-dev:amd64 libstdc++6:amd64 pkg-config"},
		{arm64, amd64, Glibc, AddedPackages{}, "g++-aarch64-linux-gnu gcc-aarch64-linux-gnu libc6-dev:arm64 libstdc++6:arm64 pkg-config"},
		{amd64, arm64, Glibc, AddedPackages{}, "g++-x86-64-linux-gnu gcc-x86-64-linux-gnu libc6-dev:amd64 libstdc++6:amd64 pkg-config"},
		{parse(t, "linux/amd64/v3"), amd64, Musl, AddedPackages{}, "gcc musl-dev:amd64"},
		{arm64, amd64, Musl, AddedPackages{}, "gcc-aarch64-linux-gnu musl-dev:arm64"},
		{arm64, amd64, Musl, added, "gcc-aarch64-linux-gnu musl-dev:arm64, gcc:arm64 libx-dev:arm64 libx1:arm64"},
	} {
		_, needs, err := Of(GCC, c.libc).Compiler(Job{Target: c.t, Build: c.build, Settings: Settings{Packages: c.added}})
		got := strings.Join(needs.Compiler, " ")
		if len(needs.Packages) > 0 {
			got += ", " + strings.Join(needs.Packages, " ")
		}
		if err != nil || got != c.want {
			t.Errorf("%s with %s on %s: %s, %v, want %s", c.t, c.libc, c.build, got, err, c.want)
		}
		foreign := c.t.Arch != c.build.Arch
		if got := len(needs.Foreign) > 0; got != foreign || len(needs.Runtime) != len(c.added.Runtime) {
			t.Errorf("%s with %s on %s: %+v", c.t, c.libc, c.build, needs)
		}
	}
}

func TestZigTools(t *testing.T) {
	for platform, want := range map[string][2]string{ // glibc, musl
		"linux/amd64":   {"x86_64-linux-gnu.2.28", "x86_64-linux-musl"},
		"linux/arm64":   {"aarch64-linux-gnu.2.28", "aarch64-linux-musl"},
		"linux/arm/v6":  {"arm-linux-gnueabihf.2.28 -mcpu=arm1176jzf_s", "arm-linux-musleabihf -mcpu=arm1176jzf_s"},
		"linux/arm/v5":  {"arm-linux-gnueabi.2.28 -mcpu=arm926ej_s", "arm-linux-musleabi -mcpu=arm926ej_s"},
		"linux/riscv64": {"riscv64-linux-gnu.2.28", "riscv64-linux-musl"},
	} {
		for i, libc := range []Libc{Glibc, Musl} {
			tools, _, err := Of(Zig, libc).Compiler(Job{Target: parse(t, platform), Settings: Settings{Libc: string(libc), Glibc: "2.28"}})
			if wantCC := "/zig/zig cc -target " + want[i]; err != nil || tools.CC != wantCC || tools.CXX != strings.Replace(wantCC, " cc ", " c++ ", 1) {
				t.Errorf("%s with %s: %+v, %v, want %s", platform, libc, tools, err, wantCC)
			}
		}
	}
	if tools, _, err := Of(Zig, Musl).Compiler(Job{Target: parse(t, "linux/mips64")}); err == nil {
		t.Errorf("mips64: %+v", tools)
	}
}

// TestZigOrigin: zig is in an image, or in an archive if there is no image.
func TestZigOrigin(t *testing.T) {
	z := Of(Zig, Musl)
	for _, image := range []string{"", "example.org/zig"} {
		s := Settings{Libc: "musl", Zig: ZigSource{Image: image, URL: "https://x.example/zig.tgz", Digest: "sha256:1"}}
		_, needs, err := z.Compiler(Job{Target: parse(t, "linux/amd64"), Settings: s})
		if from := z.Origin(s, ""); err != nil || from.Image != image || (needs.Archive == "") != (image != "") || (needs.Digest == "") != (image != "") {
			t.Errorf("%q: %+v, %+v, %v", image, from, needs, err)
		}
	}
}

// TestRefused: a compiler that cannot make the program is refused with help.
func TestRefused(t *testing.T) {
	amd64, arm64 := parse(t, "linux/amd64"), parse(t, "linux/arm64")
	for _, c := range []struct {
		kind Kind
		libc Libc
		job  Job
		want string // a part of the help
	}{
		{Zig, Glibc, Job{Target: amd64, Build: amd64, Scratch: true}, "set image.base"},
		{Zig, Glibc, Job{Target: amd64, Build: amd64}, ""},
		{Zig, Musl, Job{Target: amd64, Build: amd64, Scratch: true, Settings: Settings{Libc: "musl"}}, ""},
		{BuilderImage, Glibc, Job{Target: arm64, Build: amd64}, "one platform at a time"},
		{BuilderImage, Glibc, Job{Target: arm64, Build: amd64, Alone: true}, "name its cross compiler in cgo.cc"},
		{BuilderImage, Glibc, Job{Target: arm64, Build: amd64, Settings: Settings{CC: "x-gcc"}}, ""},
		{BuilderImage, Glibc, Job{Target: amd64, Build: amd64}, ""},
	} {
		_, _, err := Of(c.kind, c.libc).Compiler(c.job)
		refused, ok := errors.AsType[*diag.Error](err)
		if ok != (c.want != "") || ok && !strings.Contains(refused.Help, c.want) {
			t.Errorf("%s with %s, %+v: %v", c.kind, c.libc, c.job, err)
		}
	}
}

// TestFortran: the compiler of Fortran is the one beside that of C.
func TestFortran(t *testing.T) {
	for cc, want := range map[string]string{"": "gfortran", "clang": "gfortran", "x-linux-gcc": "x-linux-gfortran"} {
		tools, _, err := Of(BuilderImage, Glibc).Compiler(Job{Settings: Settings{CC: cc}})
		if err != nil || tools.FC != want {
			t.Errorf("%q: %q, %v, want %q", cc, tools.FC, err, want)
		}
	}
}

// TestProviders: each has its own kind and library, an origin, and words for what is missing.
func TestProviders(t *testing.T) {
	s := Settings{Zig: ZigSource{Image: "example.org/zig"}}
	for i, p := range providers {
		if slices.ContainsFunc(providers[:i], func(other Provider) bool { return other.Kind == p.Kind && other.Libc == p.Libc }) {
			t.Errorf("there are two of %s with %s", p.Kind, p.Libc)
		}
		if from := p.Origin(s, "example.org/builder"); from.Image == "" || from.Key == "" || p.Help.Missing == "" {
			t.Errorf("%s with %s: origin %+v, help %+v", p.Kind, p.Libc, from, p.Help)
		}
		if p.Kind != BuilderImage && !slices.Contains(Compilers(), string(p.Kind)) {
			t.Errorf("no setting chooses %s", p.Kind)
		}
		s.Compiler, s.Libc = string(p.Kind), string(p.Libc)
		if got := s.Provider(p.Kind == BuilderImage); got.Kind != p.Kind || got.Libc != p.Libc {
			t.Errorf("%s with %s is chosen by %+v", got.Kind, got.Libc, s)
		}
	}
	for builder, want := range map[bool]Kind{false: GCC, true: BuilderImage} {
		if got := (Settings{}).Provider(builder); got.Kind != want || got.Libc != Glibc {
			t.Errorf("without settings %s with %s compiles", got.Kind, got.Libc)
		}
	}
}

// TestConflicts: settings that go together are none, and each conflict is said once.
func TestConflicts(t *testing.T) {
	zigSource := ZigSource{Image: "example.org/zig"}
	for _, c := range []struct {
		s       Settings
		builder bool
		want    []string // the keys
	}{
		{Settings{}, false, nil},
		{Settings{}, true, nil},
		{Settings{Libc: "musl", Link: "static"}, false, nil},
		{Settings{Compiler: "zig", Zig: zigSource, Libc: "musl", Link: "static"}, false, nil},
		{Settings{Compiler: "zig", Zig: zigSource, Glibc: "2.28"}, false, nil},
		{Settings{Compiler: "zig", Zig: zigSource, Link: "static"}, false, []string{"link"}},
		{Settings{Compiler: "zig", Zig: ZigSource{URL: "https://x.example"}}, false, []string{"compiler"}},
		{Settings{Zig: zigSource, Glibc: "2.28"}, false, []string{"glibc", "zig"}},
		{Settings{CC: "clang"}, false, []string{""}},
		{Settings{CC: "clang"}, true, nil},
		{Settings{Base: "debian:13"}, true, []string{""}},
		{Settings{Enabled: "off", Libc: "musl"}, false, []string{"libc"}},
	} {
		var keys []string
		for _, found := range c.s.Conflicts(c.builder) {
			keys = append(keys, found.Key)
		}
		if !slices.Equal(keys, c.want) {
			t.Errorf("%+v with a builder image %t: at %q, want %q", c.s, c.builder, keys, c.want)
		}
	}
}

// TestDebianNames asks the compilers and dpkg of this machine, as far as it has them.
func TestDebianNames(t *testing.T) {
	asked := 0
	for _, row := range debianTargets {
		if out, err := exec.CommandContext(t.Context(), row.names.triple+"-gcc", "-print-multiarch").Output(); err == nil {
			asked++
			if got := strings.TrimSpace(string(out)); got != row.names.multiarch {
				t.Errorf("%s: gcc says %s, the table %s", row.arch, got, row.names.multiarch)
			}
		}
		out, err := exec.CommandContext(t.Context(), "dpkg-architecture", "-a", row.names.arch, "-q", "DEB_HOST_MULTIARCH").Output()
		if err != nil {
			continue
		}
		asked++
		if got := strings.TrimSpace(string(out)); got != row.names.multiarch {
			t.Errorf("%s: dpkg says %s, the table %s", row.arch, got, row.names.multiarch)
		}
	}
	if asked == 0 {
		testbed.Missing(t, "gcc or dpkg-architecture")
	}
}

// TestZigWarmers: the last link is that of a program, for which the flags have to be those of its link.
func TestZigWarmers(t *testing.T) {
	for _, libc := range []Libc{Musl, Glibc} {
		for _, strip := range []bool{false, true} {
			z := Of(Zig, libc)
			commands := z.Warm("/tmp/empty.c", libc, strip)
			for _, command := range commands {
				if !slices.Contains(command, "/tmp/empty.c") && !slices.Contains(command, "/tmp/empty.o") {
					t.Errorf("%q links nothing", command)
				}
			}
			_, got, _ := strings.Cut(strings.Join(commands[len(commands)-1], " "), " -O2 -g")
			want := ""
			if libc == Musl {
				want = "-static"
			}
			if strip && z.Strip {
				want += " -s"
			}
			if strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("%s is warmed with %q, and programs are linked with %q", libc, got, want)
			}
		}
	}
}

// TestNobodyElseAsks: what sets a provider apart is in its file, so no other package tells them apart.
func TestNobodyElseAsks(t *testing.T) {
	kinds := regexp.MustCompile(`\bctoolchain\.(GCC|Zig|BuilderImage)\b`)
	looked := 0
	for _, dir := range []string{"internal", "llb", "frontend"} {
		err := fs.WalkDir(os.DirFS("../.."), dir, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			looked++
			text, err := os.ReadFile("../../" + name)
			if kind := kinds.Find(text); kind != nil {
				t.Errorf("%s asks for %s", name, kind)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if looked < 100 {
		t.Errorf("%d files were found", looked)
	}
}
