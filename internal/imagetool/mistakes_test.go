package imagetool

import (
	"runtime/debug"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/testing/diagtest"
)

// tool is a command as those of images are.
func tool(args cobra.PositionalArgs) *cobra.Command {
	run := func(*cobra.Command, []string) {}
	cmd := &cobra.Command{Use: "tool", Args: args, Run: run, SilenceErrors: true, SilenceUsage: true}
	cmd.Flags().Bool("metadata", false, "")
	sub := &cobra.Command{Use: "scan", Args: cobra.NoArgs, Run: run}
	sub.Flags().Bool("platform", false, "")
	cmd.AddCommand(sub)
	prepare(cmd)
	return cmd
}

func run(cmd *cobra.Command, args ...string) (string, error) {
	var out strings.Builder
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

// TestMistakes says what was meant, and where to look if nobody knows. All of it is the user's mistake.
func TestMistakes(t *testing.T) {
	images, flags := Images(2), NoArguments("name an image with --image")
	var followed []string
	for _, test := range []struct {
		args cobra.PositionalArgs
		line string
		want string
	}{
		{images, "--metadat a b", `unknown flag: --metadat; did you mean "--metadata"?`},
		{images, "--zzz a b", "unknown flag: --zzz"},
		{images, "scan --platfrom", `unknown flag: --platfrom; did you mean "--platform"?`},
		{images, "", "2 images are needed, and 0 given; see tool --help"},
		{images, "a", "2 images are needed, and 1 given; see tool --help"},
		{images, "versoin", "2 images are needed, and 1 given; see tool --help"},
		{images, "scna", `did you mean "scan"?`},
		{images, "complection", `did you mean "completion"?`},
		{flags, "example.com/app", `unexpected argument "example.com/app"; name an image with --image`},
		{flags, "mna", `unexpected argument "mna"; did you mean "man"?`},
		{Commands, "scna", `unknown command "scna"; did you mean "scan"?`},
		{Commands, "build", `unknown command "build"; see tool --help`},
	} {
		_, err := run(tool(test.args), strings.Fields(test.line)...)
		if err == nil || !strings.Contains(err.Error(), test.want) || Code(&strings.Builder{}, err) != ExitUsage {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		followed = append(followed, err.Error())
	}
	if _, err := run(tool(images), "--metadata", "a", "b"); err != nil {
		t.Error(err)
	}
	for _, help := range []string{"--help", "scan --help"} {
		if out, err := run(tool(flags), strings.Fields(help)...); err != nil || !strings.Contains(out, "Usage:") {
			t.Errorf("%s, %v", out, err)
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}

// TestVersion tells the version, and what the program was built by and from.
func TestVersion(t *testing.T) {
	if out, err := run(tool(Images(2)), "--version"); err != nil || !strings.HasPrefix(out, "tool (devel) (go1.") {
		t.Errorf("%q, %v", out, err)
	}
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "amd64"}, {Key: "vcs.revision", Value: "0123"}, {Key: "vcs.modified", Value: "true"},
	}}
	if got := DescribeVersion(info, "X 1"); got != "v1.2.3 (go1.26.8, linux/amd64, X 1, 0123, modified)" {
		t.Error(got)
	}
}

func TestPlatforms(t *testing.T) {
	var p Platforms
	arm := ocispec.Platform{OS: "linux", Architecture: "arm64"}
	if !p.Match(arm) {
		t.Error("without any, not all are looked at")
	}
	for _, list := range []string{"linux/amd64,linux/arm/v7", "linux/ppc64", "linux/sparc64", "linux/amd64/v3", "wasi/wasm", "riscv64", "arm/v6", "x86_64,mips"} {
		if err := p.Set(list); err != nil {
			t.Error(err)
		}
	}
	if p.Match(arm) || !p.Match(ocispec.Platform{OS: "linux", Architecture: "amd64"}) || p.String() != "linux/amd64,linux/arm/v7,linux/ppc64,linux/sparc64,linux/amd64/v3,wasi/wasm,linux/riscv64,linux/arm/v6,linux/x86_64,linux/mips" {
		t.Errorf("%s", &p)
	}
	for list, want := range map[string]string{
		"linux/amd46": `"linux/amd46" is neither a platform such as linux/arm64 or linux/arm/v7 nor an architecture such as arm64; did you mean "linux/amd64"?`, "linxu/arm64": `did you mean "linux/arm64"?`,
		"linux": "is neither a platform", "": "is neither a platform", "a/b/c/d": "is neither a platform", "arm46": `did you mean "arm64"?`, "linux/amd64,linux/s309x": `did you mean "linux/s390x"?`,
	} {
		if err := p.Set(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", list, err)
		}
	}
}

// TestCompletion offers values in place of files, also behind a comma.
func TestCompletion(t *testing.T) {
	cmd := tool(Images(2))
	var p Platforms
	p.AddFlag(cmd, "platform", "")
	NewFormat("text", "json").AddFlag(cmd)
	for line, want := range map[string]string{
		"__complete --output ":               "text\njson\n:4\n",
		"__complete --platform=linux/arm64,": "linux/arm64,linux/386\n",
	} {
		args := strings.Split(line, " ")
		out, err := run(cmd, args...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %s, %v", line, out, err)
		}
	}
}
