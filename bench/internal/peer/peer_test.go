//go:build linux

package peer

import (
	"bytes"
	"encoding/json"
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
	p := &subject.Prepared{Subject: subject.Subject{Main: "./cmd/one", Second: "./cmd/two", Programs: []string{"./cmd/api", "./cmd/job"}}}
	return Site{
		Lab: &lab.Lab{
			Tools: "/tools", Modship: "/bin/modship", Home: "/home", Frontend: "127.0.0.1:1/modship:bench", Proxy: "http://127.0.0.1:2",
			Carry: "127.0.0.1:1/carry:bench", NextModship: "/next/modship", NextFrontend: "r/modship:next",
		},
		Subject: p, Tree: &subject.Tree{Dir: t.TempDir()}, Goroot: "/goroot", Go: "go1.26.8", Dir: "/state", Kept: "/kept",
	}
}

func parse(t *testing.T, text string) []instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	stages, _, err := instructions.Parse(parsed.AST, &linter.Linter{})
	if err != nil {
		t.Fatal(err)
	}
	return stages
}

// TestDockerfileParses: BuildKit's parser takes both files, finds the stages, and cache mounts in one of them only.
func TestDockerfileParses(t *testing.T) {
	for _, mounts := range []bool{true, false} {
		text := dockerfileText(site(t), mounts)
		stages := parse(t, text)
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
		if want := []string{"modules", "build-job", "job", "build-api", "api", "build-second", "second", "build-first", "first"}; !slices.Equal(names, want) {
			t.Errorf("stages %q, want %q", names, want)
		}
		if want := map[bool]int{true: 9, false: 0}[mounts]; cached != want {
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
	for target, want := range map[string]string{"": "./cmd/one", "second": "./cmd/two", "job": "./cmd/job"} {
		c, err := file.Target(target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.Main, config.Mains{want}) {
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
		for targets, mains := range map[string]string{"first": "./cmd/one", "second": "./cmd/two", "api,job": "./cmd/api ./cmd/job"} {
			order.Targets = strings.Split(targets, ",")
			all := typed(p.Commands(site(t), order))
			for _, want := range []string{mains, "amd64", "arm64", "GOTOOLCHAIN=local", "GOPROXY=http://127.0.0.1:2", "GOCACHE=/state/gocache"} {
				if !strings.Contains(all, want) {
					t.Errorf("%s: %s is not in\n%s", p.Name, want, all)
				}
			}
		}
	}
}

// typed is the text of commands, with their environments.
func typed(commands []lab.Command) string {
	var all bytes.Buffer
	for _, c := range commands {
		all.WriteString(strings.Join(append(slices.Clone(c.Env), c.Args...), " ") + "\n")
	}
	return all.String()
}

// TestBuildKitCommands: what the peers with a daemon type for one order and another.
func TestBuildKitCommands(t *testing.T) {
	both := []string{"linux/amd64", "linux/arm64"}
	plain := Order{Platforms: both, Targets: []string{"first"}, Image: "r/x:bench"}
	change := func(f func(*Order)) Order {
		o := plain
		f(&o)
		return o
	}
	many := change(func(o *Order) {
		o.Targets, o.CacheTo, o.CacheFrom = []string{"api", "job"}, "r/to:bench", "r/from:bench"
	})
	for _, c := range []struct {
		peer     string
		order    Order
		has, not []string
	}{
		{"modship-syntax", plain, []string{"--output type=registry,compression=zstd ", "--platform linux/amd64,linux/arm64"}, []string{"--target", "bake"}},
		{"modship-syntax", change(func(o *Order) { o.Gzip = true }), []string{"--output type=registry "}, []string{"zstd"}},
		{"modship-syntax", change(func(o *Order) { o.Next = true }), []string{"--build-arg BUILDKIT_SYNTAX=r/modship:next"}, nil},
		{"modship-syntax", change(func(o *Order) { o.SeedTo = "r/seed:bench" }), []string{"--target compile-cache"}, nil},
		{"modship-syntax", change(func(o *Order) { o.SeedFrom = "r/seed:bench" }), []string{"--build-context modship-seed=docker-image://r/seed:bench"}, nil},
		{"modship-syntax", many, []string{
			"bake ", "--set *.platform=linux/arm64", "--set *.output=type=registry,compression=zstd", "--set job.tags=r/x/job:bench",
			"--set api.cache-to=type=registry,mode=max,compression=zstd,ref=r/to/api:bench", "--set job.cache-from=type=registry,ref=r/from/job:bench", " api job",
		}, []string{"--target"}},
		{"modship-client", plain, []string{"/bin/modship build", "--push", "--compression auto"}, []string{"--target"}},
		{"modship-client", change(func(o *Order) { o.Gzip, o.Targets = true, []string{"second"} }), []string{"--compression gzip", "--target second"}, nil},
		{"modship-client", change(func(o *Order) { o.Next = true }), []string{"/next/modship build"}, nil},
		{"dockerfile-mounts", plain, []string{"--output type=registry ", "--target first"}, []string{"zstd"}},
		{"dockerfile-mounts", many, []string{"--set *.output=type=registry --set", " api job"}, nil},
		{"dockerfile-dance", plain, nil, []string{"tar -xf", "inject", "extract"}},
		{"dockerfile-dance", change(func(o *Order) { o.CacheTo = "r/to:bench" }), []string{"--target extract --output type=tar,dest=/kept/r_to_bench.tar"}, []string{"inject"}},
		{"dockerfile-dance", change(func(o *Order) { o.CacheFrom = "r/to:bench" }), []string{
			"tar -xf /kept/r_to_bench.tar -C /state/restored\n", "--target inject --output type=cacheonly /state/restored\n", "--cache-from type=registry,ref=r/to:bench"}, []string{"extract"}},
	} {
		found, err := Find([]string{c.peer})
		if err != nil {
			t.Fatal(err)
		}
		s := site(t)
		s.Daemon = s.Lab.NewDaemon("/daemon")
		all := typed(found[0].Commands(s, c.order))
		for _, want := range c.has {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %s is not in\n%s", c.peer, want, all)
			}
		}
		for _, unwanted := range c.not {
			if strings.Contains(all, unwanted) {
				t.Errorf("%s: %s is in\n%s", c.peer, unwanted, all)
			}
		}
	}
}

// TestDanceParses: BuildKit's parser takes the file of the small builds, both of which have both mounts.
func TestDanceParses(t *testing.T) {
	stages := parse(t, danceText(site(t)))
	mounts := map[string]int{}
	for _, s := range stages {
		for _, c := range s.Commands {
			if run, ok := c.(*instructions.RunCommand); ok {
				mounts[s.Name] = len(instructions.GetMounts(run))
			}
		}
	}
	if mounts["inject"] != 3 || mounts["copied"] != 2 || stages[len(stages)-1].Name != "extract" {
		t.Errorf("mounts are %v", mounts)
	}
}

// TestBakeFile: every program is a target, and nothing else.
func TestBakeFile(t *testing.T) {
	s := site(t)
	if err := writeBake(s); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Target map[string]struct{ Context, Target string }
	}
	if err := json.Unmarshal([]byte(read(t, s, bakeFile)), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Target) != 2 || file.Target["api"].Target != "api" || file.Target["job"].Context != "." {
		t.Errorf("got %+v", file)
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
	if want := "--platform a,b --tag i --cache-to type=registry,mode=max,compression=zstd,ref=to --cache-from type=registry,ref=from"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
