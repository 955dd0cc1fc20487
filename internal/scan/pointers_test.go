package scan

import (
	"strings"
	"testing"
)

// TestPointers: code that Git LFS has not fetched is named as what it is, not by what the compiler makes of it. So is a profile.
func TestPointers(t *testing.T) {
	const (
		content = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
		program = "package main\n\nfunc main() {}\n"
	)
	for _, name := range []string{"about.go", "asm_amd64.s", "macros.h", "object_amd64.syso", "default.pgo"} {
		fsys := context("main.go", program, name, content)
		r := scanned(t, fsys, request(t))
		if len(r.Diagnostics) != 1 {
			t.Errorf("%s: %v", name, r.Diagnostics)
			continue
		}
		d := r.Diagnostics[0]
		if d.Level != LevelError || d.File != name || d.Start.Line != 1 || !strings.Contains(d.Msg, "pointer of Git LFS") || !strings.Contains(d.Help, "git lfs pull") {
			t.Errorf("%s: %+v", name, d)
		}
	}
	fsys := context("main.go", program, "other_windows.go", content, "about_test.go", content, "asm_mips.s", content)
	if r := scanned(t, fsys, request(t)); len(r.Diagnostics) > 0 {
		t.Errorf("of files that are not compiled it says %v", r.Diagnostics)
	}
}

// TestEmbeddedAt finds the directive that embeds a file: by its name, by a pattern, or with a folder. The first one counts.
func TestEmbeddedAt(t *testing.T) {
	const program = "package main\n\nimport \"embed\"\n\n//go:embed web/*.css \"all:web/dist\"\nvar page embed.FS\n\n//go:embed web/dist/logo.png\nvar logo []byte\n\nfunc main() {}\n"
	img := image(t, scanned(t, context("main.go", program, "web/a.css", "", "web/dist/logo.png", "", "other/b.css", ""), request(t)))
	for name, want := range map[string]string{
		"web/a.css": "main.go:5:12", "web/dist/logo.png": "main.go:5:22", "web/dist/deep/.hidden": "main.go:5:22", "other/b.css": "", "web/dist2": "", "main.go": "",
	} {
		if at, ok := img.EmbeddedAt(name); ok != (want != "") || ok && at.String() != want {
			t.Errorf("%s: %v, %t, want %s", name, at, ok, want)
		}
	}
}
