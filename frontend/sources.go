package frontend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/target"
	graph "github.com/modship-build/modship/llb"
)

// layContexts lays what `source` names over the build context: whatever is read of that from here on, but for module files and the
// repository, is read with it.
func (b *builder) layContexts(ctx context.Context, in *input) error {
	sources := in.Config.Source
	if len(sources) == 0 {
		return b.takeContexts(ctx, in)
	}
	folders := make([]graph.Folder, len(sources))
	in.Laid = slices.Clone(sources)
	mistakes := make([]*diag.Error, len(sources))
	eg, egCtx := errgroup.WithContext(ctx)
	for i := range sources {
		eg.Go(func() (err error) {
			folders[i], mistakes[i], err = b.layContext(egCtx, in, i)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	var list diag.List
	for _, m := range mistakes {
		if m != nil {
			list = append(list, m)
		}
	}
	b.context.laid = b.graph.Lay(folders)
	return errors.Join(list.Err(), b.takeContexts(ctx, in))
}

// takeContexts finds what image.files copies from beside the build context.
func (b *builder) takeContexts(ctx context.Context, in *input) error {
	var list diag.List
	b.fileContexts = map[string]map[string]graph.Tree{}
	for i, f := range in.Config.Image.Files {
		if f.Context == "" || b.fileContexts[f.Context] != nil || !in.output.image {
			continue
		}
		b.fileContexts[f.Context] = map[string]graph.Tree{}
		at := in.At(fmt.Sprintf("image.files[%d].context", i))
		for _, t := range in.Targets {
			found, mistake := b.contextFiles(ctx, f.Context, "", at, []ocispecs.Platform{t.OCI()})
			if mistake != nil {
				list = append(list, mistake)
				break
			}
			b.warnPlatform(ctx, f.Context, found.config, t, at)
			b.fileContexts[f.Context][t.String()] = found.context
		}
	}
	return list.Err()
}

// warnPlatform says that files of an image go into one for another platform: they may be the same on all, and if they are programs, they
// will not run.
func (b *builder) warnPlatform(ctx context.Context, name string, config []byte, t target.Target, at diag.Range) {
	if config == nil {
		return
	}
	have, other, err := otherPlatform(config, t.OCI())
	if err != nil || !other {
		return // its files are taken all the same, whatever else it is
	}
	b.warnAt(ctx, &diag.Error{Range: at, Msg: fmt.Sprintf("the files of %s are those of an image for %s, and go into the image for %s", name, have, t),
		Help: allPlatforms, Rule: rules.FilesPlatform})
}

// layContext gives one of the folders, or what is wrong with it.
func (b *builder) layContext(ctx context.Context, in *input, i int) (folder graph.Folder, mistake *diag.Error, err error) {
	s := in.Config.Source[i]
	at := func(key string) diag.Range { return in.At(fmt.Sprintf("source[%d].%s", i, key)) }
	if m := outsideModules(in.Facts.Table, s, at("to")); m != nil {
		return folder, m, nil
	}
	found, mistake := b.contextFiles(ctx, s.From, s.Digest, at("from"), b.platforms(in.Targets))
	if mistake != nil {
		return folder, mistake, nil
	}
	if found.ref != "" {
		in.Laid[i].From = found.ref
	}
	ref, err := b.solveTree(ctx, found.context)
	if err != nil {
		return folder, nil, err
	}
	files := links.OfImage(reffs.FS(ctx, ref, 0))
	from, err := files.Find(path.Clean(s.Path))
	if _, broken := errors.AsType[*diag.Error](err); broken {
		return folder, &diag.Error{Range: at("path"), Msg: fmt.Sprintf("the path %q of %s is a symbolic link that leads nowhere", s.Path, s.From)}, nil
	}
	var top []fs.DirEntry
	switch {
	case err == nil && !from.Type.IsDir():
		err = fs.ErrNotExist
	case err == nil:
		folder = graph.Folder{Tree: found.context, Path: from.Path, To: s.To}
		top, err = files.ReadDir(from.Path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return folder, &diag.Error{Range: at("path"), Msg: fmt.Sprintf("%s has no folder %q", s.From, s.Path)}, nil
	case err != nil:
		return folder, &diag.Error{Range: at("from"), Msg: fmt.Sprintf("%s is not usable", s.From), Err: err, Fails: true}, nil
	case len(top) == 0:
		return folder, &diag.Error{Range: at("from"), Msg: fmt.Sprintf("%s has no files", s.From), Help: "look into what made it, or into its .dockerignore"}, nil
	case config.OriginOf(s.From) == config.OriginArchive && len(top) == 1 && top[0].Name() == archiveName:
		return folder, &diag.Error{Range: at("from"), Msg: "the file is no archive that can be unpacked", Help: "tar is known, plain or compressed with gzip, bzip2, xz or zstd"}, nil
	}
	twice, err := b.inBoth(ctx, s, from.Path, files, top)
	if err != nil || twice == "" {
		return folder, nil, err
	}
	return folder, givenTwice(twice, s, at("to")), nil
}

// outsideModules is what is wrong where nothing is compiled or embedded.
func outsideModules(table gomod.Table, s config.Source, at diag.Range) *diag.Error {
	if vendored := path.Join(table.Root, "vendor"); s.To == vendored || strings.HasPrefix(s.To, vendored+"/") {
		return &diag.Error{Range: at, Msg: "a context cannot be laid into the folder " + vendored, Help: "write another folder, such as web/dist"}
	}
	if m := table.ModuleOf(s.To); m.Path != "" || len(table.Modules) == 0 {
		return nil
	}
	return &diag.Error{Range: at, Msg: fmt.Sprintf("the folder %s is in no module of the build context", s.To),
		Help: "nothing is compiled or embedded there: write a folder of a module, counted from the root of the build context"}
}

// givenTwice is what is wrong where the build context has a file of a context.
func givenTwice(name string, s config.Source, at diag.Range) *diag.Error {
	return &diag.Error{Range: at, Msg: fmt.Sprintf("%s is in the build context and in %s", name, s.From),
		Help: fmt.Sprintf("leave it out of the build context with a line %q in .dockerignore, or lay %s into another folder", s.To, s.From)}
}

// archiveName is what the file of an archive is called before it is unpacked.
const archiveName = "archive-of-modship"

// contextFiles gives files that become part of the project, for the first of the platforms that there are files for: of a context, of an
// image, or of an archive with a digest.
func (b *builder) contextFiles(ctx context.Context, from, sum string, at diag.Range, all []ocispecs.Platform) (resolved, *diag.Error) {
	var found resolved
	var err error
	switch config.OriginOf(from) {
	case config.OriginArchive:
		state := llb.HTTP(from, llb.Filename(archiveName), llb.Checksum(digest.Digest(sum)), llb.WithCustomName("[internal] load "+from))
		if found.context, err = b.graph.Code(ctx, from, state); err == nil {
			found.context = b.graph.Unpack(found.context, archiveName)
		}
	case config.OriginContext: // whoever has the name on a registry is not asked
		var given *resolved
		if given, err = b.givenContext(ctx, from, b.graph.Code, all...); err == nil && given == nil {
			return found, missingContext(namedContexts(b.ui.BuildOpts().Opts), from, all[0], at)
		}
		found = orNone(given)
	default:
		found, err = b.resolveFiles(ctx, from, all)
	}
	if err != nil {
		var list diag.List
		return found, imageMistake(&list, at, err, "%s is not usable", from)
	}
	return found, nil
}

const allPlatforms = "give one for all platforms, or for each that is built its own"

func missingContext(names []string, wanted string, p ocispecs.Platform, at diag.Range) *diag.Error {
	if slices.Contains(names, wanted) {
		return &diag.Error{Range: at, Msg: fmt.Sprintf("the build context %q is given for other platforms than %s", wanted, platforms.FormatAll(p)), Help: allPlatforms}
	}
	m := &diag.Error{Range: at, Msg: fmt.Sprintf("there is no build context %q", wanted), Help: diag.Suggest(wanted, names)}
	if m.Help == "" {
		m.Help = fmt.Sprintf("give it with --build-context %s=FOLDER, or another address, or in a bake file with contexts = { %s = \"target:NAME\" }", wanted, wanted)
	}
	return m
}

// platforms are those that a context of files is taken for, the best first: they are laid once for all images.
func (b *builder) platforms(targets []target.Target) []ocispecs.Platform {
	var all []ocispecs.Platform
	for _, t := range targets {
		all = append(all, t.OCI())
	}
	return append(all, b.options.build.OCI())
}

// inBoth gives a path that the build context has below s.To as well, where both are not folders; "" if there is none. Which of the two
// files the program gets should not depend on an order.
func (b *builder) inBoth(ctx context.Context, s config.Source, from string, laid fs.FS, top []fs.DirEntry) (string, error) {
	patterns := missingPatterns([]string{s.To}, nil)
	for _, e := range top {
		patterns = append(patterns, plan.EscapePattern(path.Join(s.To, e.Name())))
	}
	tree, err := b.context.own(ctx, "files where contexts are laid", patterns)
	if err != nil {
		return "", err
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return "", err
	}
	own := reffs.FS(ctx, ref, 0)
	elements := strings.Split(s.To, "/")
	for i := range elements {
		dir := path.Join(elements[:i+1]...)
		there, err := entry(own, dir)
		switch {
		case err != nil || there == nil:
			return "", err
		case !there.IsDir(): // a file or a link where a folder is to be
			return dir, nil
		}
	}
	return meeting(own, laid, s.To, from)
}

// meeting is inBoth for a folder of each.
func meeting(own, laid fs.FS, ownDir, laidDir string) (string, error) {
	entries, err := fs.ReadDir(own, ownDir)
	if err != nil {
		return "", fmt.Errorf("looking for files where a context is laid: %w", err)
	}
	for _, e := range entries {
		other, err := entry(laid, path.Join(laidDir, e.Name()))
		if err != nil {
			return "", fmt.Errorf("looking for files where a context is laid: %w", err)
		}
		name := path.Join(ownDir, e.Name())
		if other == nil {
			continue
		}
		if !other.IsDir() || !e.IsDir() {
			return name, nil
		}
		if twice, err := meeting(own, laid, name, path.Join(laidDir, e.Name())); err != nil || twice != "" {
			return twice, err
		}
	}
	return "", nil
}

// entry gives what a folder has by a name, which may be a link; nil if that is nothing.
func entry(fsys fs.FS, name string) (fs.DirEntry, error) {
	entries, err := fs.ReadDir(fsys, path.Dir(name))
	for _, e := range entries {
		if e.Name() == path.Base(name) {
			return e, nil
		}
	}
	return nil, err
}
