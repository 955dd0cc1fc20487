package step

import (
	"strings"
	"testing"
)

// TestHasArchitectures: what a distribution does not have is said before its servers are asked.
func TestHasArchitectures(t *testing.T) {
	for _, c := range []struct {
		distro, arch string
		want         string
	}{
		{"debian-12", "riscv64", "the base is Debian 12, which has no packages for riscv64: name Debian 13 or later in cgo.base"},
		{"debian-11", "riscv64", "Debian 11"},
		{"debian-13", "riscv64", ""},
		{"debian-12", "arm64", ""},
		{"debian", "riscv64", ""}, // sid
		{"ubuntu-24.04", "riscv64", ""},
	} {
		err := hasArchitectures(c.distro, []string{"i386", c.arch})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v", c.distro, c.arch, err)
		}
	}
}
