package cli

import (
	"io"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
)

// Source is what a command line says of the image to make of a local folder, for commands that build nothing and are to
// understand it as `modship build` does.
type Source struct {
	// Name and Config are the configuration file, the empty one if there is none. Ignore is the ignore file of its own that it
	// has beside it, or nil.
	Name           string
	Config, Ignore []byte
	// File is the path of the configuration file, or "".
	File string
	// Platforms are in normal form, each once.
	Platforms []string
	// Args are the build arguments, with SOURCE_DATE_EPOCH of the environment where they do not have it.
	Args, Labels map[string]string
}

// ReadSource reads the flags of [AddSourceFlags], and looks whether o.Dir is a folder. Of env it uses Stdin and LookupEnv.
func ReadSource(env Env, o Options, mistakes *diag.List) Source {
	openContext(o.Dir, mistakes)
	d := chooseDefinition(o.Dir, o.File, env.Stdin, mistakes)
	s := Source{
		Name:      d.name,
		File:      d.files[d.name].path,
		Platforms: parsePlatforms(o.Platforms, mistakes),
		Args:      parseKeyValues("build-arg", o.BuildArgs, env.LookupEnv, mistakes),
		Labels:    parseKeyValues("label", o.Labels, emptyValue, mistakes),
	}
	if len(*mistakes) > 0 {
		return s // a missing file has been reported
	}
	s.Config = d.read(d.name, mistakes)
	if ignore := d.name + dockerui.DefaultDockerignoreName; d.files[ignore].path != "" {
		s.Ignore = d.read(ignore, mistakes)
	}
	if _, given := s.Args[buildarg.Epoch]; !given {
		if v, ok := env.LookupEnv(buildarg.Epoch); ok {
			s.Args[buildarg.Epoch] = v
		}
	}
	return s
}

// read reads a file of the definition, up to one byte more than a configuration may have.
func (d definition) read(name string, mistakes *diag.List) []byte {
	f, err := d.files.Open(name)
	if err != nil {
		flagMistake(mistakes, "file", "%v", err)
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		flagMistake(mistakes, "file", "reading %s: %v", name, err)
	}
	return data
}
