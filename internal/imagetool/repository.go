package imagetool

import (
	"cmp"
	"errors"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"
)

// RepositoryFile is the flag --sarif-path: the file of a repository at which SARIF shows what is found in images, because GitHub shows
// nothing that is nowhere in it. The file need not be there.
type RepositoryFile struct{ path string }

// AddFlag adds the flag.
func (f *RepositoryFile) AddFlag(cmd *cobra.Command) {
	cmd.Flags().Var(f, "sarif-path", "`FILE` of the repository that SARIF shows findings at, from its root")
}

// String is the path with slashes.
func (f *RepositoryFile) String() string { return cmp.Or(f.path, "Dockerfile") }

// Type names the value in the help.
func (f *RepositoryFile) Type() string { return "FILE" }

// Set takes a path that does not leave the repository.
func (f *RepositoryFile) Set(value string) error {
	if !filepath.IsLocal(value) {
		return errors.New("it is a path from the root of the repository, such as deploy/Dockerfile")
	}
	f.path = path.Clean(filepath.ToSlash(value))
	return nil
}
