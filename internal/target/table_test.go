package target_test

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/target"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestAllAreGoPorts holds the table against the list in the Go toolchain.
func TestAllAreGoPorts(t *testing.T) {
	var want []string
	for _, port := range strings.Fields(goTool(t, nil, "tool", "dist", "list")) {
		if strings.HasPrefix(port, "linux/") {
			want = append(want, port)
		}
	}
	var got, ids []string
	for _, tt := range target.All() {
		got = append(got, tt.OS+"/"+tt.Arch)
		ids = append(ids, tt.String())
		checkIdentity(t, tt, ocispecs.Platform{OS: tt.OS, Architecture: tt.Arch})
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("linux ports of Go (-toolchain +table):\n%s", diff)
	}
	if !slices.IsSorted(ids) {
		t.Errorf("All is not sorted: %q", ids)
	}
}

// TestLevelsAreGoLevels tries a grid of variants that reaches beyond what exists: the table must accept exactly those whose
// level this toolchain knows.
func TestLevelsAreGoLevels(t *testing.T) {
	grid := map[string][]string{"GOAMD64": nil, "GOARM": nil, "GOARM64": nil, "GOPPC64": nil, "GORISCV64": nil}
	for i := range 11 {
		grid["GOAMD64"] = append(grid["GOAMD64"], fmt.Sprintf("v%d", i))
		grid["GOARM"] = append(grid["GOARM"], fmt.Sprintf("%d", i))
		grid["GOARM64"] = append(grid["GOARM64"], fmt.Sprintf("v8.%d", i), fmt.Sprintf("v9.%d", i))
		grid["GOPPC64"] = append(grid["GOPPC64"], fmt.Sprintf("power%d", i+5))
		grid["GORISCV64"] = append(grid["GORISCV64"], fmt.Sprintf("rva%du64", i+18))
	}
	arches := map[string]string{"GOAMD64": "amd64", "GOARM": "arm", "GOARM64": "arm64", "GOPPC64": "ppc64le", "GORISCV64": "riscv64"}
	for name, levels := range grid {
		for _, level := range levels {
			variant := level
			if name == "GOARM" {
				variant = "v" + level
			}
			got, err := target.Parse("linux/" + arches[name] + "/" + variant)
			env := []string{"GOOS=linux", "GOARCH=" + arches[name], name + "=" + level}
			if known := toolchainKnows(t, arches[name], name, level); (err == nil) != known {
				t.Errorf("%s=%s: the toolchain knows it: %v, Parse: %v", name, level, known, err)
			}
			slices.Sort(env)
			if err == nil && !slices.Equal(got.Env(), env) {
				t.Errorf("%v: Env = %q, want %q", got, got.Env(), env)
			}
		}
	}
}

// TestPresetsAreGoDefaults compares the default levels with those of the toolchain.
func TestPresetsAreGoDefaults(t *testing.T) {
	for _, tt := range target.All() {
		name, value := tt.LevelVar()
		if name == "" {
			continue
		}
		if got := strings.TrimSpace(goTool(t, []string{"GOARCH=" + tt.Arch}, "env", name)); got != value {
			t.Errorf("%v: %s=%s, go's default is %s", tt, name, value, got)
		}
	}
}

func TestELF(t *testing.T) {
	for id, want := range map[string]target.ELF{
		"linux/amd64":    {Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64},
		"linux/amd64/v4": {Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, Machine: elf.EM_X86_64},
		"linux/arm/v5":   {Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, Machine: elf.EM_ARM},
		"linux/mips":     {Class: elf.ELFCLASS32, Data: elf.ELFDATA2MSB, Machine: elf.EM_MIPS},
		"linux/s390x":    {Class: elf.ELFCLASS64, Data: elf.ELFDATA2MSB, Machine: elf.EM_S390},
	} {
		if got := parse(t, id).ELF(); got != want {
			t.Errorf("%s: ELF = %v, want %v", id, got, want)
		}
	}
	seen := map[target.ELF]target.Target{}
	for _, tt := range target.All() {
		if other, double := seen[tt.ELF()]; double {
			t.Errorf("%v and %v have the same ELF identity", tt, other)
		}
		seen[tt.ELF()] = tt
		if goarch, ok := tt.ELF().Arch(); !ok || goarch != tt.Arch {
			t.Errorf("%v: Arch of its ELF identity = %q, %v", tt, goarch, ok)
		}
	}
	if goarch, ok := (target.ELF{}).Arch(); ok {
		t.Errorf("the zero ELF belongs to %q", goarch)
	}
}

func TestCanonicalLevel(t *testing.T) {
	for _, test := range []struct{ goarch, in, want string }{
		{"arm", "", "7"},
		{"arm", "7", "7"},
		{"arm", "7,hardfloat", "7"},
		{"arm", "7,softfloat", "7,softfloat"},
		{"arm", "6,hardfloat", "6"},
		{"arm", "5,softfloat", "5"},
		{"arm", "5,hardfloat", "5,hardfloat"},
		{"arm64", "", "v8.0"},
		{"arm64", "v8.0,lse", "v8.0,lse"},
		{"arm64", "v8.0,lse,crypto,lse", "v8.0,crypto,lse"},
		{"arm64", "v8.1,lse", "v8.1"},
		{"arm64", "v9.0,lse,crypto", "v9.0,crypto"},
		{"amd64", "", "v1"},
		{"amd64", "v3", "v3"},
		{"386", "", "sse2"},
		{"386", "softfloat", "softfloat"},
		{"mipsle", "", "hardfloat"},
		{"s390x", "", ""},
		{"amd64", "odd,", "odd,"},
	} {
		if got := target.CanonicalLevel(test.goarch, test.in); got != test.want {
			t.Errorf("CanonicalLevel(%q, %q) = %q, want %q", test.goarch, test.in, got, test.want)
		}
	}
}

func TestZeroTarget(t *testing.T) {
	var zero target.Target
	if got := zero.Env(); got != nil {
		t.Errorf("Env = %q", got)
	}
	if got := zero.OCI(); !cmp.Equal(got, ocispecs.Platform{}) {
		t.Errorf("OCI = %+v, taken from the machine?", got)
	}
	if got := zero.ELF(); got != (target.ELF{}) {
		t.Errorf("ELF = %v", got)
	}
}

// toolchainKnows says whether the toolchain turns the level into its build tag ("amd64.v3"). Its exit code would not do:
// internal/buildcfg forgets what it found wrong with any level variable once it has read GOARM64.
func toolchainKnows(t *testing.T, goarch, name, level string) bool {
	t.Helper()
	env := []string{"GOARCH=" + goarch, name + "=" + level}
	out, err := goCommand(t.Context(), env, "list", "-f", `{{range context.ToolTags}}{{println .}}{{end}}`, "unsafe").CombinedOutput()
	if err != nil && !strings.Contains(string(out), "invalid GO") {
		t.Fatalf("go list with %q: %v\n%s", env, err, out)
	}
	return err == nil && slices.Contains(strings.Fields(string(out)), goarch+"."+level)
}

func goTool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, err := goCommand(t.Context(), env, args...).Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// goCommand runs go without what the caller's environment may say about levels.
func goCommand(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GOOS=linux", "GOENV=off", "GOTOOLCHAIN=local"}, env...)
	return cmd
}
