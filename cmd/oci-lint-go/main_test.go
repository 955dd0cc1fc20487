package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/testing/imagetest"
	"github.com/modship-build/modship/internal/testing/sariftest"
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
	for _, amd64 := range []string{"linux/amd64", "amd64"} {
		if got := output(t, 0, "scan", "--os-arch", amd64, ref); strings.Contains(got, "arm64") || !strings.Contains(got, "amd64") {
			t.Error(got)
		}
	}
	output(t, 0, "scan", "--rule", "user=off", "--image", ref)
	output(t, 0, "scan", "--only", "platform,labels", "--image", ref)
	output(t, 0, "scan", "--fail-on", "error", "--image", ref)
	output(t, 0, "scan", "--fail-on", "off", "--rule", "user=error", "--image", ref)
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
		{imagetool.ExitUsage, []string{"scan", "--only", "usr", ref}, `--only: there is no rule "usr"; did you mean "user"?`},
		{imagetool.ExitUsage, []string{"scan", "--only", "exclude", ref}, `--only: the rule "exclude" is not for images but for builds; modship check looks at it`},
		{imagetool.ExitUsage, []string{"scan", "--only", "lambda-index", ref}, `--only: the rule "lambda-index" is looked at for --platform lambda`},
		{imagetool.ExitUsage, []string{"scan", "--rule", "usr=off", ref}, `--rule: there is no rule "usr"; did you mean "user"?`},
		{imagetool.ExitUsage, []string{"scan", "--rule", "user=bad", ref}, `--rule: user: the level "bad"`},
		{imagetool.ExitUsage, []string{"scan", "--fail-on", "x", ref}, `--fail-on: the level "x"`},
		{imagetool.ExitUsage, []string{"scan", "--os-arch", "arm46", ref}, `"arm46" is neither a platform such as linux/arm64`},
		{imagetool.ExitUsage, []string{"scan", "--output", "xml", ref}, "it is text"},
		{imagetool.ExitUsage, []string{"scan", "--platform", "linux/amd64", ref}, "--platform is one of generic, eks"},
		{imagetool.ExitUsage, []string{"scan", "--exceptions", "/none", ref}, "--exceptions: open /none"},
		{imagetool.ExitUsage, []string{"explain", "usr"}, `there is no rule "usr"; did you mean "user"?`},
		{imagetool.ExitUsage, []string{"explain", "--policy", "../../examples/oci-lint-policies.yaml", "tem"}, `there is no rule "tem"; did you mean "team"?`},
		{imagetool.ExitUsage, []string{"policy", "test", "/none.yaml"}, "open /none.yaml"},
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

// TestSARIF holds the form against the schema, and what GitHub asks beyond it.
func TestSARIF(t *testing.T) {
	ref := image(t)
	text := output(t, imagetool.ExitFindings, "scan", "-o", "sarif", "--sarif-path", "deploy/my app/Dockerfile", "--image", ref)
	run := sariftest.Parse(t, []byte(text))
	if len(run.Results) != 1 || len(run.Artifacts) != 2 || len(run.Tool.Driver.Rules) != len(policy.Rules()) {
		t.Fatalf("%s", text)
	}
	result := run.Results[0]
	if at := result.Locations[0]; *at.PhysicalLocation.ArtifactLocation.URI != "deploy/my%20app/Dockerfile" || *at.LogicalLocations[0].Name != "config.User" {
		t.Errorf("%s", text)
	}
	if *result.RuleID != "user" || result.Level != "warning" {
		t.Errorf("%s", text)
	}
}

// TestDocuments: rules about documents alone need no layer.
func TestDocuments(t *testing.T) {
	ref := image(t)
	dir, _, _ := strings.Cut(strings.TrimPrefix(ref, "oci:"), "@")
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs/sha256/*"))
	if err != nil || len(blobs) == 0 {
		t.Fatal(dir, err)
	}
	for _, blob := range blobs {
		if text, err := os.ReadFile(blob); err == nil && !json.Valid(text) {
			if err := os.Remove(blob); err != nil {
				t.Fatal(err)
			}
		}
	}
	output(t, 0, "scan", "--platform", "openshift", "--only", "created,consistency,labels,media-types,manifest-size,openshift-ports", "--image", ref)
	output(t, imagetool.ExitUnread, "scan", "--only", "user", "--image", ref)
}

func TestCloud(t *testing.T) {
	ref := image(t)
	if got := output(t, imagetool.ExitFindings, "scan", "--platform", "lambda", "--image", ref); !strings.Contains(got, "Lambda takes no index") || !strings.Contains(got, "docs.aws.amazon.com") {
		t.Error(got)
	}
	if got := output(t, imagetool.ExitFindings, "scan", "--platform", "lambda", "--only", "lambda-index", "--fix", "--os-arch", "linux/arm64", "--image", ref); !strings.Contains(got, "--provenance=false --sbom=false") ||
		!strings.Contains(got, "\n        modship.yaml: sbom: \"off\"\n") || strings.Contains(got, "Dockerfile: ") {
		t.Error(got)
	}
	// The other platforms of the index count, although they are not looked at.
	output(t, 0, "scan", "--platform", "cloudrun", "--rule", "user=off", "--os-arch", "linux/arm64", "--image", ref)
}

func TestExceptions(t *testing.T) {
	ref, file := image(t), filepath.Join(t.TempDir(), "exceptions.yaml")
	if err := os.WriteFile(file, []byte("exceptions:\n  - {rule: user, reason: it binds port 80, until: 2026-03-31}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := output(t, 0, "scan", "--exceptions", file, "--image", ref); !strings.Contains(got, "  let be config.User: the image runs as root: its user is \"0:0\"\n        until 2026-03-31: it binds port 80\n") {
		t.Error(got)
	}
	if got := output(t, 0, "scan", "--exceptions", file, "-o", "sarif", "--image", ref); !strings.Contains(got, `"justification": "it binds port 80"`) {
		t.Error(got)
	}
	if got := output(t, imagetool.ExitFindings, "scan", "--fix", "--image", ref); !strings.Contains(got, "\n        Dockerfile:   USER 1001:1001\n        modship.yaml: image: {user: \"1001:1001\"}\n") {
		t.Error(got)
	}
}

// TestPolicy takes the example, which the page shows.
func TestPolicy(t *testing.T) {
	page, err := os.ReadFile("../../docs/oci-lint-go.md")
	if err != nil {
		t.Fatal(err)
	}
	const name = "../../examples/oci-lint-policies.yaml"
	example, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```\n"+string(example)+"```\n") {
		t.Error("the page does not show the example")
	}
	ref, file := image(t), filepath.Join(t.TempDir(), "policies.yaml")
	if got := output(t, 0, "policy", "test", name); !strings.Contains(got, "2 of 2 tests passed") {
		t.Error(got)
	}
	got := output(t, imagetool.ExitFindings, "scan", "--policy", name, "--only", "team", "--image", ref)
	if strings.Count(got, "error config.Labels: the image names no team") != 2 {
		t.Error(got)
	}
	output(t, 0, "scan", "--policy", name, "--rule", "team=info", "--only", "team", "--image", ref)
	if got := output(t, imagetool.ExitFindings, "scan", "--policy", name, "-o", "sarif", "--image", ref); !strings.Contains(got, `"id": "team"`) {
		t.Error(got)
	}
	if got := output(t, imagetool.ExitUsage, "scan", "--policy", name, "--policy", name, ref); !strings.Contains(got, `another file has a policy "team"`) {
		t.Error(got)
	}
	if got := output(t, 0, "view", ref); strings.Count(got, `"spec": "0:0"`) != 1 || strings.Count(got, `"mediaType": "application/vnd.oci.image.index.v1+json"`) != 2 {
		t.Error(got)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(example), "want: [team, ", "want: [", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := output(t, imagetool.ExitFindings, "policy", "test", file); !strings.Contains(got, "FAIL ") || !strings.Contains(got, "1 of 2 tests passed") {
		t.Error(got)
	}
}

// TestHiddenText shows a policy of somebody else's as text and as nothing else.
func TestHiddenText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p\x1b[31m.yaml")
	text := `policies: [{id: a, check: "false", message: "\e[2J\nb: 1 of 1\u202e", help: "\e[0m", url: "https://x/\e[0m"}]` + "\ntests: [{name: x}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ref := image(t)
	for _, c := range []struct {
		status int
		args   []string
	}{
		{imagetool.ExitFindings, []string{"policy", "test", file}}, {0, []string{"explain", "--policy", file, "a"}}, {0, []string{"explain", "--policy", file}},
		{imagetool.ExitFindings, []string{"scan", "--only", "a", "--policy", file, ref}},
	} {
		got := output(t, c.status, c.args...)
		if strings.ContainsAny(got, "\x1b\u202e") || c.args[0] != "explain" && strings.Contains(got, "\nb: ") {
			t.Errorf("%q: %q", c.args, got)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

// TestUnwritten: who cannot write what it has found has not passed.
func TestUnwritten(t *testing.T) {
	for _, args := range [][]string{{"policy", "test", "../../examples/oci-lint-policies.yaml"}, {"explain"}, {"explain", "user"}} {
		cmd := newCommand(time.Time{})
		cmd.SetOut(full{})
		cmd.SetArgs(args)
		if got := imagetool.Code(io.Discard, cmd.ExecuteContext(t.Context())); got != imagetool.ExitUnread {
			t.Errorf("%q: %d", args, got)
		}
	}
}

// TestRego takes the example, which the page shows.
func TestRego(t *testing.T) {
	page, err := os.ReadFile("../../docs/oci-lint-go.md")
	if err != nil {
		t.Fatal(err)
	}
	const name = "../../examples/oci-lint-policies.rego"
	example, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```\n"+string(example)+"```\n") {
		t.Error("the page does not show the example")
	}
	if got := output(t, 0, "policy", "test", name); !strings.Contains(got, "2 of 2 tests passed") {
		t.Error(got)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wrong := write("wrong.rego", strings.Replace(string(example), "count(deny_contact) == 0", "count(deny_contact) == 2", 1))
	if got := output(t, imagetool.ExitFindings, "policy", "test", wrong); !strings.Contains(got, "FAIL ") || !strings.Contains(got, "1 of 2 tests passed") {
		t.Error(got)
	}
	ref := image(t)
	got := output(t, imagetool.ExitFindings, "scan", "--policy", name, "--only", "contact,old-modules", "--image", ref)
	if strings.Count(got, "error config.Labels: the image names nobody to call\n        add LABEL com.example.contact=…\n        https://wiki.example.com/images#contact\n") != 2 {
		t.Error(got)
	}
	output(t, 0, "scan", "--policy", name, "--rule", "contact=info", "--only", "contact", "--image", ref)
	except := write("exceptions.yaml", "exceptions:\n  - {rule: contact, reason: it is new, until: 2026-03-31}\n")
	output(t, 0, "scan", "--policy", name, "--exceptions", except, "--only", "contact", "--image", ref)
	if got := output(t, imagetool.ExitFindings, "scan", "--policy", name, "-o", "sarif", "--image", ref); !strings.Contains(got, `"id": "contact"`) {
		t.Error(got)
	}
	plain := write("plain.rego", "package plain\n\ndeny contains \"x\" if true\n")
	if got := output(t, imagetool.ExitFindings, "scan", "--policy", plain, "--only", "plain", "--os-arch", "linux/amd64", ref); !strings.HasSuffix(got, "  error image: x\n        "+plain+":3:1\n") {
		t.Error(got)
	}
	both := output(t, imagetool.ExitFindings, "scan", "--policy", name, "--policy", "../../examples/oci-lint-policies.yaml", ref)
	for _, want := range []string{"the image names nobody to call", "the image names no team"} {
		if !strings.Contains(both, want) {
			t.Errorf("the examples together do not say that %s:\n%s", want, both)
		}
	}
	network := write("network.rego", "package x\n\ndeny contains \"x\" if http.send({\"url\": input.image.reference})\n")
	if got := output(t, imagetool.ExitUsage, "scan", "--policy", network, ref); !strings.Contains(got, "network.rego:3:22: there is no http.send") {
		t.Error(got)
	}
}

// TestExplain: the list has every rule by what it is for, and the page of each says what it leads to that it is broken.
func TestExplain(t *testing.T) {
	images, builds, _ := strings.Cut(output(t, 0, "explain"), "\nFor builds")
	for _, rule := range rules.All() {
		if strings.Contains(images, "  "+rule.ID+" ") != (rule.For&rules.Images != 0) || strings.Contains(builds, "  "+rule.ID+" ") != (rule.For&rules.Builds != 0) {
			t.Errorf("%s is not listed for what it is for", rule.ID)
		}
		got := output(t, 0, "explain", rule.ID)
		for _, want := range append(rule.Consequences(), rule.What, rule.Why, rule.URL, rule.Spec) {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
	}
	for rule, want := range map[string]string{
		"user":      "of the level `error`.\nIn builds: the build is refused.\n",
		"retracted": "\n\nIn builds: `warn`, by `--call=check` alone.\n",
	} {
		if got := output(t, 0, "explain", rule); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	const yaml, rego = "../../examples/oci-lint-policies.yaml", "../../examples/oci-lint-policies.rego"
	if got := output(t, 0, "explain", "--policy", yaml, "team"); got != "team\n\nthe image names no team\n\nadd LABEL com.example.team=…\n\n"+
		"It is an own policy, and the worst that it finds is of the level `error`.\n\nhttps://wiki.example.com/images#team\n"+yaml+":3:12\n" {
		t.Error(got)
	}
	if got := output(t, 0, "explain", "--policy", rego); !strings.HasSuffix(got, "\nOwn policies:\n  contact          error  The image names whom to call.\n  old-modules      warn   The policy old-modules complains of nothing.\n") {
		t.Error(got)
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
