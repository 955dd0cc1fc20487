package startable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

const (
	// maxLinks is the kernel's MAXSYMLINKS.
	maxLinks = 40
	// maxPath and maxName are the kernel's PATH_MAX and NAME_MAX.
	maxPath, maxName = 4096, 255
	// maxWhole limits a file that has to be read whole, in bytes.
	maxWhole = 64 << 20
	// maxSteps limits how many components of paths are followed in all, maxAsked how many of them the file system is asked for, each of
	// which may be a round trip.
	maxSteps, maxAsked = 1_000_000, 50_000
)

// errTooMuch stops a search that hostile files made large.
var errTooMuch = errors.New("too many paths to look at")

// tree follows paths below a root as a process of a user does whose root it is. Folders and links are asked for once.
type tree struct {
	fsys  fs.FS
	user  *User // nil is the superuser
	seen  map[string]entry
	steps int
}

// entry is what is at a path without links; info is nil if nothing is.
type entry struct {
	info fs.FileInfo
	link string
}

// place is where a path leads.
type place struct {
	// path is what was asked for, real its end without links, both absolute.
	path, real string
	links      []Link
	// passed are folders that only have to be there, because ".." follows them.
	passed []string
	// info is nil if the path leads nowhere: a file is missing, is no folder, or the links do not end.
	info fs.FileInfo
	// denied is the first folder that the user may not search; to the user, nothing is there then.
	denied *refused
}

func (p place) exists() bool  { return p.info != nil && p.denied == nil }
func (p place) regular() bool { return p.exists() && p.info.Mode().IsRegular() }

func newTree(fsys fs.FS) *tree { return &tree{fsys: fsys, seen: map[string]entry{}} }

// find follows name from the root. ".." is taken after the links before it, and ends at the root.
func (t *tree) find(name string) (place, error) {
	p := place{path: name}
	at := "."
	if len(name) > maxPath {
		return p, nil
	}
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		if t.steps++; t.steps > maxSteps {
			return p, errTooMuch
		}
		var component string
		component, rest = rest[0], rest[1:]
		switch component {
		case "", ".":
			continue
		}
		if err := t.search(at, &p); err != nil {
			return p, err
		}
		switch component {
		case "..":
			p.passed = append(p.passed, "/"+at)
			at = path.Dir(at)
			continue
		}
		at = path.Join(at, component)
		e, err := t.entry(at)
		if err != nil || e.info == nil {
			return p, err
		}
		if e.info.Mode()&fs.ModeSymlink == 0 {
			if !e.info.IsDir() && len(rest) > 0 {
				return p, nil
			}
			continue
		}
		p.links = append(p.links, Link{Path: "/" + at, Target: e.link})
		if len(p.links) > maxLinks || e.link == "" || len(e.link) > maxPath {
			return p, nil
		}
		if at = path.Dir(at); strings.HasPrefix(e.link, "/") {
			at = "."
		}
		rest = append(strings.Split(e.link, "/"), rest...)
	}
	e, err := t.entry(at)
	p.info, p.real = e.info, path.Join("/", at)
	return p, err
}

// search notes a folder that the user may not look into.
func (t *tree) search(folder string, p *place) error {
	if t.user == nil || p.denied != nil {
		return nil
	}
	e, err := t.entry(folder)
	if err == nil && e.info != nil && !t.user.may(execute, e.info) {
		p.denied = &refused{path.Join("/", folder), e.info}
	}
	return err
}

// entry asks for one path of the file system.
func (t *tree) entry(name string) (entry, error) {
	if e, ok := t.seen[name]; ok {
		return e, nil
	}
	if len(t.seen) >= maxAsked {
		return entry{}, errTooMuch
	}
	var e entry
	var err error
	if fs.ValidPath(name) && len(path.Base(name)) <= maxName && !strings.Contains(name, "\x00") {
		e, err = t.lstat(name)
	}
	if err != nil {
		return e, err
	}
	t.seen[name] = e
	return e, nil
}

func (t *tree) lstat(name string) (e entry, err error) {
	e.info, err = fs.Lstat(t.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, nil
	}
	if err == nil && e.info.Mode()&fs.ModeSymlink != 0 {
		e.link, err = fs.ReadLink(t.fsys, name)
	}
	return e, err
}

// open gives the content of a regular file. What it returns must be closed.
func (t *tree) open(p place) (content, error) {
	file, err := t.fsys.Open(strings.TrimPrefix(p.real, "/"))
	if err != nil {
		return content{}, err
	}
	if r, ok := file.(io.ReaderAt); ok {
		// Some give another error than io.EOF behind the end.
		return content{io.NewSectionReader(r, 0, p.info.Size()), file}, nil
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxWhole+1))
	if err == nil && len(raw) > maxWhole {
		err = fmt.Errorf("reading %s: more than %d bytes", p.real, maxWhole)
	}
	return content{bytes.NewReader(raw), io.NopCloser(nil)}, err
}

type content struct {
	io.ReaderAt
	io.Closer
}

// head gives the first bytes of a file, limit at most; nil if there is no such regular file.
func (t *tree) head(name string, limit int) ([]byte, error) {
	p, err := t.find(name)
	if err != nil || !p.regular() {
		return nil, err
	}
	file, err := t.open(p)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw := make([]byte, min(int64(limit), max(p.info.Size(), 0)))
	n, err := file.ReadAt(raw, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return raw[:n], err
}

// list gives the names in a folder, none if there is no such folder.
func (t *tree) list(name string) ([]string, error) {
	p, err := t.find(name)
	if err != nil || !p.exists() || !p.info.IsDir() {
		return nil, err
	}
	entries, err := fs.ReadDir(t.fsys, path.Join(".", p.real[1:]))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}
