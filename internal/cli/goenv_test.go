package cli

import "testing"

// TestProgramFlags: a warning about flags that make no difference would come with every build of a machine that has some.
func TestProgramFlags(t *testing.T) {
	for goflags, want := range map[string]string{
		"":                                       "",
		"-buildvcs=false":                        "",
		"-mod=mod --trimpath -v -p=4":            "",
		"-modcacherw -modfile=other.mod":         "-modfile=other.mod",
		"-tags=extra -buildvcs=false -race":      "-tags=extra -race",
		"-ldflags=-X=main.a=b -mod=vendor -asan": "-ldflags=-X=main.a=b -asan",
	} {
		if got := programFlags(goflags); got != want {
			t.Errorf("of %q %q is left, want %q", goflags, got, want)
		}
	}
}
