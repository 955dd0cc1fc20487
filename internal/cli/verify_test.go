package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/verify"
)

const (
	verifiedHash   = "0123456789abcdef0123456789abcdef01234567"
	verifiedDigest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
)

func TestRepository(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, dir, "file", "")
	for _, c := range []struct{ from, source, want, wrong string }{
		{"", "https://github.com/me/app", "https://github.com/me/app.git", ""},
		{"", "", "", "does not say where its source is"},
		{"", "https://127.0.0.1/me/app", "", "not a host of the public web"},
		{dir, "", "", ""},
		{"https://git.internal:8443/app.git", "", "https://git.internal:8443/app.git", ""},
		{"http://127.0.0.1:8080/app.git", "", "http://127.0.0.1:8080/app.git", ""},
		{"https://github.com/me/app.git#main", "", "", "revision and folder are those of the image"},
		{"https://github.com/me/app.git?ref=main", "", "", "revision and folder are those of the image"},
		{"https://github.com/me/app", "", "", "neither a folder"},
		{"https://me:canary@github.com/me/app.git", "", "", "GIT_AUTH_TOKEN.github.com"},
		{file, "", "", "neither a folder"},
		{filepath.Join(dir, "missing"), "", "", "no such file"},
	} {
		o := VerifyOptions{From: c.from}
		got, err := o.repository(&verify.Recipe{Source: c.source})
		switch {
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%q: %q, %v does not say %q", c.from, got, err, c.wrong)
		case c.wrong == "" && (err != nil || got != c.want):
			t.Errorf("%q: %q, %v, want %q", c.from, got, err, c.want)
		}
	}
}

// preparedAgain prepares a build of a recipe.
func preparedAgain(t *testing.T, from string, more func(*VerifyOptions), recipe verify.Recipe) *again {
	t.Helper()
	env, _, _ := testEnv(t, map[string]string{"SOURCE_DATE_EPOCH": "7", "GIT_AUTH_TOKEN": "secret"})
	o := VerifyOptions{From: from}
	if more != nil {
		more(&o)
	}
	a, err := o.again(t.Context(), env, &recipe)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

// TestAgain: the recipe of an image comes out as options of their own, and nothing of this machine goes with it.
func TestAgain(t *testing.T) {
	recipe := verify.Recipe{
		Source: "https://github.com/me/app", Revision: verifiedHash, Tag: "v1.2.3", Go: "1.26.8", Platforms: []string{"linux/amd64", "linux/arm64"},
		Target: "worker", Context: "svc", Labels: map[string]string{"team": "a=b,c"}, Epoch: 1700000000, Index: true, Compression: "zstd",
		Base: "docker.io/library/debian:12", BaseDigest: verifiedDigest, Builder: "docker.io/library/golang@" + verifiedDigest,
	}
	a := preparedAgain(t, "http://127.0.0.1:1/app.git", func(*VerifyOptions) {}, recipe)
	want := map[string]string{
		"context":  "http://127.0.0.1:1/app.git?tag=svc%2Fv1.2.3&checksum=" + verifiedHash + "&subdir=svc",
		"filename": "modship.yaml", "build-arg:SOURCE_DATE_EPOCH": "1700000000", "label:team": "a=b,c", "modship:go": "1.26.8", "multi-platform": "true",
		"platform": "linux/amd64,linux/arm64", "target": "worker", "vcs:source": "https://github.com/me/app",
		"context:modship-seed": "docker-image://scratch",
	}
	if diff := cmp.Diff(want, a.opt.FrontendAttrs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := walk(t, a.opt.LocalMounts["context"], "/"); len(got) != 0 {
		t.Errorf("the context of a repository has %v", got)
	}
	if e := a.opt.Exports[0]; e.Type != "oci" || e.Attrs["compression"] != "zstd" || e.Attrs["oci-mediatypes"] != "true" {
		t.Errorf("it is exported as %+v", e)
	}
	var rules []string
	for _, r := range a.opt.SourcePolicy.Rules {
		rules = append(rules, r.Selector.Identifier+" "+r.Updates.Identifier)
	}
	if diff := cmp.Diff([]string{
		"docker-image://docker.io/library/debian:12 docker-image://docker.io/library/debian:12@" + verifiedDigest,
		"docker-image://docker.io/library/golang:* docker-image://docker.io/library/golang@" + verifiedDigest,
	}, rules); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAgainDir: a folder is that of the context, or the root of its checkout.
func TestAgainDir(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root, ".git/HEAD", "ref: refs/heads/main\n")
	writeFile(t, root, "svc/modship.yaml", "main: .\n")
	writeFile(t, root, "svc/ci/own.yaml", "main: ./own\n")
	recipe := verify.Recipe{Context: "svc", File: "ci/own.yaml", Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	for _, dir := range []string{root, filepath.Join(root, "svc")} {
		a := preparedAgain(t, dir, nil, recipe)
		if got := read(t, a.opt.LocalMounts["dockerfile"], "own.yaml"); got != "main: ./own\n" {
			t.Errorf("%s: the configuration is %q", dir, got)
		}
		if len(a.remote) > 0 || a.opt.FrontendAttrs["context"] != "" || a.opt.SourcePolicy != nil {
			t.Errorf("%s: %v", dir, a.opt)
		}
	}
}

// TestAgainFolder: where a module was built of the repository that it is in, it is so again, of the root of the checkout or of its own folder;
// and where it was built by itself, a workspace above it makes no difference.
func TestAgainFolder(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		".git/HEAD": "ref: refs/heads/main\n", "go.work": "go 1.24\nuse ./services/a\n", "services/a/go.mod": "module example.com/a\n\ngo 1.24\n",
		"services/a/modship.yaml": "# a\n", "services/a/cmd/app/modship.yaml": "# newer than the image\n", "modship.yaml": "# not it\n",
	} {
		writeFile(t, root, name, text)
	}
	recipe := verify.Recipe{Folder: "services/a", ModuleDir: "services/a", Main: "./cmd/app", Module: "example.com/a", Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	for _, dir := range []string{root, filepath.Join(root, "services/a")} {
		a := preparedAgain(t, dir, nil, recipe)
		if got := read(t, a.opt.LocalMounts["dockerfile"], "modship.yaml"); got != "# a\n" {
			t.Errorf("%s: the configuration is %q", dir, got)
		}
		if attrs := a.opt.FrontendAttrs; attrs["modship:folder"] != "services/a" || attrs["modship:main"] != "./cmd/app" {
			t.Errorf("%s: %v", dir, attrs)
		}
		if got := read(t, a.opt.LocalMounts["context"], "go.work"); got == "" {
			t.Errorf("%s: the context is another", dir)
		}
	}
	remote := preparedAgain(t, "http://127.0.0.1:1/app.git", nil, func() verify.Recipe {
		r := recipe
		r.Revision, r.Tag = verifiedHash, "v1.2.3"
		return r
	}())
	if attrs := remote.opt.FrontendAttrs; attrs["modship:folder"] != "services/a" || attrs["modship:main"] != "./cmd/app" ||
		attrs["context"] != "http://127.0.0.1:1/app.git?tag=services%2Fa%2Fv1.2.3&checksum="+verifiedHash {
		t.Errorf("from a repository: %v", attrs)
	}
	alone := verify.Recipe{Context: "services/a", Module: "example.com/a", Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	a := preparedAgain(t, root, nil, alone)
	if _, ok := a.opt.FrontendAttrs["modship:folder"]; ok || read(t, a.opt.LocalMounts["context"], "go.mod") == "" {
		t.Errorf("by itself: %v", a.opt.FrontendAttrs)
	}
	other := recipe
	other.Module = "example.com/other"
	env, _, _ := testEnv(t, nil)
	if _, err := (&VerifyOptions{From: root}).again(t.Context(), env, &other); err == nil || !strings.Contains(err.Error(), "has the module example.com/a") {
		t.Errorf("another module: %v", err)
	}
}

// TestAgainOutside: what an image says of a folder does not lead out of it, not by a link either.
func TestAgainOutside(t *testing.T) {
	outside := t.TempDir()
	writeFile(t, outside, "modship.yaml", "main: .\n")
	root := t.TempDir()
	writeFile(t, root, ".git/HEAD", "ref: refs/heads/main\n")
	writeFile(t, root, "svc/modship.yaml", "main: .\n")
	for name, target := range map[string]string{"out": outside, "in": "svc", "svc/out.yaml": filepath.Join(outside, "modship.yaml"), "svc/up": ".."} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		dir    string
		recipe verify.Recipe
		ok     bool
	}{
		{root, verify.Recipe{Context: "in"}, true},
		{root, verify.Recipe{Context: "out"}, false},
		{root, verify.Recipe{Context: "svc/up/out"}, false},
		{root, verify.Recipe{Context: "svc", File: "out.yaml"}, false},
		{root, verify.Recipe{Context: "svc", File: "up/in/modship.yaml"}, true},
		{root, verify.Recipe{Context: "svc", File: "up/out/modship.yaml"}, false},
		{root, verify.Recipe{Folder: "out"}, false},
		{root, verify.Recipe{Context: "svc", Folder: "up/out"}, false},
		{filepath.Join(root, "svc"), verify.Recipe{Context: "svc", File: "out.yaml"}, false},
		{filepath.Join(root, "svc"), verify.Recipe{Context: "svc", File: "up/svc/modship.yaml"}, true},
		{filepath.Join(root, "out"), verify.Recipe{File: "modship.yaml"}, true}, // the user has named it
	} {
		env, _, _ := testEnv(t, nil)
		c.recipe.Platforms, c.recipe.Compression = []string{"linux/amd64"}, "gzip"
		a, err := (&VerifyOptions{From: c.dir}).again(t.Context(), env, &c.recipe)
		if err == nil {
			a.close()
		}
		if (err == nil) != c.ok || !c.ok && !errors.Is(err, errOutside) {
			t.Errorf("%s, %s of %s: %v", c.recipe.File, c.recipe.Context, c.dir, err)
		}
	}
}

// TestAgainSecrets: registries get no credentials, and a build no secret, unless the user says so.
func TestAgainSecrets(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "/does/not/exist")
	recipe := verify.Recipe{Revision: verifiedHash, Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	attached := func(more func(*VerifyOptions)) int {
		env, _, _ := testEnv(t, map[string]string{"SSL_CERT_FILE": "/does/not/exist"})
		o := VerifyOptions{From: "https://github.com/me/app.git"}
		more(&o)
		a, err := o.again(t.Context(), env, &recipe)
		if err != nil {
			t.Fatal(err)
		}
		defer a.close()
		return len(a.opt.Session)
	}
	if n := attached(func(*VerifyOptions) {}); n != 0 {
		t.Errorf("%d things are handed over without being asked for", n)
	}
	if n := attached(func(o *VerifyOptions) { o.RegistryCredentials = true }); n != 1 {
		t.Errorf("with credentials %d things are handed over", n)
	}
	secret := writeFile(t, t.TempDir(), "netrc", "")
	if n := attached(func(o *VerifyOptions) { o.Secrets.Secrets = []string{"id=netrc,src=" + secret} }); n != 1 {
		t.Errorf("with a secret %d things are handed over", n)
	}
}

// sourceRef is a source with some files.
type sourceRef struct {
	gateway.Reference
	files map[string]string
}

func (r sourceRef) ReadDir(context.Context, gateway.ReadDirRequest) ([]*fstypes.Stat, error) {
	var all []*fstypes.Stat
	for name := range r.files {
		all = append(all, &fstypes.Stat{Path: name})
	}
	return all, nil
}

func (r sourceRef) ReadFile(_ context.Context, req gateway.ReadRequest) ([]byte, error) {
	return []byte(r.files[req.Filename]), nil
}

// sourceClient has one address that can be fetched: each other fails.
type sourceClient struct {
	gateway.Client
	ref     sourceRef
	fails   int
	fetched int
}

func (c *sourceClient) BuildOpts() gateway.BuildOpts {
	return gateway.BuildOpts{Opts: map[string]string{"context": "first", "filename": "modship.yaml", "platform": "linux/amd64"}}
}

func (c *sourceClient) Solve(context.Context, gateway.SolveRequest) (*gateway.Result, error) {
	if c.fetched++; c.fetched <= c.fails {
		return nil, errors.New("no such tag")
	}
	res := gateway.NewResult()
	res.SetRef(c.ref)
	return res, nil
}

// TestFetching: without the tag, the revision is fetched; and the configuration is the one that a build in the folder would take.
func TestFetching(t *testing.T) {
	recipe := verify.Recipe{Revision: verifiedHash, Tag: "v1.2.3", Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	byTag, byHash := "https://github.com/me/app.git?tag=v1.2.3&checksum="+verifiedHash, "https://github.com/me/app.git?ref="+verifiedHash
	for _, c := range []struct {
		name       string
		files      map[string]string
		file       string
		fails      int
		local      bool
		url, takes string
		forced     bool
	}{
		{"modship.yaml", map[string]string{"modship.yaml": "", "Dockerfile": "# syntax=x/modship\n"}, "", 0, false, byTag, "modship.yaml", false},
		{"syntax line", map[string]string{"Dockerfile": "# syntax=x/modship:1\n"}, "", 0, false, byTag, "Dockerfile", false},
		{"another Dockerfile", map[string]string{"Dockerfile": "FROM scratch\n"}, "", 0, false, byTag, "modship.yaml", true},
		{"none", nil, "", 1, false, byHash, "modship.yaml", true},
		{"as the image says", map[string]string{"modship.yaml": ""}, "ci/x.yaml", 1, false, byHash, "ci/x.yaml", false},
		{"as the user says", map[string]string{"modship.yaml": ""}, "ci/x.yaml", 0, true, byTag, "modship.yaml", true},
	} {
		recipe.File = c.file
		a := preparedAgain(t, "https://github.com/me/app.git", nil, recipe)
		client := &sourceClient{ref: sourceRef{files: c.files}, fails: c.fails}
		var got map[string]string
		_, err := a.fetching(func(_ context.Context, c gateway.Client) (*gateway.Result, error) {
			got = c.BuildOpts().Opts
			return gateway.NewResult(), nil
		}, c.local)(t.Context(), client)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		_, forced := got["dockerfilekey"]
		if got["context"] != c.url || got["filename"] != c.takes || forced != c.forced || got["platform"] != "linux/amd64" {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	a := preparedAgain(t, "https://github.com/me/app.git", nil, recipe)
	if _, err := a.fetching(nil, false)(t.Context(), &sourceClient{fails: 9}); err == nil || !strings.Contains(err.Error(), "fetching the source: no such tag") {
		t.Errorf("nothing can be fetched: %v", err)
	}
	if dockerui.DefaultLocalNameContext != "context" {
		t.Error("the option of the context has another name")
	}
}

// TestNotBuilt: that the source of an image cannot be built is no mistake in the use of this command.
func TestNotBuilt(t *testing.T) {
	for code, want := range map[int]int{ExitFailed: 3, ExitUsage: 3, ExitNoBuildKit: 3, ExitInterrupted: ExitInterrupted} {
		exit, ok := errors.AsType[*ExitError](notBuilt(&ExitError{Code: code, Err: errors.New("x")}))
		if !ok || exit.Code != want {
			t.Errorf("%d: %+v, want %d", code, exit, want)
		}
	}
}

// verifyCode runs the command and gives the exit code.
func verifyCode(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	env, stdout, stderr := testEnv(t, nil)
	cmd := NewVerifyCommand(env)
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var out bytes.Buffer
	code = Report(&out, cmd.ExecuteContext(t.Context()))
	return code, out.String() + stderr.String()
}

func TestVerifyCodes(t *testing.T) {
	image := t.TempDir()
	if _, err := layout.Write(image, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: mutate.MediaType(empty.Image, "application/vnd.oci.image.manifest.v1+json")})); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, ExitUsage, "accepts between 1 and 2 arg"},
		{[]string{"a", "b", "c"}, ExitUsage, "accepts between 1 and 2 arg"},
		{[]string{"--ignore", "everything", "oci:" + image}, ExitUsage, "--ignore: "},
		{[]string{"--output", "xml", "oci:" + image}, ExitUsage, "text or json"},
		{[]string{"--platform", "linux/none", "oci:" + image}, ExitUsage, "--platform: "},
		{[]string{image}, ExitUsage, "a folder of this machine: write oci:" + image},
		{[]string{"app.tar", "."}, ExitUsage, "a file that is not there"},
		{[]string{"oci:/does/not/exist"}, imagetool.ExitUnread, "not found"},
		{[]string{"oci:" + image}, imagetool.ExitUnread, "says that it is for"}, // an empty image is for no platform
	} {
		code, said := verifyCode(t, c.args...)
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%q: exit code %d, want %d, saying %q:\n%s", c.args, code, c.code, c.says, said)
		}
	}
}

// followVerify: an image that does not say where its source is can be verified against a folder or a repository.
func followVerify(t *testing.T) (followed []string) {
	t.Helper()
	env, _, _ := testEnv(t, nil)
	recipe := &verify.Recipe{Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	dir := t.TempDir()
	for _, c := range []struct{ wrong, right string }{
		{"", dir},
		{"", "https://github.com/me/app.git"},
		{"https://github.com/me/app.git", dir},
	} {
		o := VerifyOptions{From: c.wrong}
		_, err := o.again(t.Context(), env, recipe)
		if err == nil {
			t.Errorf("%q is built", c.wrong)
			continue
		}
		followed = append(followed, err.Error())
		right, known := VerifyOptions{From: c.right}, *recipe
		if c.wrong == "" {
			known.Revision = verifiedHash
		}
		a, again := right.again(t.Context(), env, &known)
		if again != nil {
			t.Errorf("%v, and then %v", err, again)
			continue
		}
		a.close()
	}
	return append(followed, followFolder(t)...)
}

// followFolder: a folder that the image cannot have been built of is refused before anything is built, and then the right one is taken.
func followFolder(t *testing.T) (followed []string) {
	t.Helper()
	other, app := t.TempDir(), t.TempDir()
	for dir, path := range map[string]string{other: "example.com/other", app: "example.com/app"} {
		writeFile(t, dir, "go.mod", "module "+path+"\n\ngo 1.24\n\nrequire example.com/library v1.0.0\n")
		writeFile(t, dir, "modship.yaml", "main: .\n")
		runGit(t, dir, "init", "-q", ".")
		runGit(t, dir, "add", ".")
		runGit(t, dir, "commit", "-q", "-m", "first")
	}
	first := commitOf(app)
	writeFile(t, app, "main.go", "package main\n")
	runGit(t, app, "add", ".")
	runGit(t, app, "commit", "-q", "-m", "second")
	second := commitOf(app)
	recipe := verify.Recipe{Module: "example.com/app", Revision: first, Platforms: []string{"linux/amd64"}, Compression: "gzip"}
	check := func(dir, says string, any bool) {
		t.Helper()
		env, _, _ := testEnv(t, nil)
		a, err := (&VerifyOptions{From: dir, AnyCommit: any}).again(t.Context(), env, &recipe)
		if says == "" {
			if err != nil {
				t.Errorf("%s: %v", dir, err)
				return
			}
			a.close()
			return
		}
		if exit, ok := errors.AsType[*ExitError](err); !ok || exit.Code != ExitUsage || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", dir, err)
			return
		}
		followed = append(followed, err.Error())
	}
	if len(first) != 40 || first == second {
		t.Fatalf("commits %q and %q", first, second)
	}
	check(other, other+" has the module example.com/other, and the image was built of example.com/app", true)
	check(app, app+" is at the commit "+second+", and the image was built from "+first, false)
	check(app, "", true)
	runGit(t, app, "checkout", "-q", first)
	check(app, "", false)
	recipe.Module = "example.com/library" // what is required is not what is built
	check(app, "has the module example.com/app", false)
	// What cannot be known is left to the build.
	recipe.Module, recipe.Revision = "", ""
	check(other, "", false)
	recipe.Module, recipe.Revision = "example.com/app", second
	plain := t.TempDir()
	check(plain, "", false)
	writeFile(t, plain, "go.work", "go 1.24\n\nuse ./a\nuse ./b\n")
	writeFile(t, plain, "a/go.mod", "module example.com/a\n")
	writeFile(t, plain, "b/go.mod", "module example.com/app\n")
	check(plain, "", false)
	return followed
}
