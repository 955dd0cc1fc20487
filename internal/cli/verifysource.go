package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	spb "github.com/moby/buildkit/sourcepolicy/pb"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/vcs"
	"github.com/modship-build/modship/internal/verify"
)

// repository gives the repository to fetch, or "" if From is a folder. Without From it is the one that the image says.
func (o *VerifyOptions) repository(recipe *verify.Recipe) (string, error) {
	if o.From == "" {
		if recipe.Source == "" {
			return "", errors.New("the image does not say where its source is; name a folder with it, or the URL of its repository")
		}
		return recipe.Source + ".git", verify.CheckFetch(recipe.Source)
	}
	if wrong := loginIn(o.From); wrong != nil {
		return "", wrong
	}
	info, statErr := os.Stat(o.From)
	if statErr == nil && info.IsDir() {
		return "", nil
	}
	ref, isGit, err := dfgitutil.ParseGitRef(o.From)
	if !isGit || err != nil || ref.IndistinguishableFromLocal {
		return "", fmt.Errorf("%s is neither a folder (%w) nor the URL of a repository, such as https://HOST/NAME.git", o.From, cmpErr(statErr, errNotFolder))
	}
	if ref.Ref != "" || ref.Checksum != "" || ref.SubDir != "" {
		return "", fmt.Errorf("%s: revision and folder are those of the image, and not of the URL", o.From)
	}
	return ref.Remote, nil
}

// checkSecrets refuses secrets, and keys of ssh, for whatever host an image names.
func (o *VerifyOptions) checkSecrets(mistakes *diag.List) {
	if o.From != "" {
		return
	}
	o.Secrets.refuseBare("the image says where its source is", mistakes)
	if len(o.Secrets.SSH) > 0 {
		flagMistake(mistakes, "ssh", "keys name no host, and the image says where its source is").Help = nameSource
	}
}

const nameSource = "name a folder with the source, or the URL of its repository"

var errNotFolder = errors.New("it is a file")

func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// sourceIn gives what an image was built of, and its configuration if the image says one, in a folder of this machine: dir is the root of the
// checkout, the build context, or the folder of the module in that. What is there is chosen by the image, so that it may be no link that leads out
// of what the user has named.
func sourceIn(dir string, recipe *verify.Recipe) (p localPlace, file string, err error) {
	root := dir
	p = localPlace{named: dir, context: dir, folder: recipe.Folder, main: recipe.Main}
	if checkout, prefix, err := vcs.FindCheckout(dir); err == nil {
		root = checkout
		switch {
		case prefix == ".":
			p.context = filepath.Join(dir, filepath.FromSlash(recipe.Context))
		case recipe.Folder != "" && prefix == path.Join(recipe.Context, recipe.Folder):
			p.context = filepath.Join(checkout, filepath.FromSlash(recipe.Context))
		}
	}
	p.module = filepath.Join(p.context, filepath.FromSlash(p.folder))
	if recipe.File != "" {
		file = filepath.Join(p.context, filepath.FromSlash(recipe.File))
	}
	for _, name := range []string{p.context, p.module, file} {
		// What is not there leads nowhere, and is said to be missing where it is read.
		if resolved, err := filepath.EvalSymlinks(name); name != "" && err == nil && !resolvedBelow(root, resolved) {
			return p, "", fmt.Errorf("the image says that it was built of %s: %w", name, errOutside)
		}
	}
	p.named = p.module // a configuration in the folder of the package would be named by the image
	return p, file, nil
}

var errOutside = errors.New("a link there leads out of the folder that is verified")

// checkFolder refuses a folder that the image cannot have been built of, as far as a look at it tells: what is built there takes minutes, and is
// another image in any case. What cannot be read is left to the build, which says why.
func (o *VerifyOptions) checkFolder(dir string, recipe *verify.Recipe) error {
	if own, ok := ownModule(dir, recipe); !ok {
		return fmt.Errorf("%s has the module %s, and the image was built of %s; name a folder with that", o.From, own, recipe.Module)
	}
	at := commitOf(dir)
	if o.AnyCommit || at == "" || recipe.Revision == "" || at == recipe.Revision {
		return nil
	}
	return fmt.Errorf("%s is at the commit %s, and the image was built from %s; run git checkout %s there, or name the URL of the repository; "+
		"with --any-commit it is built all the same", o.From, at, recipe.Revision, recipe.Revision)
}

// checkContexts names the contexts that the image says its build was given, and that nobody gives again.
func (o *VerifyOptions) checkContexts(recipe *verify.Recipe) error {
	given := o.Contexts.names()
	var missing, flags []string
	for _, name := range recipe.Contexts {
		if !slices.Contains(given, name) {
			missing, flags = append(missing, name), append(flags, "--build-context "+name+"=VALUE")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &diag.Error{Msg: fmt.Sprintf("the image was built with files of the build contexts %s, and does not say what they held", strings.Join(missing, ", ")),
		Help: "give the same again: " + strings.Join(flags, " ")}
}

// ownModule tells whether a folder has the module of an image, and the path of the first that it has.
func ownModule(dir string, recipe *verify.Recipe) (own string, ok bool) {
	root, err := os.OpenRoot(dir)
	if err != nil || recipe.Module == "" {
		return "", true
	}
	defer root.Close()
	facts, err := gomod.LoadAt(root.FS(), gomod.Place{Module: recipe.ModuleDir})
	if err != nil || len(facts.Modules) == 0 {
		return "", true
	}
	return facts.Modules[0].Path, slices.ContainsFunc(facts.Modules, func(m gomod.Module) bool { return m.Own() && m.Path == recipe.Module })
}

// commitOf is the commit that a folder is at, "" if that is not known.
func commitOf(dir string) string {
	root, _, err := vcs.FindCheckout(dir)
	if err != nil {
		return ""
	}
	repo, err := vcs.Open(root)
	if err != nil {
		return ""
	}
	defer repo.Close()
	facts, err := repo.Facts(vcs.Module{})
	if err != nil {
		return ""
	}
	return facts.Revision
}

// archive is where the image is written to.
func (a *again) archive() string { return filepath.Join(a.dir, "image.tar") }

// request tells the build what the image says. Each value is one of an option of its own.
func (a *again) request(named bool) {
	r, attrs := a.recipe, a.opt.FrontendAttrs
	for key, value := range r.Labels {
		attrs["label:"+key] = value
	}
	attrs["context:"+frontend.SeedContext] = frontend.NoSeed // it would say what is to be found
	if r.Go != "" {
		attrs[frontend.OptionGo] = r.Go
	}
	if r.Index {
		attrs["multi-platform"] = "true"
	}
	if len(a.remote) > 0 {
		attrs[dockerui.DefaultLocalNameContext] = a.remote[0]
		maps.Copy(attrs, localPlace{folder: r.Folder, main: r.Main}.attrs())
		if named && r.Source != "" {
			attrs["vcs:source"] = r.Source // counts if the URL is not one that an image could say
		}
	}
	if rules := append(pins(r), a.opt.SourcePolicy.GetRules()...); len(rules) > 0 {
		a.opt.SourcePolicy = &spb.Policy{Version: 1, Rules: rules}
	}
	a.opt.Exports = []client.ExportEntry{{
		Type: client.ExporterOCI,
		Attrs: map[string]string{
			"oci-mediatypes": "true", "compression": r.Compression,
			// The daemon may have the layers in another form; those of a base image stay as they are in its registry.
			"force-compression": strconv.FormatBool(r.Base == ""),
		},
		Output: func(map[string]string) (io.WriteCloser, error) { return os.Create(a.archive()) },
	}}
}

// pins has the base image, the builder image and those of files taken by the digests that the image says, whatever their tags stand for today.
func pins(r *verify.Recipe) (rules []*spb.Rule) {
	pin := func(match spb.MatchType, from, to string) {
		rules = append(rules, &spb.Rule{
			Action:   spb.PolicyAction_CONVERT,
			Selector: &spb.Selector{Identifier: imagePrefix + from, MatchType: match},
			Updates:  &spb.Update{Identifier: imagePrefix + to},
		})
	}
	base, baseErr := reference.ParseNamed(r.Base)
	if baseErr == nil && r.BaseDigest != "" {
		pin(spb.MatchType_EXACT, base.String(), base.String()+"@"+r.BaseDigest.String())
	}
	builder, err := reference.ParseNamed(r.Builder)
	if err == nil && (baseErr != nil || base.Name() != builder.Name()) {
		pin(spb.MatchType_WILDCARD, builder.Name()+":*", builder.String())
	}
	for _, ref := range r.Images {
		if named, err := reference.ParseNamed(ref); err == nil {
			if tagged, ok := named.(reference.Tagged); ok {
				pin(spb.MatchType_EXACT, named.Name()+":"+tagged.Tag(), ref)
			}
		}
	}
	return rules
}

// fetching has the frontend build from the first of the addresses that can be fetched, with the configuration that is there: the file that
// the image says, or else the one that a build in the folder takes. local says that the user has named a file of this machine.
func (a *again) fetching(f gateway.BuildFunc, local bool) gateway.BuildFunc {
	return func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		var ref gateway.Reference
		var url string
		var err error
		for _, url = range a.remote {
			if ref, err = fetch(ctx, c, url); err == nil {
				break
			}
		}
		if err != nil {
			return nil, fmt.Errorf("fetching the source: %w", err)
		}
		opts := maps.Clone(c.BuildOpts().Opts)
		opts[dockerui.DefaultLocalNameContext] = url
		name := ""
		if !local {
			if name, err = a.configuration(ctx, ref); err != nil {
				return nil, err
			}
		}
		if name == "" {
			opts["dockerfilekey"] = dockerui.DefaultLocalNameDockerfile
		} else {
			opts["filename"] = name
		}
		return f(ctx, optsClient{c, opts})
	}
}

// optsClient is a client with other options.
type optsClient struct {
	gateway.Client
	opts map[string]string
}

func (c optsClient) BuildOpts() gateway.BuildOpts {
	b := c.Client.BuildOpts()
	b.Opts = c.opts
	return b
}

func fetch(ctx context.Context, c gateway.Client, url string) (gateway.Reference, error) {
	state, ok, err := dockerui.DetectGitContext(url, nil)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s is no URL of a repository: %w", url, err)
	}
	definition, err := state.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	res, err := c.Solve(ctx, gateway.SolveRequest{Definition: definition.ToPB(), Evaluate: true})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// configuration finds the configuration in the source, as [defaultDefinition] does in a folder; it is "" if there is none.
func (a *again) configuration(ctx context.Context, ref gateway.Reference) (string, error) {
	if a.recipe.File != "" {
		return a.recipe.File, nil
	}
	name, err := remoteDefinition(ctx, ref, path.Join(".", a.recipe.Folder))
	if err != nil {
		return "", fmt.Errorf("looking for the configuration in the source: %w", err)
	}
	return name, nil
}

// remoteDefinition is [defaultDefinition] in a folder of a source that BuildKit has fetched.
func remoteDefinition(ctx context.Context, ref gateway.Reference, dir string) (string, error) {
	entries, err := ref.ReadDir(ctx, gateway.ReadDirRequest{Path: dir})
	if err != nil {
		return "", err
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Path] = true
	}
	if there[configName] {
		return path.Join(dir, configName), nil
	}
	if !there[dockerui.DefaultDockerfileName] {
		return "", nil
	}
	dockerfile := path.Join(dir, dockerui.DefaultDockerfileName)
	head, err := ref.ReadFile(ctx, gateway.ReadRequest{Filename: dockerfile, Range: &gateway.FileRange{Length: maxSyntaxLine}})
	if err != nil || !namesModshipIn(head) {
		return "", err
	}
	return dockerfile, nil
}
