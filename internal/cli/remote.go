package cli

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/reffs"
)

// remotePlace is what a build of a repository that BuildKit fetches is made of.
type remotePlace struct {
	// address is the URL as the user has given it, and dir the folder that it names, "." for the root.
	address, dir string
	// file is the configuration, counted from dir; "" is the one that a build takes by itself. local says that it is from this machine, and own
	// is that.
	file  string
	local bool
	own   definition
	// config gives what a configuration says, nil if there are mistakes in it.
	config func(definition) *config.Config

	noWork bool
	given  func(module string) bool
	// words say what was taken, once that is known.
	words string
}

// remoteOf tells whether what the user has named is the URL of a repository, as `docker buildx build` knows them, and no folder.
func remoteOf(address string) (*remotePlace, bool) {
	if _, err := os.Stat(address); err == nil {
		return nil, false
	}
	ref, isGit, err := dfgitutil.ParseGitRef(address)
	if !isGit || err != nil || ref.IndistinguishableFromLocal {
		return nil, false
	}
	return &remotePlace{address: address, dir: strings.TrimPrefix(path.Join("/", ref.SubDir), "/")}, true
}

// building has the frontend build from the repository, of which what a module needs is found as in a folder of this machine. Nothing outside
// of the repository is.
func (r *remotePlace) building(f gateway.BuildFunc) gateway.BuildFunc {
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		whole, err := withSubdir(r.address, ".")
		if err != nil {
			return nil, err
		}
		ref, err := fetch(ctx, c, whole)
		if err != nil {
			return nil, fmt.Errorf("fetching the source: %w", err)
		}
		dir := path.Join(".", r.dir)
		a := area{tree: reffs.FS(ctx, ref, gomod.MaxFile), top: ".", trusted: ".", noWork: r.noWork, given: r.given}
		p := a.locate(dir)
		name, err := r.definition(ctx, ref, p)
		if err != nil {
			return nil, fmt.Errorf("looking for the configuration in the source: %w", err)
		}
		folder := p.folder()
		r.words = p.words(whole)
		cfg := r.config(r.read(ctx, ref, name))
		if context, ok := p.contextOf(a.tree, cfg); ok {
			p.context, folder = context, ""
			shown, err := withSubdir(r.address, context)
			if err != nil {
				return nil, err
			}
			r.words = configuredWords(cfg.Module, p.main, shown)
		}
		opts := maps.Clone(c.BuildOpts().Opts)
		maps.Copy(opts, localPlace{folder: folder, main: p.main}.attrs())
		if p.context != dir {
			if opts[dockerui.DefaultLocalNameContext], err = withSubdir(r.address, p.context); err != nil {
				return nil, err
			}
		}
		if name == "" {
			opts["dockerfilekey"] = dockerui.DefaultLocalNameDockerfile
		} else {
			opts["filename"] = under(p.context, name)
		}
		return f(ctx, optsClient{c, opts})
	}
}

// definition finds the configuration in the repository, "" if it is none of its files.
func (r *remotePlace) definition(ctx context.Context, ref gateway.Reference, p place) (string, error) {
	switch {
	case r.local:
		return "", nil
	case r.file != "":
		name := path.Join(r.dir, r.file)
		if !isBelow(p.context, name) || strings.HasPrefix(name, "..") {
			return "", fmt.Errorf("%s is not in the build context", r.file)
		}
		return name, nil
	}
	if p.main != "" {
		if name, err := remoteDefinition(ctx, ref, path.Join(".", r.dir)); err != nil || name != "" {
			return name, err
		}
	}
	return remoteDefinition(ctx, ref, p.module)
}

// read gives the configuration that definition has found. What is wrong with it, the frontend says.
func (r *remotePlace) read(ctx context.Context, ref gateway.Reference, name string) definition {
	if r.local {
		return r.own
	}
	if name == "" {
		return noConfig()
	}
	text, err := ref.ReadFile(ctx, gateway.ReadRequest{Filename: name, Range: &gateway.FileRange{Length: maxConfig}})
	if err != nil {
		return noConfig()
	}
	return inMemory(path.Base(name), text)
}

// withSubdir gives the URL of another folder of a repository, "." for its root.
func withSubdir(address, dir string) (string, error) {
	base, fragment, _ := strings.Cut(address, "#")
	ref, _, named := strings.Cut(fragment, ":")
	if named {
		if dir != "." {
			ref += ":" + dir
		}
		return strings.TrimSuffix(base+"#"+ref, "#"), nil
	}
	if !strings.Contains(base, "subdir=") && dir == "." {
		return address, nil
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("reading the address of the repository: %w", err)
	}
	query := u.Query()
	query.Del("subdir")
	if dir != "." {
		query.Set("subdir", dir)
	}
	u.RawQuery, u.Fragment = query.Encode(), fragment
	return u.String(), nil
}
