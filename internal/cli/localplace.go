package cli

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/vcs"
)

// localPlace is a [place] on this machine.
type localPlace struct {
	// context is the folder that is sent, and module that of the module, as the user would write them.
	context, module string
	// named is the folder that the user has named.
	named string
	// folder is that of the module in the context, with slashes, "" for the context itself; main is as in [place].
	folder, main string
	// words say what was taken, "" if that is what was named.
	words string
}

// asNamed is the place of a folder that is the context, whatever it needs.
func asNamed(dir string) localPlace { return localPlace{context: dir, module: dir, named: dir} }

// locate finds what a build of a folder is made of. What is wrong with the folder is left to who opens it.
func locate(dir string, noWork bool, given func(module string) bool) localPlace {
	real, err := realPath(dir)
	if err != nil {
		return asNamed(dir)
	}
	root := filepath.VolumeName(real) + string(filepath.Separator)
	inTree := func(name string) string {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return "."
		}
		return filepath.ToSlash(rel)
	}
	a := area{tree: localfile.FS{FS: os.DirFS(root)}, top: ".", noWork: noWork, given: given}
	a.wide = func(dir string) bool { return isWide(filepath.Join(root, filepath.FromSlash(dir))) }
	trusted, checkout := trustedAbove(real)
	if trusted != "" {
		a.trusted = inTree(trusted)
	}
	if checkout {
		a.top = a.trusted
	}
	a.fits = !checkout
	p := a.locate(inTree(real))
	if p.context == inTree(real) {
		return asNamed(dir)
	}
	out := func(name string) string { return shownPath(filepath.Join(root, filepath.FromSlash(name))) }
	found := localPlace{context: out(p.context), module: out(p.module), named: dir, folder: p.folder(), main: p.main}
	found.words = p.words(found.context)
	return found
}

// trustedAbove gives the folder that the context may be although a file of the tree alone says so: the checkout that a folder is in, or else the
// working directory. There is none, "", where that is the home of the user: what was downloaded into it has no say in what of it is sent.
func trustedAbove(real string) (dir string, checkout bool) {
	if checkout, _, err := vcs.FindCheckout(real); err == nil && !isWide(checkout) {
		return checkout, true
	}
	if wd, err := realPath("."); err == nil && !isWide(wd) {
		return wd, false
	}
	return "", false
}

// isWide tells of a folder that it is the home of the user, or above it.
func isWide(dir string) bool {
	if filepath.Dir(dir) == dir {
		return true
	}
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return false
	}
	home, err = realPath(home)
	return err == nil && insideOf(dir, home)
}

// configured gives the place for a configuration that says in which folder of the context the module is, where that is the folder of this one:
// then it is the file of `docker buildx build -f services/a/Dockerfile .`, and what it names counts from that context.
func (p localPlace) configured(cfg *config.Config) localPlace {
	if cfg == nil || cfg.Module == "" || exists(filepath.Join(p.module, filepath.FromSlash(cfg.Module), "go.mod")) {
		return p
	}
	module, err := realPath(p.module)
	if err != nil {
		return p
	}
	context, ok := strings.CutSuffix(module, string(filepath.Separator)+filepath.FromSlash(cfg.Module))
	if trusted, _ := trustedAbove(module); !ok || trusted == "" || !insideOf(trusted, context) {
		return p
	}
	p.context, p.folder = shownPath(context), ""
	p.words = configuredWords(cfg.Module, p.main, p.context)
	return p
}

// configuredWords says which context the configuration has chosen.
func configuredWords(module, main, context string) string {
	if main != "" {
		module = main + " of the module " + module
	}
	return "building " + module + ", with " + context + " as the context: the configuration says so"
}

func realPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// shownPath writes a path without links from the working directory, if that is shorter.
func shownPath(real string) string {
	wd, err := realPath(".")
	if err != nil {
		return real
	}
	rel, err := filepath.Rel(wd, real)
	if err != nil || len(rel) > len(real) {
		return real
	}
	return rel
}

// shownContext writes the path of a build context for advice: from the working directory, with slashes and without links, of which a path such as
// DIR/../lib takes no notice. It is "" for a context that is not on this machine.
func shownContext(dir string) string {
	if dir == "" {
		return ""
	}
	real, err := realPath(dir)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(shownPath(real))
}

// args are the build arguments, of which the user's own go before. What is wrong with them is told by who hands them over.
func (o SourceOptions) args(implied map[string]string, lookup func(string) (string, bool)) map[string]string {
	var ignored diag.List
	args := maps.Clone(implied)
	if args == nil {
		args = map[string]string{}
	}
	maps.Copy(args, parseKeyValues("build-arg", o.BuildArgs, lookup, &ignored))
	return args
}

// workspaceOff tells whether no go.work counts: by the arguments that the user gives, or else by those that the machine implies.
func (o SourceOptions) workspaceOff(implied map[string]string, lookup func(string) (string, bool)) bool {
	return o.args(implied, lookup)[buildarg.Workspace] == noWork
}

// attrs are what the frontend is told of the place.
func (p localPlace) attrs() map[string]string {
	attrs := map[string]string{}
	if p.folder != "" {
		attrs[frontend.OptionFolder] = p.folder
	}
	if p.main != "" {
		attrs[frontend.OptionMain] = p.main
	}
	return attrs
}

// definition finds the configuration: that of the package that the user has named, or else that of the module.
func (p localPlace) definition(file string, stdin io.Reader, mistakes *diag.List) definition {
	dir := p.module
	if p.main != "" && file == "" && (exists(filepath.Join(p.named, configName)) || namesModship(filepath.Join(p.named, dockerui.DefaultDockerfileName))) {
		dir = p.named
	}
	return chooseDefinition(dir, file, stdin, mistakes)
}
