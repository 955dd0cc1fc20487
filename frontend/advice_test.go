package frontend

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestAdvice: what is said is not said again once somebody has done so.
func TestAdvice(t *testing.T) {
	unknown := unreachable(errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority"))
	followed := append(followCertificateFile(t), followStaticLink(t), registryHelp(unknown), followCheckLine(t),
		embedAdvice([]string{"dist"}, "dist"), embedAdvice([]string{"build"}, "dist"), embedAdvice(nil, "dist"))
	followed = append(followed, allPlatforms, keepSubmodules, initSubmodules) // by TestFilesPlatform, TestSubmodules and integration.TestSubmodules
	followed = append(followed, mergeHelp)                                    // by cli.TestAdvice
	followed = append(followed, leaveFolder)                                  // by TestModuleKeyOfFolder
	followed = append(followed, giveModule)                                   // by TestBesides and integration.TestReplaceOutside
	followed = append(followed, nameMain("./test"))                           // by TestTargetsByName
	diagtest.Advice(t, ".", append(followed, followSources(t)...), nil)
	// TestEmbedAdvice follows those on embedded files. That on registries is for another program: BuildKit reads ca there.
	for _, excludes := range [][]string{{"dist"}, {"**/*.js", "dist"}, {"*", "!main.go"}} {
		line := strings.Split(embedAdvice(excludes, "dist"), `"`)[3]
		if excluded(append(slices.Clone(excludes), line), "dist") {
			t.Errorf("%q below %q does not let dist in", line, excludes)
		}
	}
}

// followCertificateFile: the variable that a warning names is in the image.
func followCertificateFile(t *testing.T) []string {
	t.Helper()
	said := func(text string) (list []string) {
		in := configured(t, text)
		warnings := slices.Concat(linkWarnings(in, &plan.Plan{}, request.LinkReport{Archives: []string{"/usr/lib/libcrypto.a"}}),
			dataWarnings(in, []string{"libcrypto.so.3 does not say where it looks for certificates: set SSL_CERT_FILE to /etc/ssl/certs/ca-certificates.crt in image.env"}))
		for _, w := range warnings {
			list = append(list, w.Error())
		}
		return list
	}
	first := said("main: .")
	if len(first) != 2 || !strings.Contains(first[0], "set SSL_CERT_FILE to /etc/ssl/certs/ca-certificates.crt in image.env") {
		t.Errorf("it is said: %q", first)
	}
	if again := said("image: {env: {SSL_CERT_FILE: /etc/ssl/certs/ca-certificates.crt}}"); len(again) > 0 {
		t.Errorf("%q, and then %q", first, again)
	}
	return first
}

// followCheckLine: each of the forms that a mistake names can be read.
func followCheckLine(t *testing.T) string {
	t.Helper()
	_, wrong := parseCheck(diag.Range{}, "it", "skip")
	for _, right := range []string{"skip=exclude,stamp", "skip=all", "error=true", "skip=exclude,stamp;error=true"} {
		if _, err := parseCheck(diag.Range{}, "it", right); err != nil {
			t.Errorf("%v, and then %v", wrong, err)
		}
	}
	return diag.All(wrong)[0].Help
}

// followSources: what cannot be laid over the build context can be, as the mistakes say.
func followSources(t *testing.T) []string {
	t.Helper()
	s := config.Source{From: "ui", To: "web/dist"}
	table := gomod.Table{Modules: []gomod.Module{{Path: "example.com/app", Dir: "app"}}}
	outside := outsideModules(table, s, diag.Range{})
	if again := outsideModules(table, config.Source{From: "ui", To: "app/web/dist"}, diag.Range{}); outside == nil || again != nil {
		t.Errorf("%v, and then %v", outside, again)
	}
	table.Root = "app"
	vendored := outsideModules(table, config.Source{From: "ui", To: "app/vendor/x"}, diag.Range{})
	if again := outsideModules(table, config.Source{From: "ui", To: "app/web/vendor"}, diag.Range{}); vendored == nil || again != nil {
		t.Errorf("%v, and then %v", vendored, again)
	}
	twice := givenTwice("web/dist/index.html", s, diag.Range{})
	if line := strings.Split(twice.Help, `"`)[1]; !excluded([]string{line}, "web/dist/index.html") {
		t.Errorf("%v, and the line %q leaves nothing out", twice, line)
	}
	missing := missingContext(nil, "ui", ocispecs.Platform{OS: "linux", Architecture: "s390x"}, diag.Range{})
	if !slices.Contains(namedContexts(map[string]string{contextPrefix + "ui": "local:ui"}), "ui") { // TestSource and the bake file of examples/embed give it
		t.Errorf("%v, and then it is missing again", missing)
	}
	return []string{outside.Error(), vendored.Error(), twice.Error(), missing.Error()}
}

func configured(t *testing.T, text string) plan.Input {
	t.Helper()
	file, err := config.Parse("modship.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := file.Target("", nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Input{Config: c, At: func(string) diag.Range { return diag.Range{File: "modship.yaml"} }}
}

// followStaticLink: the linker warns of what does not work in a static program.
func followStaticLink(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.c"), []byte("#include <netdb.h>\nint main(void) { return getaddrinfo(\"x\", 0, 0, 0) == 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := func(args ...string) string {
		if _, err := exec.LookPath(args[0]); err != nil {
			testbed.Missing(t, "%s", args[0])
		}
		cmd := exec.CommandContext(t.Context(), args[0], append(args[1:], "main.c")...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		return string(out)
	}
	said := link("gcc", "-static")
	help := linkWarnings(configured(t, "main: ."), &plan.Plan{}, request.LinkReport{Warnings: []string{said}})[0].Error()
	if !strings.Contains(help, "link dynamically, or with libc: musl") {
		t.Errorf("it is said: %q", help)
	}
	for _, other := range []string{link("gcc"), link("musl-gcc", "-static")} {
		if other != "" {
			t.Errorf("%s, and then %s", help, other)
		}
	}
	return help
}
