package docgen

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/cli"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/request"
)

// TestConfigurationBlocks: whatever a page shows as YAML is a configuration without mistakes, for every target in it.
func TestConfigurationBlocks(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks("yaml") {
			count++
			file, err := config.Parse(p.name, []byte(strings.Repeat("#\n", b.line-1)+b.text))
			if err != nil {
				t.Error(err)
				continue
			}
			for _, target := range append(file.Targets(), "") {
				if _, err := file.Target(target, nil); err != nil {
					t.Errorf("target %q: %v", target, err)
				}
			}
		}
	}
	if count == 0 {
		t.Error("no page has a configuration")
	}
}

// foreignFlags are flags of other commands than modship build that the pages name.
var foreignFlags = []string{
	"--call",                                                                           // docker buildx build
	"--load",                                                                           // docker buildx build
	"--set",                                                                            // docker buildx bake
	"--name", "--driver-opt", "--bootstrap", "--use", "--driver", "--node", "--append", // docker buildx create
	"--builder",                      // docker buildx build and bake
	"--address",                      // crane registry serve
	"--add-subuids", "--add-subgids", // usermod
	"--init", "--recursive", // git submodule update
	"--key", "--signature", "--insecure-ignore-tlog", // cosign verify-blob

	"--format", "--level", "--bake-target", // modship annotate; package cli compares them with its page
}

var (
	anyFlag     = regexp.MustCompile("(?:^|[\\s`(\\[])(--[a-z][a-z-]*)")
	dockerfiles = regexp.MustCompile("(?ms)^```dockerfile\n.*?^```$")
	command     = regexp.MustCompile(`(?m)^\$ (?:[A-Z_]+=\S+ )*(?:bin/)?modship build(.*)$`)
)

// toolPages are of other programs than modship, whose own tests compare them with their flags, or of no program.
var toolPages = []string{"docs/rules.md", "docs/oci-lint-go.md", "docs/cgo-check.md", "docs/oci-diff.md", "docs/image-performance.md"}

// TestFlagsExist: every flag that a page names is one of modship build, or of another program that is known.
func TestFlagsExist(t *testing.T) {
	flags := cli.NewBuildCommand(cli.Env{}).Flags()
	flags.AddFlagSet(cli.NewVerifyCommand(cli.Env{}).Flags())
	for _, sub := range cli.NewEngineCommand(cli.Env{}, nil).Commands() {
		flags.AddFlagSet(sub.Flags())
	}
	for _, p := range pages(t) {
		if slices.Contains(toolPages, p.name) {
			continue
		}
		for _, m := range anyFlag.FindAllStringSubmatch(dockerfiles.ReplaceAllString(p.text, ""), -1) {
			if flags.Lookup(m[1][2:]) == nil && !slices.Contains(foreignFlags, m[1]) {
				t.Errorf("%s names the flag %s, which modship build does not have", p.name, m[1])
			}
		}
	}
}

// TestCommandsParse: the lines that start with "$ modship build" have flags and values that the command takes.
func TestCommandsParse(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(p.text, -1) {
			count++
			build := cli.NewBuildCommand(cli.Env{})
			args := strings.Fields(m[1])
			if err := build.ParseFlags(args); err != nil {
				t.Errorf("%s: modship build%s: %v", p.name, m[1], err)
			} else if err := build.ValidateArgs(build.Flags().Args()); err != nil {
				t.Errorf("%s: modship build%s: %v", p.name, m[1], err)
			}
		}
	}
	if count < 10 {
		t.Errorf("found %d commands: the pattern does not fit the pages any more", count)
	}
}

// TestStagesAreDescribed: the first table of the page on caching has a row for each stage, in the order of the graph.
func TestStagesAreDescribed(t *testing.T) {
	_, rows, _ := strings.Cut(find(t, "docs/caching.md").text, "| Stage |")
	rows, _, _ = strings.Cut(rows, "\n\n")
	var got, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(rows, -1) {
		got = append(got, m[1])
	}
	for _, s := range request.Stages() {
		want = append(want, string(s))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stages (-code +page):\n%s", diff)
	}
}

// TestSecretsAreDescribed: the page on secrets has those that the steps mount.
func TestSecretsAreDescribed(t *testing.T) {
	text := find(t, "docs/build-args.md").text
	for _, mount := range []string{request.SecretCA, request.SecretNetrc, request.SecretKnown} {
		if !strings.Contains(text, "\n| `"+path.Base(mount)+"` |") {
			t.Errorf("the secret %s is not described", path.Base(mount))
		}
	}
}

var checked = regexp.MustCompile("(?s)<!-- checked against (\\S+) -->\n```text\n(.*?)```")

// TestQuotedSettings: each line of a block that is checked against a file stands in that file.
func TestQuotedSettings(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		for _, m := range checked.FindAllStringSubmatch(p.text, -1) {
			source, err := os.ReadFile(filepath.Join(root, m[1]))
			if err != nil {
				t.Error(err)
				continue
			}
			for line := range strings.Lines(m[2]) {
				count++
				if line = strings.TrimSpace(line); !strings.Contains(string(source), `"`+line+`"`) {
					t.Errorf("%s: %s is not in %s", p.name, line, m[1])
				}
			}
		}
	}
	if count == 0 {
		t.Error("no block is checked")
	}
}
