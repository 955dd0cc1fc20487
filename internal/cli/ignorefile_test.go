package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestUnreadIgnore: of a .dockerignore that is none of a larger context the user is told, until that of the context says the same.
func TestUnreadIgnore(t *testing.T) {
	const (
		ignore = "services/a/.dockerignore"
		want   = ignore + " is not read, because the context is a folder above it: .dockerignore is; copy the lines there, with services/a/ before each path"
	)
	for name, c := range map[string]struct {
		files map[string]string
		alone bool // nothing beside the module is needed
		stdin bool
		want  string
	}{
		"none":                       {},
		"nothing in it":              {files: map[string]string{ignore: "# nothing\n\n"}},
		"the module is the context":  {files: map[string]string{ignore: "tmp\n"}, alone: true},
		"the module's alone":         {files: map[string]string{ignore: "tmp\n"}, want: want},
		"another one of the context": {files: map[string]string{ignore: "tmp\n!tmp/a\n", ".dockerignore": "services/a/tmp\ntmp/a\n"}, want: want},
		"the same in the context":    {files: map[string]string{ignore: "/tmp/\n!tmp/a\n**/*.log\n", ".dockerignore": "**/*.log\nservices/a/tmp/\n!services/a/tmp/a\n"}},
		"one of the configuration":   {files: map[string]string{ignore: "tmp\n", "services/a/modship.yaml": "{}\n", "services/a/modship.yaml.dockerignore": "tmp\n"}},
		"a configuration without":    {files: map[string]string{ignore: "tmp\n", "services/a/modship.yaml": "{}\n"}, want: want},
		"the configuration says so":  {files: map[string]string{ignore: "tmp\n", "services/a/modship.yaml": "module: services/a\n"}, alone: true, want: want},
		"from standard input":        {files: map[string]string{ignore: "tmp\n"}, stdin: true, want: want},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			writeFile(t, root, ".git/HEAD", "")
			writeFile(t, root, "lib/go.mod", libMod)
			writeFile(t, root, "services/a/go.mod", map[bool]string{true: bare, false: needsLib}[c.alone])
			for file, text := range c.files {
				writeFile(t, root, file, text)
			}
			t.Chdir(root)
			env, _, _ := testEnv(t, nil)
			o := BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Dir: "services/a"}}, Output: OutputOptions{Outputs: []string{"type=cacheonly"}}}
			if c.stdin {
				o.Source.File = "-"
			}
			b, err := newBuild(t.Context(), env, o)
			if err != nil {
				t.Fatal(err)
			}
			var said string
			for _, w := range b.warnings {
				if strings.Contains(w, ".dockerignore") {
					said += filepath.ToSlash(w)
				}
			}
			if said != c.want {
				t.Errorf("%q, want %q", said, c.want)
			}
		})
	}
}
