package target_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		in   string
		want target.Target
		id   string
		env  string
	}{
		{"linux/386", target.Target{OS: "linux", Arch: "386"}, "linux/386", "GO386=sse2 GOARCH=386 GOOS=linux"},
		{"linux/i386", target.Target{OS: "linux", Arch: "386"}, "linux/386", "GO386=sse2 GOARCH=386 GOOS=linux"},
		{"linux/amd64", target.Target{OS: "linux", Arch: "amd64"}, "linux/amd64", "GOAMD64=v1 GOARCH=amd64 GOOS=linux"},
		{"linux/amd64/v1", target.Target{OS: "linux", Arch: "amd64"}, "linux/amd64", "GOAMD64=v1 GOARCH=amd64 GOOS=linux"},
		{"Linux/X86_64/V3", target.Target{OS: "linux", Arch: "amd64", Level: "v3"}, "linux/amd64/v3", "GOAMD64=v3 GOARCH=amd64 GOOS=linux"},
		{"linux/arm", target.Target{OS: "linux", Arch: "arm", Level: "7"}, "linux/arm/v7", "GOARCH=arm GOARM=7 GOOS=linux"},
		{"linux/arm/v7", target.Target{OS: "linux", Arch: "arm", Level: "7"}, "linux/arm/v7", "GOARCH=arm GOARM=7 GOOS=linux"},
		{"linux/arm/6", target.Target{OS: "linux", Arch: "arm", Level: "6"}, "linux/arm/v6", "GOARCH=arm GOARM=6 GOOS=linux"},
		{"linux/armel", target.Target{OS: "linux", Arch: "arm", Level: "6"}, "linux/arm/v6", "GOARCH=arm GOARM=6 GOOS=linux"},
		{"linux/arm/v5", target.Target{OS: "linux", Arch: "arm", Level: "5"}, "linux/arm/v5", "GOARCH=arm GOARM=5 GOOS=linux"},
		{"linux/arm64", target.Target{OS: "linux", Arch: "arm64"}, "linux/arm64", "GOARCH=arm64 GOARM64=v8.0 GOOS=linux"},
		{"linux/aarch64/v8", target.Target{OS: "linux", Arch: "arm64"}, "linux/arm64", "GOARCH=arm64 GOARM64=v8.0 GOOS=linux"},
		{"linux/arm64/v8.2", target.Target{OS: "linux", Arch: "arm64", Level: "v8.2"}, "linux/arm64/v8.2", "GOARCH=arm64 GOARM64=v8.2 GOOS=linux"},
		{"linux/arm64/v9.0", target.Target{OS: "linux", Arch: "arm64", Level: "v9.0"}, "linux/arm64/v9", "GOARCH=arm64 GOARM64=v9.0 GOOS=linux"},
		{"linux/arm64/v9.5", target.Target{OS: "linux", Arch: "arm64", Level: "v9.5"}, "linux/arm64/v9.5", "GOARCH=arm64 GOARM64=v9.5 GOOS=linux"},
		{"linux/loong64", target.Target{OS: "linux", Arch: "loong64"}, "linux/loong64", "GOARCH=loong64 GOOS=linux"},
		{"linux/mips", target.Target{OS: "linux", Arch: "mips"}, "linux/mips", "GOARCH=mips GOMIPS=hardfloat GOOS=linux"},
		{"linux/mips64le", target.Target{OS: "linux", Arch: "mips64le"}, "linux/mips64le", "GOARCH=mips64le GOMIPS64=hardfloat GOOS=linux"},
		{"linux/ppc64le", target.Target{OS: "linux", Arch: "ppc64le"}, "linux/ppc64le", "GOARCH=ppc64le GOOS=linux GOPPC64=power8"},
		{"linux/ppc64le/power8", target.Target{OS: "linux", Arch: "ppc64le", Level: "power8"}, "linux/ppc64le/power8", "GOARCH=ppc64le GOOS=linux GOPPC64=power8"},
		{"linux/ppc64le/power10", target.Target{OS: "linux", Arch: "ppc64le", Level: "power10"}, "linux/ppc64le/power10", "GOARCH=ppc64le GOOS=linux GOPPC64=power10"},
		{"linux/riscv64", target.Target{OS: "linux", Arch: "riscv64"}, "linux/riscv64", "GOARCH=riscv64 GOOS=linux GORISCV64=rva20u64"},
		{"linux/riscv64/rva22u64", target.Target{OS: "linux", Arch: "riscv64", Level: "rva22u64"}, "linux/riscv64/rva22u64", "GOARCH=riscv64 GOOS=linux GORISCV64=rva22u64"},
		{"linux/s390x", target.Target{OS: "linux", Arch: "s390x"}, "linux/s390x", "GOARCH=s390x GOOS=linux"},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, err := target.Parse(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("Parse = %+v, want %+v", got, test.want)
			}
			if id := got.String(); id != test.id {
				t.Errorf("String = %q, want %q", id, test.id)
			}
			if env := strings.Join(got.Env(), " "); env != test.env {
				t.Errorf("Env = %q, want %q", env, test.env)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ in, msg, help string }{
		{"linux/amd46", `unsupported platform "linux/amd46": Go has no linux port for "amd46"`, `did you mean "linux/amd64"? supported: linux/386, linux/amd64[/v2|v3|v4], `},
		{"linux/amd64/v5", `unsupported platform "linux/amd64/v5": Go has no level of amd64 for variant "v5"`, `did you mean "linux/amd64/`},
		{"linux/arm/v8", `Go has no level of arm for variant "v8"`, "linux/arm[/v5|v6|v7]"},
		{"linux/arm64/v8.10", `no level of arm64 for variant "v8.10"`, `did you mean "linux/arm64/v8.1"?`},
		{"linux/s390x/z13", `no level of s390x for variant "z13"`, "linux/s390x"},
		{"windows/amd64", "images are made for linux only, not for windows", "supported: "},
		{"macos/arm64", "images are made for linux only, not for darwin", "supported: "},
		{"windows(10.0.17763)/amd64", "images are made for linux only, not for windows", "supported: "},
		{"linux(6.1)/amd64", "a linux platform has no OS version or features here", "supported: "},
		{"linux(+x)/amd64", "a linux platform has no OS version or features here", "supported: "},
		{"linux", "a platform is written os/architecture[/variant]", "supported: "},
		{"amd64", "a platform is written os/architecture[/variant]", "supported: "},
		{"", "a platform is written os/architecture[/variant]", "supported: "},
		{"linux/", "it is not of the form os/architecture[/variant]", "supported: "},
		{"linux/amd64/v1/x", "it is not of the form os/architecture[/variant]", "supported: "},
		{"linux/*", "it is not of the form os/architecture[/variant]", "supported: "},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, err := target.Parse(test.in)
			located, ok := errors.AsType[*diag.Error](err)
			if !ok {
				t.Fatalf("Parse = %v, %v; want a *diag.Error", got, err)
			}
			if !strings.Contains(located.Msg, test.msg) || !strings.Contains(located.Help, test.help) {
				t.Errorf("error lacks %q or %q:\n%v", test.msg, test.help, err)
			}
		})
	}
}

func TestFromOCIIncomplete(t *testing.T) {
	for _, p := range []ocispecs.Platform{{}, {OS: "linux"}, {Architecture: "amd64"}} {
		if got, err := target.FromOCI(p); err == nil {
			t.Errorf("FromOCI(%+v) = %v, want an error whatever machine this runs on", p, got)
		}
	}
}

func TestDedupe(t *testing.T) {
	var in []target.Target
	for _, s := range []string{"linux/arm64", "linux/arm", "linux/amd64/v1", "linux/arm64/v8", "linux/arm/v7", "linux/amd64/v2", "linux/amd64"} {
		in = append(in, parse(t, s))
	}
	in = append(in, target.Target{OS: "linux", Arch: "amd64", Level: "v1"})
	before := append([]target.Target(nil), in...)

	want := []target.Target{parse(t, "linux/arm64"), parse(t, "linux/arm/v7"), parse(t, "linux/amd64"), parse(t, "linux/amd64/v2")}
	if diff := cmp.Diff(want, target.Dedupe(in)); diff != "" {
		t.Errorf("Dedupe (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, in); diff != "" {
		t.Errorf("Dedupe changed its input (-before +after):\n%s", diff)
	}
}

func TestJSON(t *testing.T) {
	type plan struct {
		One  target.Target
		None target.Target
		By   map[target.Target]int
	}
	in := plan{One: parse(t, "linux/arm"), By: map[target.Target]int{parse(t, "linux/amd64/v3"): 1}}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"One":"linux/arm/v7","None":"","By":{"linux/amd64/v3":1}}`; string(data) != want {
		t.Errorf("JSON = %s, want %s", data, want)
	}
	var out plan
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Errorf("round trip (-in +out):\n%s", diff)
	}
}

func TestMarshalRefusesUnsupported(t *testing.T) {
	for _, bad := range []target.Target{
		{OS: "windows", Arch: "mips"}, {OS: "linux", Arch: "sparc64"}, {OS: "linux", Arch: "amd64", Level: "v9"}, {Arch: "amd64"},
	} {
		if data, err := json.Marshal(bad); err == nil {
			t.Errorf("%+v was written as %s, which ParsePort refuses", bad, data)
		}
	}
}

// FuzzParse checks that whatever Parse accepts keeps its identity: it is the exporter's, it does not depend on the spelling,
// and it comes back from text and from OCI.
func FuzzParse(f *testing.F) {
	for _, t := range target.All() {
		f.Add(t.String())
	}
	for _, s := range []string{"linux/arm64/v9", "linux/arm64/v8.9", "linux/amd64/v4", "linux/armhf", "Linux/AMD64/V1", "linux(1+a)/386", "linux/ppc64le/power9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := target.Parse(s)
		if err != nil {
			return
		}
		written, err := platforms.Parse(s)
		if err != nil {
			t.Fatalf("accepted %q, which containerd refuses: %v", s, err)
		}
		checkIdentity(t, got, written)
	})
}

// checkIdentity holds for any target that was made from the platform p.
func checkIdentity(t *testing.T, got target.Target, p ocispecs.Platform) {
	t.Helper()
	if diff := cmp.Diff(platforms.Normalize(p), got.OCI()); diff != "" {
		t.Errorf("OCI is not what Normalize gives (-want +got):\n%s", diff)
	}
	if want := platforms.FormatAll(platforms.Normalize(p)); got.String() != want {
		t.Errorf("String = %q, the exporter's ID is %q", got, want)
	}
	if again, err := target.Parse(got.String()); err != nil || again != got {
		t.Errorf("Parse(%q) = %+v, %v; want %+v", got, again, err, got)
	}
	if again, err := target.FromOCI(got.OCI()); err != nil || again != got {
		t.Errorf("FromOCI(%+v) = %+v, %v; want %+v", got.OCI(), again, err, got)
	}
}

func parse(t *testing.T, s string) target.Target {
	t.Helper()
	got, err := target.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
