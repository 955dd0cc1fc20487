package modvcs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/go-git/go-git/v6/plumbing/filemode"
	"github.com/go-git/go-git/v6/plumbing/object"
	modzip "golang.org/x/mod/zip"
)

// writeZip makes the module's zip. Of the attributes of git, cmd/go turns off export-ignore and export-subst itself.
func (s *source) writeZip(to string) (err error) {
	tree, prefix := s.tree, ""
	if s.dir != "" {
		if tree, err = s.tree.Tree(s.dir); err != nil {
			return s.reading(err)
		}
		prefix = s.dir + "/"
	}
	if err := s.findConverted(); err != nil {
		return err
	}
	var files []modzip.File
	license, left := false, int64(modzip.MaxZipFile)
	err = tree.Files().ForEach(func(f *object.File) error {
		if left -= f.Size; left < 0 {
			return fmt.Errorf("its files have more than the %d bytes allowed", int64(modzip.MaxZipFile))
		}
		files = append(files, treeFile{f.Name, f})
		license = license || f.Name == "LICENSE"
		if path.Base(f.Name) == ".gitattributes" {
			return s.noteConverted(prefix+f.Name, f)
		}
		return nil
	})
	if err != nil {
		return s.reading(err)
	}
	if !license && s.dir != "" {
		if f, err := s.tree.File("LICENSE"); err == nil && f.Size <= modzip.MaxLICENSE {
			files = append(files, treeFile{"LICENSE", f})
		}
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(modzip.Create(out, s.module, files), out.Close())
}

// findConverted looks for attributes in the folders above the module.
func (s *source) findConverted() error {
	for dir := s.dir; dir != ""; {
		dir = strings.TrimPrefix(path.Dir(dir), ".")
		name := path.Join(dir, ".gitattributes")
		if f, err := s.tree.File(name); err == nil {
			if err := s.noteConverted(name, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// converting are the attributes by which an archive has other bytes than the repository (gitattributes(5)).
var converting = regexp.MustCompile(`(?m)^[^#\n]*[ \t](?:eol=crlf|ident|working-tree-encoding=\S+|filter=\S+)(?:[ \t\r]|$)`)

func (s *source) noteConverted(name string, f *object.File) error {
	r, err := f.Reader()
	if err != nil {
		return s.reading(err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxAttributes))
	if err != nil {
		return s.reading(err)
	}
	if converting.Match(text) {
		s.converted = name
	}
	return nil
}

const maxAttributes = 1 << 20

// treeFile is a file of a commit.
type treeFile struct {
	name string
	file *object.File
}

// Path implements [modzip.File].
func (f treeFile) Path() string { return f.name }

// Lstat implements [modzip.File].
func (f treeFile) Lstat() (fs.FileInfo, error) { return treeInfo{f}, nil }

// Open implements [modzip.File].
func (f treeFile) Open() (io.ReadCloser, error) { return f.file.Reader() }

type treeInfo struct{ treeFile }

func (i treeInfo) Name() string       { return path.Base(i.name) }
func (i treeInfo) Size() int64        { return i.file.Size }
func (i treeInfo) ModTime() time.Time { return time.Time{} }
func (i treeInfo) IsDir() bool        { return false }
func (i treeInfo) Sys() any           { return nil }

// Mode tells links from files, which alone are part of a module.
func (i treeInfo) Mode() fs.FileMode {
	if i.file.Mode == filemode.Symlink {
		return fs.ModeSymlink
	}
	return 0o644
}
