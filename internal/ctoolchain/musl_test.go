package ctoolchain

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestMuslGCC links a program in every way with the musl of this machine, and runs it.
func TestMuslGCC(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only for amd64, whose programs are run")
	}
	names := debianTarget(parse(t, "linux/amd64"))
	for _, needed := range []string{"/usr/lib/" + names.musl + "/musl-gcc.specs", "/usr/bin/" + names.triple + "-gcc"} {
		if _, err := os.Stat(needed); err != nil {
			testbed.Missing(t, "%s; install the packages gcc and musl-dev on amd64", needed)
		}
	}
	dir := t.TempDir()
	compiler, specs, source := filepath.Join(dir, "cc"), filepath.Join(dir, "specs"), filepath.Join(dir, "x.c")
	write(t, specs, names.muslSpecs(), 0o644)
	write(t, compiler, names.muslScript(specs), 0o755)
	write(t, source, "#include <stdio.h>\nint main(void) { return puts(\"started\") < 0; }\n", 0o644)
	for _, c := range []struct {
		flags  string
		kind   elf.Type
		static bool
	}{
		{"-no-pie", elf.ET_EXEC, false},
		{"-pie", elf.ET_DYN, false},
		{"-no-pie -static", elf.ET_EXEC, true},
		{"-pie -static-pie", elf.ET_DYN, true}, // as cmd/link has it
	} {
		t.Run(strings.ReplaceAll(c.flags, " ", ""), func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "x")
			cmd := exec.CommandContext(t.Context(), compiler, append(strings.Fields("-fPIE "+c.flags), "-o", program, source)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			f, err := elf.Open(program)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			static := !slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
			if f.Type != c.kind || static != c.static {
				t.Errorf("type %s, static %t, want %s and %t", f.Type, static, c.kind, c.static)
			}
			if _, err := os.Stat(names.muslLoader); err != nil && !static {
				testbed.Missing(t, "%s, to run the program; install the package musl", names.muslLoader)
			}
			if out, err := exec.CommandContext(t.Context(), program).Output(); err != nil || string(out) != "started\n" {
				t.Errorf("the program says %q, %v", out, err)
			}
		})
	}
}

func write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
