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

// What is read of a commit, whoever made it: folders can hold each other again and again, so that a small pack stands for any number of
// files.
const (
	maxEntries    = 200_000 // files and folders of a module; the largest known has some 30,000
	maxPath       = 4 << 10 // bytes of the path of a folder, as file systems have it
	maxAttributes = 1 << 20 // bytes of a .gitattributes file
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
	entries := maxEntries
	err = s.walk(tree, "", &entries, func(f *treeFile) error {
		if left -= f.size; left < 0 {
			return fmt.Errorf("its files have more than the %d bytes allowed", int64(modzip.MaxZipFile))
		}
		files = append(files, f)
		license = license || f.name == "LICENSE"
		if path.Base(f.name) == ".gitattributes" {
			return s.noteConverted(prefix+f.name, f)
		}
		return nil
	})
	if err != nil {
		return s.reading(err)
	}
	if !license && s.dir != "" {
		if f := s.rootFile("LICENSE"); f != nil && f.size <= modzip.MaxLICENSE {
			f.mode = filemode.Regular // of a link cmd/go takes what is written in it
			files = append(files, f)
		}
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(modzip.Create(out, s.module, files), out.Close())
}

// walk visits the files below a folder. It counts entries down.
func (s *source) walk(folder *object.Tree, prefix string, entries *int, visit func(*treeFile) error) error {
	if len(prefix) > maxPath {
		return fmt.Errorf("the path of a folder has more than the %d bytes allowed", maxPath)
	}
	for _, e := range folder.Entries {
		if *entries--; *entries < 0 {
			return fmt.Errorf("it has more than the %d files and folders allowed", maxEntries)
		}
		var err error
		switch e.Mode {
		case filemode.Submodule:
		case filemode.Dir:
			var below *object.Tree
			if below, err = object.GetTree(s.repo.store, e.Hash); err == nil {
				err = s.walk(below, prefix+e.Name+"/", entries, visit)
			}
		default:
			var f *treeFile
			if f, err = s.file(prefix+e.Name, e); err == nil {
				err = visit(f)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rootFile is a file or link at the top of the repository; nil if there is none.
func (s *source) rootFile(name string) *treeFile {
	e, err := s.tree.FindEntry(name)
	if err != nil || !e.Mode.IsFile() {
		return nil
	}
	f, err := s.file(name, *e)
	if err != nil {
		return nil
	}
	return f
}

func (s *source) file(name string, e object.TreeEntry) (*treeFile, error) {
	size, err := s.repo.store.EncodedObjectSize(e.Hash)
	return &treeFile{name, e.Mode, size, func() (io.ReadCloser, error) {
		blob, err := object.GetBlob(s.repo.store, e.Hash)
		if err != nil {
			return nil, err
		}
		return blob.Reader()
	}}, err
}

// findConverted looks for attributes in the folders above the module.
func (s *source) findConverted() error {
	for dir := s.dir; dir != ""; {
		dir = strings.TrimPrefix(path.Dir(dir), ".")
		name := path.Join(dir, ".gitattributes")
		if f := s.rootFile(name); f != nil {
			if err := s.noteConverted(name, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// converting are the attributes by which an archive has other bytes than the repository (gitattributes(5)).
var converting = regexp.MustCompile(`(?m)^[^#\n]*[ \t](?:eol=crlf|ident|working-tree-encoding=\S+|filter=\S+)(?:[ \t\r]|$)`)

func (s *source) noteConverted(name string, f *treeFile) error {
	r, err := f.Open()
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

// treeFile is a file of a commit. Its content is read when it is opened: a module may have half a gigabyte.
type treeFile struct {
	name string
	mode filemode.FileMode
	size int64
	open func() (io.ReadCloser, error)
}

// Path implements [modzip.File].
func (f *treeFile) Path() string { return f.name }

// Lstat implements [modzip.File].
func (f *treeFile) Lstat() (fs.FileInfo, error) { return treeInfo{f}, nil }

// Open implements [modzip.File].
func (f *treeFile) Open() (io.ReadCloser, error) { return f.open() }

type treeInfo struct{ *treeFile }

func (i treeInfo) Name() string       { return path.Base(i.name) }
func (i treeInfo) Size() int64        { return i.size }
func (i treeInfo) ModTime() time.Time { return time.Time{} }
func (i treeInfo) IsDir() bool        { return false }
func (i treeInfo) Sys() any           { return nil }

// Mode tells links from files, which alone are part of a module.
func (i treeInfo) Mode() fs.FileMode {
	if i.mode == filemode.Symlink {
		return fs.ModeSymlink
	}
	return 0o644
}
