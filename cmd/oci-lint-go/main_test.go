package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

// output gives what the command prints, and wants a code to exit with.
func output(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	if got := imagetool.Code(&out, cmd.ExecuteContext(t.Context())); got != want {
		t.Errorf("%v: exit code %d\n%s", args, got, &out)
	}
	return out.String()
}

// image is one for two platforms, of which that for arm64 runs as root.
func image(t *testing.T) string {
	t.Helper()
	layout := imagetest.NewLayout(t)
	var all []ocispec.Descriptor
	for _, arch := range []string{"amd64", "arm64"} {
		user := map[string]string{"amd64": "1:1", "arm64": "0:0"}[arch]
		all = append(all, layout.Image(imagetest.Image{
			Config: ocispec.Image{
				Platform: ocispec.Platform{OS: "linux", Architecture: arch},
				Config:   ocispec.ImageConfig{Entrypoint: []string{"/app"}, User: user},
			},
			Files: []imagetest.File{{Name: "app", Content: imagetest.NewProgram(t, "linux/"+arch).Content}},
		}))
	}
	return layout.Reference(layout.Index(nil, all...))
}

func TestScan(t *testing.T) {
	ref := image(t)
	got := output(t, imagetool.ExitFindings, "scan", "--image", ref)
	for _, want := range []string{
		ref + " linux/amd64 sha256:", "\n  nothing found\n",
		"\n  warn  config.User: the image runs as root: its user is \"0:0\"\n        write numbers such as \"1001:1001\"\n        https://",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not in the output: %q\n%s", want, got)
		}
	}
	if got := output(t, 0, "scan", "--os-arch", "linux/amd64", ref); strings.Contains(got, "arm64") || !strings.Contains(got, "amd64") {
		t.Error(got)
	}
	output(t, 0, "scan", "--rule", "user=off", "--image", ref)
	output(t, 0, "scan", "--only", "platform,labels", "--image", ref)
	output(t, 0, "scan", "--fail-on", "error", "--image", ref)
	output(t, imagetool.ExitFindings, "scan", "--fail-on", "error", "--rule", "user=error", "--image", ref)

	var result Result
	if err := json.Unmarshal([]byte(output(t, imagetool.ExitFindings, "scan", "-o", "json", "--image", ref)), &result); err != nil {
		t.Fatal(err)
	}
	if result.Version != Version || len(result.Images) != 2 || len(result.Findings) != 1 || result.Findings[0].Platform != "linux/arm64" {
		t.Errorf("%+v", result)
	}
}

func TestExitCodes(t *testing.T) {
	ref := image(t)
	for _, test := range []struct {
		code int
		args []string
		said string
	}{
		{imagetool.ExitUsage, []string{"scan"}, "name an image with --image"},
		{imagetool.ExitUsage, []string{"scan", "--only", "usr", ref}, `--only: there is no rule "usr"`},
		{imagetool.ExitUsage, []string{"scan", "--rule", "user=bad", ref}, `--rule: user: the level "bad"`},
		{imagetool.ExitUsage, []string{"scan", "--fail-on", "x", ref}, `--fail-on: the level "x"`},
		{imagetool.ExitUsage, []string{"scan", "--os-arch", "arm64", ref}, `--os-arch: "arm64" is not a platform`},
		{imagetool.ExitUsage, []string{"scan", "--output", "xml", ref}, "it is text"},
		{imagetool.ExitUsage, []string{"explain", "usr"}, `there is no rule "usr"`},
		{imagetool.ExitUsage, []string{"lint"}, `unknown command "lint"`},
		{imagetool.ExitUnread, []string{"scan", "--os-arch", "linux/s390x", ref}, "no image for a platform"},
		{imagetool.ExitUnread, []string{"scan", "oci:/none", ref}, "oci:/none: not found"},
	} {
		if got := output(t, test.code, test.args...); !strings.Contains(got, test.said) {
			t.Errorf("%v: %s", test.args, got)
		}
	}
	if got := output(t, imagetool.ExitUnread, "scan", "oci:/none", ref); !strings.Contains(got, "runs as root") {
		t.Errorf("what could be read is not shown:\n%s", got)
	}
}

func TestExplain(t *testing.T) {
	list := output(t, 0, "explain")
	for _, rule := range policy.Rules() {
		if !strings.Contains(list, rule.ID+" ") {
			t.Errorf("%s is not listed", rule.ID)
		}
		if got := output(t, 0, "explain", rule.ID); !strings.Contains(got, rule.Why) || !strings.Contains(got, rule.URL()) {
			t.Error(got)
		}
	}
}

// TestPage: the manual's page has every flag, and no other.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/oci-lint-go.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, cmd := range newCommand(time.Time{}).Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if known["--"+f.Name] = true; !strings.Contains(string(text), "`--"+f.Name) {
				t.Errorf("the page does not tell of --%s", f.Name)
			}
		})
	}
	for _, m := range regexp.MustCompile("(?:^|[\\s`(\\[])(--[a-z][a-z-]*)").FindAllStringSubmatch(string(text), -1) {
		if !known[m[1]] {
			t.Errorf("the page tells of %s, which is no flag", m[1])
		}
	}
}
