package image

import (
	"slices"
	"strings"
)

// Recipe is what has to be known to make an image again, beside the keys of [Keys]. None of it is secret: of arguments and labels it has
// the names. What is not known, or as it is without being told, is "".
type Recipe struct {
	// Config is the digest of the configuration, see [config.Config.Digest], and Target the name of its target.
	Config, Target string
	// Context is the folder of the repository that was the build context, and File the configuration in it.
	Context, File string
	// Folder is the folder of the context that the user has named where that is not the context itself, and Main the main package by its folder,
	// counted from there. Module is the folder of the module in the context.
	Folder, Main, Module string
	// Args and Labels are the names of the declared arguments and of the labels that the build was given.
	Args, Labels []string
	// Builder is the builder image with its digest.
	Builder string
	// Images are those whose files were laid over the build context or copied, and those that Contexts are, with tag and digest.
	Images []string
	// Contexts are the names of those that the caller of the build gave, and that it took files from.
	Contexts []string
	// Step is the digest of the programs that run inside the steps.
	Step string
}

// The keys of a recipe. They begin with a domain of this project, backwards, as image-spec asks for.
const (
	recipePrefix     = "io.github.modship-build."
	KeyConfig        = recipePrefix + "config"
	KeyTarget        = recipePrefix + "target"
	KeyContext       = recipePrefix + "context"
	KeyFolder        = recipePrefix + "folder"
	KeyModule        = recipePrefix + "module"
	KeyMain          = recipePrefix + "main"
	KeyFile          = recipePrefix + "file"
	KeyArgs          = recipePrefix + "args"
	KeyLabels        = recipePrefix + "labels"
	KeyBuilder       = recipePrefix + "builder"
	KeyImages        = recipePrefix + "images"
	KeyContexts      = recipePrefix + "contexts"
	KeyStep          = recipePrefix + "step"
	maxRecipeElement = 3 << 10 // bytes; a key and its value must have less than 4096
)

// RecipeKey is one row of the table of what a recipe is written as: an annotation, and never a label.
type RecipeKey struct {
	Name string
	// Doc says what the value is, for the manual.
	Doc string

	value func(Recipe) string
}

// RecipeKeys is the table.
func RecipeKeys() []RecipeKey {
	return []RecipeKey{
		{KeyConfig, "digest of what the configuration says, with its arguments put in: formatting and comments make no difference, and neither do " +
			"`modules`, `cache` and `sbom`, which do not change images", func(r Recipe) string { return r.Config }},
		{KeyTarget, "the target of the configuration, `--target`", func(r Recipe) string { return r.Target }},
		{KeyContext, "the folder of the repository that was built, unless it is the root", func(r Recipe) string { return r.Context }},
		{KeyFolder, "the folder in it that the configuration counts from, where `modship build` was given a module and took a folder above it as the context",
			func(r Recipe) string { return r.Folder }},
		{KeyModule, "the folder of the module in that build context, unless it is the root", func(r Recipe) string { return r.Module }},
		{KeyMain, "the main package that was named by its folder, where the configuration does not name it", func(r Recipe) string { return r.Main }},
		{KeyFile, "the configuration file as a path in the build context, unless it is `modship.yaml` or `Dockerfile` there, or in the folder that it counts from", func(r Recipe) string { return r.File }},
		{KeyArgs, "the names of the arguments of the configuration that were given with other values than their defaults", func(r Recipe) string { return joined(r.Args) }},
		{KeyLabels, "the names of the labels of `--label`", func(r Recipe) string { return joined(r.Labels) }},
		{KeyBuilder, "`builder.image` with the digest that it stood for", func(r Recipe) string { return r.Builder }},
		{KeyImages, "the images of `source` and `image.files`, and those of `--build-context`, with the digests that they stood for", func(r Recipe) string { return joined(r.Images) }},
		{KeyContexts, "the names of the contexts of `--build-context` that the build took files from", func(r Recipe) string { return joined(r.Contexts) }},
		{KeyStep, "digest of the programs of modship that run inside of the build; other releases of modship may have the same", func(r Recipe) string { return r.Step }},
	}
}

// annotations gives the recipe by its keys, without what is not known. A value that is too long for an annotation is left out.
func (r Recipe) annotations() map[string]string {
	values := make(map[string]string)
	for _, k := range RecipeKeys() {
		if value := k.value(r); value != "" && len(value) <= maxRecipeElement {
			values[k.Name] = value
		}
	}
	return values
}

// joined lists names that have no comma, as names of labels could.
func joined(names []string) string {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.Contains(name, ",") })
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}
