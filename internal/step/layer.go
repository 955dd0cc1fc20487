package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

// maxLinks is the kernel's MAXSYMLINKS.
const maxLinks = 40

// whiteout starts the names that delete what the layers below have (OCI image-spec, layer.md).
const whiteout = ".wh."

// addFiles makes a layer of an image: what is copied into it, over what the image has by then. Nothing that is there changes but what
// a file of that name replaces: a folder that is a link stays one and is followed, and a folder keeps its owner and mode. BuildKit's own
// copy gives a folder that two copies meet in the time of the build, and merging layers would replace links and modes.
func addFiles(_ context.Context, req request.Files) error {
	l, err := openLayer(req.Below)
	if err != nil {
		return err
	}
	var mistakes diag.List
	for _, f := range req.Folders {
		if err := l.addFolder(f); err != nil {
			if err := refuse(&mistakes, err, &unfitError{folder: &f}); err != nil {
				return fmt.Errorf("making the folder %q: %w", f.Path, err)
			}
		}
	}
	for _, c := range req.Copies {
		if err := l.add(c); err != nil {
			if err := refuse(&mistakes, err, &unfitError{copy: &c}); err != nil {
				return fmt.Errorf("copying %q to %q: %w", c.From, c.To, err)
			}
		}
	}
	if err := mistakes.Err(); err != nil {
		return err
	}
	return setAllTimes(request.Out, zeroTime)
}

// unfitError is why an image cannot have what is asked for: what it has, and what it can have, does not allow it.
type unfitError struct {
	why    string
	copy   *request.Copy
	folder *request.Folder
}

func (e *unfitError) Error() string { return e.why }

func unfit(format string, args ...any) error { return &unfitError{why: fmt.Sprintf(format, args...)} }

// refuse collects an error if it is one of what is asked for, and gives back another.
func refuse(mistakes *diag.List, err error, by *unfitError) error {
	found, ok := errors.AsType[*unfitError](err)
	if !ok {
		return err
	}
	by.why = found.why
	var e *diag.Error
	if by.copy != nil {
		e = mistakes.Addf(diag.Range{}, "%q cannot be copied to %q", by.copy.From, by.copy.To)
	} else {
		e = mistakes.Addf(diag.Range{}, "the folder %q cannot be made", by.folder.Path)
	}
	e.Err = by
	return nil
}

// layer is a layer that is being made.
type layer struct {
	out, source *os.Root
	// below are the layers that it lies on, the topmost first.
	below []*os.Root
}

func openLayer(below int) (*layer, error) {
	l := &layer{}
	var errs [2]error
	l.out, errs[0] = os.OpenRoot(request.Out)
	l.source, errs[1] = os.OpenRoot(request.Source)
	if os.IsNotExist(errs[1]) { // folders alone need none
		errs[1] = nil
	}
	for i := below - 1; i >= 0; i-- {
		root, err := os.OpenRoot(filepath.Join(request.Base, strconv.Itoa(i)))
		if err != nil {
			return nil, err
		}
		l.below = append(l.below, root)
	}
	return l, errors.Join(errs[:]...)
}

// look gives what the image has at a path, whose folders are no links, and the target of a link; nil if there is nothing.
func (l *layer) look(name string) (info fs.FileInfo, link string, err error) {
	for _, root := range append([]*os.Root{l.out}, l.below...) {
		info, err := root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			continue
		}
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			link, err = root.Readlink(name)
		}
		return info, link, err
	}
	return nil, "", nil
}

// follow gives the path without links that name leads to in the image, whether there is something or not.
func (l *layer) follow(name string) (string, error) {
	at, links := ".", 0
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		component := rest[0]
		rest = rest[1:]
		switch component {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		at = path.Join(at, component)
		info, link, err := l.look(at)
		if err != nil {
			return "", err
		}
		if info == nil || info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		if links++; links > maxLinks {
			return "", unfit("the image has more than %d symbolic links on the way to %s", maxLinks, name)
		}
		if at = path.Dir(at); path.IsAbs(link) {
			at = "."
		}
		rest = append(strings.Split(link, "/"), rest...)
	}
	return at, nil
}

// addFolder makes a folder, which gets its owner only if the image does not have it.
func (l *layer) addFolder(f request.Folder) error {
	real, err := l.follow(f.Path)
	if err != nil {
		return err
	}
	return l.folder(real, f.UID, f.GID)
}

// folder puts a folder into the layer as the image has it, or else a new one. The folders above a new one are root's.
func (l *layer) folder(name string, uid, gid int) error {
	if name == "." {
		return nil // no layer has an entry for the root
	}
	if err := nameable(path.Base(name)); err != nil {
		return err
	}
	if err := l.folder(path.Dir(name), 0, 0); err != nil {
		return err
	}
	info, _, err := l.look(name)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o755)
	if info != nil {
		if !info.IsDir() {
			return unfit("the image has a file at /%s, not a folder", name)
		}
		mode = info.Mode()
		uid, gid = ownerOf(info)
	}
	if err := l.out.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// A change of the owner takes bits of the mode away.
	return cmp.Or(l.out.Lchown(name, uid, gid), l.out.Chmod(name, mode))
}

// add copies a file, or the content of a folder.
func (l *layer) add(c request.Copy) error {
	info, err := l.source.Lstat(c.From)
	if err != nil {
		return err
	}
	to, err := l.follow(c.To)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return l.addTree(c.From, to)
	}
	at, _, err := l.look(to)
	switch {
	case err != nil:
		return err
	case strings.HasSuffix(c.To, "/") || at != nil && at.IsDir():
		return l.addFile(info, c.From, to, path.Base(c.From))
	}
	dir, err := l.follow(path.Dir(c.To))
	if err != nil {
		return err
	}
	return l.addFile(info, c.From, dir, path.Base(c.To))
}

// addTree copies what is in a folder of the source into the folder to, whose path has no links.
func (l *layer) addTree(from, to string) error {
	if err := l.folder(to, 0, 0); err != nil {
		return err
	}
	entries, err := fs.ReadDir(l.source.FS(), from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(from, e.Name())
		info, err := l.source.Lstat(name)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			if err := l.addFile(info, name, to, e.Name()); err != nil {
				return err
			}
			continue
		}
		below, err := l.follow(path.Join(to, e.Name()))
		if err != nil {
			return err
		}
		if err := l.addTree(name, below); err != nil {
			return err
		}
	}
	return nil
}

// addFile copies a file or a link to a name in the folder dir, whose path has no links. It replaces a file, and a link too: to write
// to where a link leads would change another file.
func (l *layer) addFile(info fs.FileInfo, from, dir, name string) error {
	if err := cmp.Or(nameable(name), l.folder(dir, 0, 0)); err != nil {
		return err
	}
	to := path.Join(dir, name)
	if err := l.replaceable(to, info); err != nil {
		return err
	}
	if err := l.out.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		link, err := l.source.Readlink(from)
		if err != nil {
			return err
		}
		return cmp.Or(l.out.Symlink(link, to), l.out.Lchown(to, 0, 0))
	case info.Mode().IsRegular():
		return l.write(from, to, info.Mode())
	}
	return unfit("%s is neither a file, a folder nor a link but of mode %v", from, info.Mode())
}

// nameable refuses a name that is no name in a layer but an order: who unpacks the image would remove what the layers below have there.
func nameable(name string) error {
	if strings.HasPrefix(name, whiteout) {
		return unfit("an image cannot hold %q: the name of a file or folder that starts with %s deletes another one in it", name, whiteout)
	}
	return nil
}

// replaceable says why a file or link cannot go to a path: folders stay, also those that a link leads to.
func (l *layer) replaceable(to string, by fs.FileInfo) error {
	at, _, err := l.look(to)
	if err != nil || at == nil {
		return err
	}
	if at.Mode()&fs.ModeSymlink != 0 && by.Mode()&fs.ModeSymlink == 0 {
		real, err := l.follow(to)
		if err != nil {
			return nil // it leads nowhere
		}
		if at, _, err = l.look(real); err != nil || at == nil {
			return err
		}
	}
	if at.IsDir() {
		return unfit("the image has a folder at /%s", to)
	}
	return nil
}

// write copies a file. Everybody can read it, and run it if anybody can.
func (l *layer) write(from, to string, mode fs.FileMode) error {
	perm := fs.FileMode(0o644)
	if mode&0o111 != 0 {
		perm = 0o755
	}
	in, err := l.source.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := l.out.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(perm), out.Close())
}
