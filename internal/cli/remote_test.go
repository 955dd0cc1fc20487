package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/modship-build/modship/internal/config"
)

// TestRemoteOf: the URLs of repositories are those of docker buildx build, and a folder is a folder.
func TestRemoteOf(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("x.git", 0o755); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://example.com/x.git":                       ".",
		"https://example.com/x.git#main":                  ".",
		"https://example.com/x.git#main:services/a":       "services/a",
		"https://example.com/x.git#:services/a/":          "services/a",
		"https://example.com/x.git?tag=v1.0.0&subdir=svc": "svc",
		"git@example.com:me/x.git#v1:svc":                 "svc",
		"ssh://git@example.com/me/x.git":                  ".",
		"https://example.com/x.git#main:../../etc":        "etc",
		"x.git":                               "none",
		"missing":                             "none",
		"github.com/me/x":                     "none",
		"https://example.com/x.tar.gz":        "none",
		"https://example.com/x.git?unknown=1": "none",
		"./https:/example.com/x.git":          "none",
	} {
		got, ok := remoteOf(address)
		if ok != (want != "none") || ok && filepath.Join(".", got.dir) != want {
			t.Errorf("%s: %+v, want %s", address, got, want)
		}
	}
}

func TestWithSubdir(t *testing.T) {
	for _, c := range []struct{ address, dir, want string }{
		{"https://example.com/x.git", ".", "https://example.com/x.git"},
		{"https://example.com/x.git#main:services/a", ".", "https://example.com/x.git#main"},
		{"https://example.com/x.git#main:services/a", "services", "https://example.com/x.git#main:services"},
		{"https://example.com/x.git#:services/a", ".", "https://example.com/x.git"},
		{"git@example.com:me/x.git#v1:svc", ".", "git@example.com:me/x.git#v1"},
		{"https://example.com/x.git?tag=v1&subdir=services/a", ".", "https://example.com/x.git?tag=v1"},
		{"https://example.com/x.git?tag=v1&subdir=services/a", "services", "https://example.com/x.git?subdir=services&tag=v1"},
	} {
		if got, err := withSubdir(c.address, c.dir); err != nil || got != c.want {
			t.Errorf("%s in %s: %q, %v", c.dir, c.address, got, err)
		}
	}
}

// repository is a fetched repository whose files are in a folder of this machine.
type fetchedRepository struct {
	gateway.Reference
	gateway.Client
	dir  string
	opts map[string]string
}

func (f *fetchedRepository) BuildOpts() gateway.BuildOpts { return gateway.BuildOpts{Opts: f.opts} }

func (f *fetchedRepository) Solve(context.Context, gateway.SolveRequest) (*gateway.Result, error) {
	res := gateway.NewResult()
	res.SetRef(f)
	return res, nil
}

func (f *fetchedRepository) ReadFile(_ context.Context, req gateway.ReadRequest) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(f.dir, req.Filename))
	if r := req.Range; r != nil && err == nil {
		data = data[min(r.Offset, len(data)):min(r.Offset+r.Length, len(data))]
	}
	return data, err
}

func (f *fetchedRepository) StatFile(_ context.Context, req gateway.StatRequest) (*fstypes.Stat, error) {
	info, err := os.Lstat(filepath.Join(f.dir, req.Path))
	if err != nil {
		return nil, err
	}
	return &fstypes.Stat{Path: req.Path, Size: info.Size(), Mode: uint32(info.Mode())}, nil
}

func (f *fetchedRepository) ReadDir(_ context.Context, req gateway.ReadDirRequest) (list []*fstypes.Stat, err error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, req.Path))
	for _, e := range entries {
		list = append(list, &fstypes.Stat{Path: e.Name(), Mode: uint32(e.Type())})
	}
	return list, err
}

// TestRemoteBuilding: what a module of a repository needs is found there, and so is its configuration.
func TestRemoteBuilding(t *testing.T) {
	repo := t.TempDir()
	for name, text := range map[string]string{
		"services/a/go.mod": needsLib, "services/a/modship.yaml": "# a\n", "services/a/cmd/app/main.go": "", "lib/go.mod": libMod,
		"conf/a/go.mod": bare, "conf/a/modship.yaml": "targets: {up: {module: conf/a}, here: {module: a}, below: {module: b}}\n", "conf/a/b/go.mod": libMod, "conf/a/cmd/app/main.go": "",
		"alone/go.mod": bare, "alone/Dockerfile": "# syntax=ghcr.io/modship-build/modship:1\n", "docker/go.mod": bare, "docker/Dockerfile": "FROM scratch\n",
	} {
		writeFile(t, repo, name, text)
	}
	const url = "https://example.com/x.git"
	for _, c := range []struct {
		address, file, target string
		want                  map[string]string
		words                 string
	}{
		{address: url + "#main:alone", want: map[string]string{"context": url + "#main:alone", "filename": "Dockerfile"}},
		{address: url + "#main:docker", want: map[string]string{"context": url + "#main:docker", "dockerfilekey": "dockerfile"}},
		{address: url + "#main:alone", file: "ci/x.yaml", want: map[string]string{"context": url + "#main:alone", "filename": "ci/x.yaml"}},
		{address: url + "#main:services/a", want: map[string]string{"context": url + "#main", "filename": "services/a/modship.yaml", "modship:folder": "services/a"},
			words: "building services/a, with " + url + "#main as the context: services/a/go.mod:7 needs lib"},
		{address: url + "#main:services/a/cmd/app", want: map[string]string{"context": url + "#main", "filename": "services/a/modship.yaml", "modship:folder": "services/a", "modship:main": "./cmd/app"},
			words: "building ./cmd/app of the module services/a, with " + url + "#main as the context: services/a/go.mod:7 needs lib"},
		{address: url + "#main:conf/a", target: "up", want: map[string]string{"context": url + "#main", "filename": "conf/a/modship.yaml"},
			words: "building conf/a, with " + url + "#main as the context: the configuration says so"},
		{address: url + "#main:conf/a/cmd/app", target: "here", want: map[string]string{"context": url + "#main:conf", "filename": "a/modship.yaml", "modship:main": "./cmd/app"},
			words: "building ./cmd/app of the module a, with " + url + "#main:conf as the context: the configuration says so"},
		{address: url + "#main:conf/a", target: "below", want: map[string]string{"context": url + "#main:conf/a", "filename": "modship.yaml"}},
		{address: url + "#main:conf", target: "here", want: map[string]string{"context": url + "#main:conf", "dockerfilekey": "dockerfile"}},
	} {
		r, ok := remoteOf(c.address)
		if !ok {
			t.Fatal(c.address)
		}
		r.file, r.given = c.file, noContexts
		r.config = func(d definition) *config.Config { return d.config(c.target, nil) }
		var got map[string]string
		_, err := r.building(func(_ context.Context, c gateway.Client) (*gateway.Result, error) {
			got = c.BuildOpts().Opts
			return nil, nil
		})(t.Context(), &fetchedRepository{dir: repo, opts: map[string]string{"context": c.address}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || r.words != c.words {
			t.Errorf("%s: %q (-want +got):\n%s", c.address, r.words, diff)
		}
	}
	r, _ := remoteOf(url + "#main:alone")
	r.file, r.given = "../../x.yaml", noContexts
	if _, err := r.building(nil)(t.Context(), &fetchedRepository{dir: repo}); err == nil {
		t.Error("a configuration outside of the repository is taken")
	}
}
