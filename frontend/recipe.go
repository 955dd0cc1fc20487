package frontend

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/stepprogram"
)

// recipe says how the images are made again, as far as the user's files and the caller of the build tell.
func (b *builder) recipe(in *input) (image.Recipe, error) {
	config, err := in.Config.Digest()
	if err != nil {
		return image.Recipe{}, err
	}
	step, err := stepprogram.Digest()
	if err != nil {
		return image.Recipe{}, fmt.Errorf("saying which programs run in the steps: %w", err)
	}
	r := image.Recipe{
		Config: config.String(), Target: in.Target, Args: in.Given, Labels: slices.Collect(maps.Keys(b.ui.Labels)), Step: step.String(),
	}
	r.Folder, r.Module, r.Main = b.inRepository(in.Folder), b.inRepository(in.Module), in.Package
	r.Context, r.File = recipePaths(b.contextFolder(), r.Folder, b.options.configPath)
	return r, nil
}

// completeRecipe adds what the build has taken files from. A seed changes nothing of an image.
func (b *builder) completeRecipe(in *input) image.Recipe {
	r := in.recipe
	_, given := b.contexts.all()
	r.Contexts = slices.DeleteFunc(given, func(name string) bool { return name == SeedContext || name == contextName(in.Config.Cache.Seed) })
	r.Images = append(b.images.all(), b.contexts.imagesOf(r.Contexts)...)
	return r
}

// contextFolder is the folder of the build context in its repository, "." for the root and where nobody says.
func (b *builder) contextFolder() string {
	if sent := b.options.repository; sent != nil {
		return path.Clean(sent.prefix)
	}
	if git := b.gitContext(); git.pristine {
		return git.prefix
	}
	return path.Clean(b.ui.BuildOpts().Opts["vcs:localdir:context"])
}

// inRepository gives a folder of the build context by its path from the context that the repository alone is.
func (b *builder) inRepository(dir string) string {
	dir, _ = b.context.ofOwn(dir)
	if sent := b.options.repository; sent != nil && sent.base != "" {
		dir, _ = gomod.CutPath(dir, sent.base)
	}
	return dir
}

// recipePaths gives the context as a folder of the repository, and the configuration in it; "" for what goes without saying: it is looked for
// in the folder module of the context. One outside of the context is not found again.
func recipePaths(folder, module, config string) (context, file string) {
	if !fs.ValidPath(folder) {
		return "", ""
	}
	if folder == "." {
		folder = ""
	} else if rest, ok := strings.CutPrefix(config, folder+"/"); ok {
		config = rest
	} else {
		config = ""
	}
	if config == path.Join(module, "modship.yaml") || config == path.Join(module, "Dockerfile") {
		config = ""
	}
	return folder, config
}
