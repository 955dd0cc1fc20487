package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/vcs"
)

// configName is the configuration file that a build takes without being told.
const configName = "modship.yaml"

// maxConfig bounds a configuration from standard input, in bytes.
const maxConfig = 1 << 20

// definition is the configuration file as BuildKit gets to see it: nothing else of its directory is handed over but a
// .dockerignore file of the same name.
type definition struct {
	name  string
	files files
}

// chooseDefinition finds the configuration of a build: the file of -f; else modship.yaml in dir; else a Dockerfile there that
// names modship as its frontend; else none, which is the empty configuration.
func chooseDefinition(dir, file string, stdin io.Reader, mistakes *diag.List) definition {
	// BuildKit reads it, and waits for ever if it is a pipe.
	refuseIrregular(filepath.Join(dir, dockerui.DefaultDockerignoreName), mistakes)
	switch file {
	case "":
		return defaultDefinition(dir, mistakes)
	case "-":
		data, err := io.ReadAll(io.LimitReader(stdin, maxConfig+1))
		if err == nil && len(data) > maxConfig {
			err = fmt.Errorf("more than %d bytes", maxConfig)
		}
		if err != nil {
			flagMistake(mistakes, "file", "reading standard input: %v", err)
		}
		return inMemory(dockerui.DefaultDockerfileName, data)
	}
	fi, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m := flagMistake(mistakes, "file", "there is no file %s", file)
		if inDir := filepath.Join(dir, file); exists(inDir) {
			m.Help = fmt.Sprintf("the path counts from the working directory: did you mean %s?", inDir)
		}
	case err != nil:
		flagMistake(mistakes, "file", "%v", err)
	case !fi.Mode().IsRegular():
		flagMistake(mistakes, "file", "%s is not a file", file)
	}
	return onDisk(dir, file, mistakes)
}

func defaultDefinition(dir string, mistakes *diag.List) definition {
	config := filepath.Join(dir, configName)
	refuseIrregular(config, mistakes)
	if exists(config) {
		return onDisk(dir, config, mistakes)
	}
	if target, err := os.Readlink(config); err == nil { // to say nothing would be to build by the defaults
		mistakes.Addf(diag.Range{File: configName}, "the file is a symbolic link to %q, where there is no file", target)
	}
	if dockerfile := filepath.Join(dir, dockerui.DefaultDockerfileName); namesModship(dockerfile) {
		return onDisk(dir, dockerfile, mistakes)
	}
	if other := strings.TrimSuffix(config, ".yaml") + ".yml"; exists(other) {
		mistakes.Addf(diag.Range{File: filepath.Base(other)}, "the file is not read under this name").Help = "call it " + configName
	}
	return noConfig()
}

// noConfig is the empty configuration.
func noConfig() definition {
	return inMemory(configName, []byte(defaults.NoConfig))
}

// namesModship tells whether the file's syntax line chooses a modship frontend, of whatever registry.
func namesModship(file string) bool {
	f, err := localfile.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, maxSyntaxLine))
	return err == nil && namesModshipIn(head)
}

// maxSyntaxLine is how much of a file is read for its syntax line, in bytes.
const maxSyntaxLine = 4 << 10

func namesModshipIn(head []byte) bool {
	ref, _, _, ok := parser.DetectSyntax(head)
	if !ok {
		return false
	}
	named, err := reference.ParseNormalizedNamed(ref)
	return err == nil && strings.Contains(path.Base(named.Name()), "modship")
}

// onDisk takes the file and the ignore file of its own, unless a link of the tree dir leads to another one.
func onDisk(dir, path string, mistakes *diag.List) definition {
	name := filepath.Base(path)
	d := definition{name: name, files: files{}}
	refuseIrregular(path+dockerui.DefaultDockerignoreName, mistakes)
	for _, f := range []struct{ name, path string }{{name, path}, {name + dockerui.DefaultDockerignoreName, path + dockerui.DefaultDockerignoreName}} {
		switch {
		case f.name != name && !exists(f.path):
		case leavesTree(dir, f.path):
			refuseLink(f.path, mistakes)
			d.files[f.name] = file{mode: 0o644}
		default:
			d.files[f.name] = file{path: f.path, mode: 0o644}
		}
	}
	return d
}

func inMemory(name string, data []byte) definition {
	return definition{name: name, files: files{name: {data: data, mode: 0o644}}}
}

// refuseIrregular reports a name that is there and no file: to take it for none would be to build something else without a word.
func refuseIrregular(path string, mistakes *diag.List) {
	if localfile.Irregular(path) {
		mistakes.Addf(diag.Range{File: strings.TrimPrefix(path, "."+string(filepath.Separator))}, "it is not a file")
	}
}

// exists tells whether path is a regular file, or a link to one.
func exists(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

// leavesTree tells whether a file that is named inside of a tree is a symbolic link, or behind one, that leads out of it. A source tree
// may come from anybody, and what is in a configuration is sent to the daemon and shown where it is wrong; so a tree must not choose which
// file of this machine is read. The trees are the folder to build and the checkout that the file is in. What is not there leaves nothing.
func leavesTree(dir, file string) bool {
	resolved, err := filepath.EvalSymlinks(file)
	if err != nil {
		return false
	}
	trees := []string{dir}
	if root, _, err := vcs.FindCheckout(filepath.Dir(file)); err == nil {
		trees = append(trees, root)
	}
	for _, tree := range trees {
		if below(tree, file) && !resolvedBelow(tree, resolved) {
			return true
		}
	}
	return false
}

// below goes by the names alone, and by the place of the tree if its name has a link in it.
func below(tree, file string) bool {
	absTree, err := filepath.Abs(tree)
	if err != nil {
		return false
	}
	absFile, err := filepath.Abs(file)
	if err != nil {
		return false
	}
	if insideOf(absTree, absFile) {
		return true
	}
	resolved, err := filepath.EvalSymlinks(absTree)
	return err == nil && insideOf(resolved, absFile)
}

func resolvedBelow(tree, resolved string) bool {
	root, err := filepath.EvalSymlinks(tree)
	if err != nil {
		return false
	}
	if root, err = filepath.Abs(root); err != nil {
		return false
	}
	resolved, err = filepath.Abs(resolved)
	return err == nil && insideOf(root, resolved)
}

// insideOf goes by names without links in them.
func insideOf(tree, file string) bool {
	rel, err := filepath.Rel(tree, file)
	return err == nil && filepath.IsLocal(rel)
}

// refuseLink reports a file whose link is not followed. What it leads to is not looked at.
func refuseLink(file string, mistakes *diag.List) {
	target, err := os.Readlink(file)
	words := "is behind a symbolic link that leads"
	if err == nil {
		words = fmt.Sprintf("is a symbolic link to %q, which leads", target)
	}
	e := mistakes.Addf(diag.Range{File: strings.TrimPrefix(file, "."+string(filepath.Separator))}, "the file %s out of the source tree", words)
	e.Help = "put a copy in its place"
	if !strings.HasSuffix(file, dockerui.DefaultDockerignoreName) { // which --file does not name
		e.Help += ", or name the file itself with --file"
	}
}
