package cli

import (
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/containerd/console"
	"github.com/moby/buildkit/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestAdvice: options that were changed as a message says are right. TestFlagAdvice follows those on flags of other tools.
func TestAdvice(t *testing.T) {
	source, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	said := func(o BuildOptions) string {
		var mistakes diag.List
		requestOf(o, inputs{lookupEnv: lookup(nil), logins: &logins{}}, &mistakes)
		return strings.Join(messages(mistakes), "\n")
	}
	image := func(more string) BuildOptions {
		return BuildOptions{Output: OutputOptions{Outputs: []string{"type=image" + more}}}
	}
	compressed := func(how string) BuildOptions {
		return BuildOptions{Output: OutputOptions{Outputs: []string{"type=image"}, Compression: how}}
	}
	args := func(arg string) BuildOptions {
		return BuildOptions{JobOptions: JobOptions{Source: SourceOptions{BuildArgs: []string{arg}}}}
	}
	var followed []string
	for _, c := range []struct {
		wrong  BuildOptions
		advice string // a part of the message, word by word
		right  BuildOptions
	}{
		{BuildOptions{Annotations: []string{"index:a=b"}}, "write manifest:a", BuildOptions{Annotations: []string{"manifest:a=b"}}},
		{BuildOptions{Annotations: []string{"index:a=b"}}, "or build for several platforms", BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64,linux/arm64"}}}, Annotations: []string{"index:a=b"}}},
		{image(",annotation-index.a=b"), "write annotation-manifest.a", image(",annotation-manifest.a=b")},
		{BuildOptions{Annotations: []string{"manifst:a=b"}}, `did you mean "manifest"?`, BuildOptions{Annotations: []string{"manifest:a=b"}}},
		{BuildOptions{Output: OutputOptions{Push: true}}, "give it with --tag", BuildOptions{Output: OutputOptions{Push: true, Tags: []string{"x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"-", "type=oci"}}}, "give all but one a dest=", BuildOptions{Output: OutputOptions{Outputs: []string{"-", "type=oci,dest=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x"}, MetadataFile: "x"}}, "give each a file of its own", BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x"}, MetadataFile: "y"}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"type=ocl,dest=x"}}}, `did you mean "oci"?`, BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"typ=oci,output=x"}}}, "did you mean type=oci,dest=x?", BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"type=local,output=x"}}}, "did you mean type=local,dest=x?", BuildOptions{Output: OutputOptions{Outputs: []string{"type=local,dest=x"}}}},
		{BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64,linux/arm64"}}}, Output: OutputOptions{Outputs: []string{"type=docker,dest=x"}}}, "give one --platform", BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64"}}}, Output: OutputOptions{Outputs: []string{"type=docker,dest=x"}}}},
		{BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64,linux/arm64"}}}, Output: OutputOptions{Outputs: []string{"type=docker,dest=x"}}}, "or use type=oci", BuildOptions{JobOptions: JobOptions{Source: SourceOptions{Platforms: []string{"linux/amd64,linux/arm64"}}}, Output: OutputOptions{Outputs: []string{"type=oci,dest=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dst=x"}}}, "did you mean dest=?", BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"type=image,nme=x"}}}, "did you mean name=?", BuildOptions{Output: OutputOptions{Outputs: []string{"type=image,name=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x,compresion=zstd"}}}, "did you mean compression=?", BuildOptions{Output: OutputOptions{Outputs: []string{"type=oci,dest=x,compression=zstd"}}}},
		{BuildOptions{Cache: CacheOptions{CacheTo: []string{"type=registy,ref=x"}}}, `did you mean "registry"?`, BuildOptions{Cache: CacheOptions{CacheTo: []string{"type=registry,ref=x"}}}},
		{BuildOptions{Output: OutputOptions{Outputs: []string{`"typ=oci","dest=a,b"`}}}, `did you mean type=oci,"dest=a,b"?`, BuildOptions{Output: OutputOptions{Outputs: []string{`type=oci,"dest=a,b"`}}}},
		{args("GOPROXY=http://u:p@x.example"), "use https", args("GOPROXY=https://u:p@x.example")},
		{args("GOPROXY=https://u@x.example"), "the bare address with --build-arg GOPROXY=URL", args("GOPROXY=https://x.example")},
		{args("GOPROXY=https://u:p/w@x.example"), "write signs such as / and @ in them as %2F and %40", args("GOPROXY=https://u:p%2Fw@x.example")},
		{compressed("zst"), `did you mean "zstd"?`, compressed("zstd")},
		{compressed("brotli"), "write auto", compressed("auto")},
		{compressed("brotli"), "gzip or zstd", compressed("gzip")},
	} {
		wrong := said(c.wrong)
		if !strings.Contains(wrong, c.advice) {
			t.Errorf("%q does not say %q", wrong, c.advice)
		}
		followed = append(followed, wrong)
		if again := said(c.right); again != "" {
			t.Errorf("%s, and then %s", wrong, again)
		}
	}
	followed = append(followed, followTerminal(t), followStatic(t), followAddress(t))
	followed = append(followed, followStep(t)...)
	followed = append(followed, followLinked(t)...)
	followed = append(followed, followVerify(t)...)
	followed = append(followed, followPrune(t))
	followed = append(followed, followMany(t)...)
	followed = append(followed, followSince(t))
	followed = append(followed, writePolicy, "give the same again: --build-context ui=VALUE") // by TestSourcePolicy and TestContextsAgain
	followed = append(followed, "build a clone of it", "give each a command of its own")      // by whoever reads TestManyMistakes
	followed = append(followed, followDelivery(t)...)
	// By TestAddressLogin and TestBareSecrets.
	followed = append(followed, loginIn("https://me:secret@git.example/app.git").Help, "write id=GIT_AUTH_TOKEN.HOST")
	followed = append(followed, nameSource)                                                                   // by TestSSHFlag
	followed = append(followed, tooManyHosts([]string{"known_hosts"})[0], "name the folder of a clone of it") // by TestKnownHostsSecret and the script annotate
	diagtest.Advice(t, source, followed, map[string]string{
		"write the digests and descriptors of the result to `FILE` as JSON": "it says what a flag does",
		"install it, or write an archive for it: -o type=oci,dest=FILE":     "it is kind that is to be installed, as TestLoadKind does",
		"give one --platform, or use --push or -o type=oci,dest=FILE":       "it is followed by TestClassicDocker, with a real Docker",
	})
}

// followAddress: what is to be built is on a server.
func followAddress(t *testing.T) string {
	t.Helper()
	open := func(dir string) string {
		var mistakes diag.List
		openContext(dir, &mistakes)
		return strings.Join(messages(mistakes), "\n")
	}
	wrong := open("https://example.com/x")
	if again := open(t.TempDir()); again != "" { // the clone
		t.Errorf("%s, and then %s", wrong, again)
	}
	if _, ok := remoteOf("https://example.com/x.git"); !ok {
		t.Errorf("%s, and then that is no repository", wrong)
	}
	return wrong
}

// followTerminal: an archive is not for people.
func followTerminal(t *testing.T) string {
	t.Helper()
	master, name, err := console.NewPty()
	if err != nil {
		testbed.Missing(t, "a terminal: %v", err)
	}
	defer master.Close()
	terminal, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	parse := func(o OutputOptions, stdout *os.File) error {
		var mistakes diag.List
		o.parse(stdout, &mistakes)
		return mistakes.Err()
	}
	wrong := parse(OutputOptions{Outputs: []string{"type=oci"}}, terminal)
	if wrong == nil {
		t.Fatal("it is written to the terminal")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if again := errors.Join(parse(OutputOptions{Outputs: []string{"type=oci,dest=x"}}, terminal), parse(OutputOptions{Outputs: []string{"type=oci"}}, file)); again != nil {
		t.Errorf("%v, and then %v", wrong, again)
	}
	return wrong.Error()
}

// followStatic: steps run in an empty root.
func followStatic(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		testbed.Missing(t, "gcc")
	}
	dir := t.TempDir()
	writeFile(t, dir, "go.mod", "module example.com/m\n\ngo 1.24\n")
	writeFile(t, dir, "main.go", "package main\n\nfunc main() {}\n")
	writeFile(t, dir, "c.go", "package main\n\nimport \"C\"\n")
	build := func(cgo string) error {
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", "program", ".")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED="+cgo, "GOOS=linux")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, err := elfArch(filepath.Join(dir, "program"))
		return err
	}
	wrong := build("1")
	if wrong == nil || !regexp.MustCompile(`build it with CGO_ENABLED=0$`).MatchString(wrong.Error()) {
		t.Fatalf("%v", wrong)
	}
	if again := build("0"); again != nil {
		t.Errorf("%v, and then %v", wrong, again)
	}
	return wrong.Error()
}

// followStep: BuildKit runs on another machine than those that modship is for.
func followStep(t *testing.T) (followed []string) {
	t.Helper()
	for _, c := range []struct {
		arch, executable string
		advice           string
		find             carried // for who follows it
		with             string
	}{
		{"arm64", staticELF(t, "amd64"), "use a modship that was built with make", carries(packed...), staticELF(t, "amd64")},
		{"arm64", staticELF(t, "amd64"), "or a modship for linux/arm64 that is linked statically", carries(), staticELF(t, "arm64")},
		{"riscv64", staticELF(t, "amd64"), "; use a modship for linux/riscv64 that is linked statically", carries(packed...), staticELF(t, "riscv64")},
		{"amd64", writeELF(t, "amd64", elf.ELFOSABI_NONE, elf.Prog64{Type: uint32(elf.PT_INTERP)}), "or a modship for linux/amd64 that is linked statically", carries(), staticELF(t, "amd64")},
	} {
		workers := []*client.WorkerInfo{{Platforms: []ocispecs.Platform{{OS: "linux", Architecture: c.arch}}}}
		_, wrong := chooseStep(carries(), c.executable, workers)
		if wrong == nil || !strings.Contains(wrong.Error(), c.advice) {
			t.Errorf("%v does not say %q", wrong, c.advice)
			continue
		}
		followed = append(followed, wrong.Error())
		if _, again := chooseStep(c.find, c.with, workers); again != nil {
			t.Errorf("%v, and then %v", wrong, again)
		}
	}
	return followed
}

// followLinked: a definition, or its ignore file, is a link out of the tree.
func followLinked(t *testing.T) (followed []string) {
	t.Helper()
	root := t.TempDir()
	writeFile(t, root, "shared/modship.yaml", "main: .\n")
	writeFile(t, root, "shared/ignore", "*.md\n")
	writeFile(t, root, "app/.git/HEAD", "")
	t.Chdir(root)
	choose := func(file string) string {
		var mistakes diag.List
		chooseDefinition("app", file, nil, &mistakes)
		return strings.Join(messages(mistakes), "\n")
	}
	for _, c := range []struct{ name, target, advice, named string }{
		{"modship.yaml", "../shared/modship.yaml", "; put a copy in its place, or name the file itself with --file", "shared/modship.yaml"},
		{"modship.yaml.dockerignore", "../shared/ignore", "; put a copy in its place", ""},
	} {
		link := filepath.Join(root, "app", c.name)
		if err := os.Symlink(c.target, link); err != nil {
			t.Fatal(err)
		}
		wrong := choose("")
		if !strings.HasSuffix(wrong, c.advice) {
			t.Errorf("%q does not end in %q", wrong, c.advice)
		}
		followed = append(followed, wrong)
		if c.named != "" {
			if again := choose(c.named); again != "" {
				t.Errorf("%s, and then %s", wrong, again)
			}
		}
		text, err := os.ReadFile(link)
		if err := errors.Join(err, os.Remove(link), os.WriteFile(link, text, 0o644)); err != nil {
			t.Fatal(err)
		}
		if again := choose(""); again != "" {
			t.Errorf("%s, and then %s", wrong, again)
		}
	}
	return followed
}

// followSince names the commit that the advice on an empty --since does.
func followSince(t *testing.T) string {
	t.Helper()
	var since commitName
	err := since.Set("")
	if err == nil {
		t.Fatal("an empty --since is taken")
	}
	_, example, ok := strings.Cut(err.Error(), "as in --since ")
	if again := since.Set(example); !ok || again != nil || string(since) != "origin/main" {
		t.Errorf("%v, and then %v, %q", err, again, since)
	}
	return err.Error()
}
