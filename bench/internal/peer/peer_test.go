//go:build linux

package peer

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/subject"
	"github.com/modship-build/modship/internal/config"
)

func read(t *testing.T, s Site, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Tree.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func site(t *testing.T) Site {
	t.Helper()
	p := &subject.Prepared{Subject: subject.Subject{Main: "./cmd/one", Second: "./cmd/two"}}
	return Site{
		Lab:     &lab.Lab{Tools: "/tools", Modship: "/bin/modship", Home: "/home", Frontend: "127.0.0.1:1/modship:bench", Proxy: "http://127.0.0.1:2"},
		Subject: p, Tree: &subject.Tree{Dir: t.TempDir()}, Goroot: "/goroot", Go: "go1.26.8", Dir: "/state",
	}
}

// TestDockerfileParses: BuildKit's parser takes both files, finds the stages, and cache mounts in one of them only.
func TestDockerfileParses(t *testing.T) {
	for _, mounts := range []bool{true, false} {
		text := dockerfileText(site(t), mounts)
		parsed, err := parser.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		stages, _, err := instructions.Parse(parsed.AST, &linter.Linter{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		cached := 0
		for _, s := range stages {
			names = append(names, s.Name)
			for _, c := range s.Commands {
				if run, ok := c.(*instructions.RunCommand); ok {
					if run.PrependShell {
						t.Errorf("%s needs a shell", run)
					}
					cached += len(instructions.GetMounts(run))
				}
			}
		}
		if want := []string{"modules", "build-second", "second", "build-first", "first"}; !slices.Equal(names, want) {
			t.Errorf("stages %q, want %q", names, want)
		}
		if want := map[bool]int{true: 5, false: 0}[mounts]; cached != want {
			t.Errorf("%d mounts, want %d:\n%s", cached, want, text)
		}
	}
}

// TestConfigOfModship: the configuration has no mistake, and both targets.
func TestConfigOfModship(t *testing.T) {
	s := site(t)
	if err := writeConfig(s); err != nil {
		t.Fatal(err)
	}
	text := read(t, s, "Dockerfile")
	file, err := config.Parse("Dockerfile", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"": "./cmd/one", "second": "./cmd/two"} {
		c, err := file.Target(target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.Main != want {
			t.Errorf("target %q builds %s, want %s", target, c.Main, want)
		}
	}
}

// TestCommands: every peer builds what the order says.
func TestCommands(t *testing.T) {
	order := Order{Platforms: []string{"linux/amd64", "linux/arm64"}, Image: "127.0.0.1:1/x/y:bench"}
	for _, p := range All() {
		if p.BuildKit {
			continue // their commands need a daemon's address
		}
		s := site(t)
		for _, second := range []bool{false, true} {
			order.Second = second
			var all bytes.Buffer
			for _, c := range p.Commands(s, order) {
				all.WriteString(strings.Join(append(slices.Clone(c.Env), c.Args...), " "))
			}
			main := map[bool]string{false: "./cmd/one", true: "./cmd/two"}[second]
			for _, want := range []string{main, "amd64", "arm64", "GOTOOLCHAIN=local", "GOPROXY=http://127.0.0.1:2", "GOCACHE=/state/gocache"} {
				if !strings.Contains(all.String(), want) {
					t.Errorf("%s: %s is not in\n%s", p.Name, want, all.String())
				}
			}
		}
	}
}

func TestFind(t *testing.T) {
	got, err := Find([]string{"ko", "modship-client"})
	if err != nil || len(got) != 2 || got[0].Name != "modship-client" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Find([]string{"kaniko"}); err == nil || !strings.Contains(err.Error(), "go-build") {
		t.Errorf("got %v", err)
	}
}

func TestCommonFlags(t *testing.T) {
	got := strings.Join(common(Order{Platforms: []string{"a", "b"}, Image: "i", CacheTo: "to", CacheFrom: "from"}), " ")
	if want := "--platform a,b --tag i --push --cache-to type=registry,mode=max,compression=zstd,ref=to --cache-from type=registry,ref=from"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
