package target_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/testbed"
)

func TestGCC(t *testing.T) {
	for platform, want := range map[string]target.Tools{
		"linux/amd64":    {CC: "x86_64-linux-gnu-gcc", CXX: "x86_64-linux-gnu-g++", FC: "x86_64-linux-gnu-gfortran", AR: "x86_64-linux-gnu-ar", PkgConfig: "/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/share/pkgconfig"},
		"linux/amd64/v3": {CC: "x86_64-linux-gnu-gcc", CXX: "x86_64-linux-gnu-g++", FC: "x86_64-linux-gnu-gfortran", AR: "x86_64-linux-gnu-ar", PkgConfig: "/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/share/pkgconfig"},
		"linux/386":      {CC: "i686-linux-gnu-gcc", CXX: "i686-linux-gnu-g++", FC: "i686-linux-gnu-gfortran", AR: "i686-linux-gnu-ar", PkgConfig: "/usr/lib/i386-linux-gnu/pkgconfig:/usr/share/pkgconfig"},
		"linux/arm/v5":   {CC: "arm-linux-gnueabi-gcc", CXX: "arm-linux-gnueabi-g++", FC: "arm-linux-gnueabi-gfortran", AR: "arm-linux-gnueabi-ar", PkgConfig: "/usr/lib/arm-linux-gnueabi/pkgconfig:/usr/share/pkgconfig"},
		"linux/arm":      {CC: "arm-linux-gnueabihf-gcc", CXX: "arm-linux-gnueabihf-g++", FC: "arm-linux-gnueabihf-gfortran", AR: "arm-linux-gnueabihf-ar", PkgConfig: "/usr/lib/arm-linux-gnueabihf/pkgconfig:/usr/share/pkgconfig"},
	} {
		got, err := parse(t, platform).GCC(target.Glibc)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", platform, err, diff)
		}
	}
	for _, platform := range []string{"linux/arm/v6", "linux/mips64le", "linux/loong64"} {
		if tools, err := parse(t, platform).GCC(target.Glibc); err == nil || !strings.Contains(err.Error(), platform) {
			t.Errorf("%s: %+v, %v", platform, tools, err)
		}
	}
}

func TestGCCPackages(t *testing.T) {
	amd64, arm64 := parse(t, "linux/amd64"), parse(t, "linux/arm64")
	for _, c := range []struct {
		t, build target.Target
		libc     target.Libc
		want     string
	}{
		{amd64, amd64, target.Glibc, "gcc g++ pkg-config libc6-dev:amd64 libstdc++6:amd64"},
		{arm64, amd64, target.Glibc, "gcc-aarch64-linux-gnu g++-aarch64-linux-gnu pkg-config libc6-dev:arm64 libstdc++6:arm64"},
		{amd64, arm64, target.Glibc, "gcc-x86-64-linux-gnu g++-x86-64-linux-gnu pkg-config libc6-dev:amd64 libstdc++6:amd64"},
		{parse(t, "linux/amd64/v3"), amd64, target.Musl, "gcc musl-dev:amd64"},
		{arm64, amd64, target.Musl, "gcc-aarch64-linux-gnu musl-dev:arm64"},
	} {
		if got := strings.Join(c.t.GCCPackages(c.libc, c.build), " "); got != c.want {
			t.Errorf("%s with %s on %s: %s, want %s", c.t, c.libc, c.build, got, c.want)
		}
	}
}

func TestZig(t *testing.T) {
	for platform, want := range map[string][2]string{ // glibc, musl
		"linux/amd64":   {"x86_64-linux-gnu.2.28", "x86_64-linux-musl"},
		"linux/arm64":   {"aarch64-linux-gnu.2.28", "aarch64-linux-musl"},
		"linux/arm/v6":  {"arm-linux-gnueabihf.2.28 -mcpu=arm1176jzf_s", "arm-linux-musleabihf -mcpu=arm1176jzf_s"},
		"linux/arm/v5":  {"arm-linux-gnueabi.2.28 -mcpu=arm926ej_s", "arm-linux-musleabi -mcpu=arm926ej_s"},
		"linux/riscv64": {"riscv64-linux-gnu.2.28", "riscv64-linux-musl"},
	} {
		for i, libc := range []target.Libc{target.Glibc, target.Musl} {
			tools, err := parse(t, platform).Zig("/zig/zig", libc, "2.28")
			if wantCC := "/zig/zig cc -target " + want[i]; err != nil || tools.CC != wantCC || tools.CXX != strings.Replace(wantCC, " cc ", " c++ ", 1) {
				t.Errorf("%s with %s: %+v, %v, want %s", platform, libc, tools, err, wantCC)
			}
		}
	}
	if tools, err := parse(t, "linux/mips64").Zig("zig", target.Musl, ""); err == nil {
		t.Errorf("mips64: %+v", tools)
	}
}

// TestCNames asks the compilers and dpkg of this machine, as far as it has them.
func TestCNames(t *testing.T) {
	asked := 0
	for _, platform := range target.All() {
		c, ok := platform.C()
		if !ok {
			continue
		}
		if out, err := exec.CommandContext(t.Context(), c.Triple+"-gcc", "-print-multiarch").Output(); err == nil {
			asked++
			if got := strings.TrimSpace(string(out)); got != c.Multiarch {
				t.Errorf("%s: gcc says %s, the table %s", platform, got, c.Multiarch)
			}
		}
		out, err := exec.CommandContext(t.Context(), "dpkg-architecture", "-a", c.Debian, "-q", "DEB_HOST_MULTIARCH").Output()
		if err != nil {
			continue
		}
		asked++
		if got := strings.TrimSpace(string(out)); got != c.Multiarch {
			t.Errorf("%s: dpkg says %s, the table %s", platform, got, c.Multiarch)
		}
	}
	if asked == 0 {
		testbed.Missing(t, "gcc or dpkg-architecture")
	}
}
