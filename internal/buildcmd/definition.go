package buildcmd

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
	"github.com/modship-build/modship/internal/diag"
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
	switch file {
	case "":
		return defaultDefinition(dir)
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
	return onDisk(filepath.Dir(file), filepath.Base(file))
}

func defaultDefinition(dir string) definition {
	if exists(filepath.Join(dir, configName)) {
		return onDisk(dir, configName)
	}
	if namesModship(filepath.Join(dir, dockerui.DefaultDockerfileName)) {
		return onDisk(dir, dockerui.DefaultDockerfileName)
	}
	return inMemory(configName, []byte("# there is no modship.yaml in this directory: these are the defaults\n"))
}

// namesModship tells whether the file's syntax line chooses a modship frontend, of whatever registry.
func namesModship(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return false
	}
	ref, _, _, ok := parser.DetectSyntax(head)
	if !ok {
		return false
	}
	named, err := reference.ParseNormalizedNamed(ref)
	return err == nil && strings.Contains(path.Base(named.Name()), "modship")
}

func onDisk(dir, name string) definition {
	d := definition{name: name, files: files{name: {path: filepath.Join(dir, name), mode: 0o644}}}
	if ignore := name + dockerui.DefaultDockerignoreName; exists(filepath.Join(dir, ignore)) {
		d.files[ignore] = file{path: filepath.Join(dir, ignore), mode: 0o644}
	}
	return d
}

func inMemory(name string, data []byte) definition {
	return definition{name: name, files: files{name: {data: data, mode: 0o644}}}
}

// exists tells whether path is a regular file, or a link to one.
func exists(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}
