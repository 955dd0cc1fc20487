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
	l, err := openLayer(req)
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
	out *os.Root
	// sources are the folder of the build context, nil if there is none, and those of others.
	sources []*os.Root
	// below are the layers that it lies on, the topmost first.
	below []*os.Root
}

func openLayer(req request.Files) (*layer, error) {
	l := &layer{}
	var errs [2]error
	l.out, errs[0] = os.OpenRoot(request.Out)
	source, err := os.OpenRoot(request.Source)
	if !os.IsNotExist(err) { // folders alone need none
		errs[1] = err
	}
	l.sources = []*os.Root{source}
	for _, c := range req.Copies {
		for len(l.sources) <= c.Context {
			root, err := os.OpenRoot(filepath.Join(request.Contexts, strconv.Itoa(len(l.sources))))
			if err != nil {
				return nil, err
			}
			l.sources = append(l.sources, root)
		}
	}
	for i := req.Below - 1; i >= 0; i-- {
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
	return l.folder(real, rights{uid: f.UID, gid: f.GID})
}

// rights are those of what is new in the image.
type rights struct {
	uid, gid int
	// mode has the permissions of files; 0 leaves them to what the files are.
	mode fs.FileMode
}

// ofFolder lets who can read a folder enter it.
func (r rights) ofFolder() fs.FileMode {
	if r.mode == 0 {
		return 0o755
	}
	return r.mode | r.mode&0o444>>2
}

// ofFile lets everybody read a file, and run it if anybody can.
func (r rights) ofFile(mode fs.FileMode) fs.FileMode {
	switch {
	case r.mode != 0:
		return r.mode
	case mode&0o111 != 0:
		return 0o755
	}
	return 0o644
}

// folder puts a folder into the layer as the image has it, or else a new one. The folders above a new one are root's.
func (l *layer) folder(name string, r rights) error {
	if name == "." {
		return nil // no layer has an entry for the root
	}
	if err := nameable(path.Base(name)); err != nil {
		return err
	}
	if err := l.folder(path.Dir(name), rights{}); err != nil {
		return err
	}
	info, _, err := l.look(name)
	if err != nil {
		return err
	}
	mode, uid, gid := r.ofFolder(), r.uid, r.gid
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

// copying is one copy into the layer.
type copying struct {
	*layer
	source *os.Root
	rights rights
}

// add copies a file, or the content of a folder; of a pattern, whatever it matches, by its name.
func (l *layer) add(c request.Copy) error {
	one := copying{layer: l, source: l.sources[c.Context], rights: rights{c.UID, c.GID, fs.FileMode(c.Mode)}}
	if !c.Pattern {
		return one.add(c.From, c.To)
	}
	names, err := fs.Glob(one.source.FS(), c.From)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return unfit("nothing matches %q", c.From)
	}
	for _, name := range names {
		to := c.To
		if info, err := one.source.Lstat(name); err == nil && info.IsDir() {
			to = path.Join(to, path.Base(name)) + "/"
		}
		if err := one.add(name, to); err != nil {
			return err
		}
	}
	return nil
}

func (l copying) add(name, dest string) error {
	info, err := l.source.Lstat(name)
	if err != nil {
		return err
	}
	to, err := l.follow(dest)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return l.addTree(name, to)
	}
	at, _, err := l.look(to)
	switch {
	case err != nil:
		return err
	case strings.HasSuffix(dest, "/") || at != nil && at.IsDir():
		return l.addFile(info, name, to, path.Base(name))
	}
	dir, err := l.follow(path.Dir(dest))
	if err != nil {
		return err
	}
	return l.addFile(info, name, dir, path.Base(dest))
}

// addTree copies what is in a folder of the source into the folder to, whose path has no links.
func (l copying) addTree(from, to string) error {
	if err := l.folder(to, l.rights); err != nil {
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
func (l copying) addFile(info fs.FileInfo, from, dir, name string) error {
	if err := cmp.Or(nameable(name), l.folder(dir, rights{})); err != nil {
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
		return cmp.Or(l.out.Symlink(link, to), l.out.Lchown(to, l.rights.uid, l.rights.gid))
	case info.Mode().IsRegular():
		return l.write(from, to, l.rights.ofFile(info.Mode()))
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

// write copies a file.
func (l copying) write(from, to string, perm fs.FileMode) error {
	in, err := l.source.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := l.out.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chown(l.rights.uid, l.rights.gid), out.Chmod(perm), out.Close())
}
