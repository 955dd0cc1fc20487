package ociread

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

const (
	// maxMembers limits the members of an archive, and maxMemberNames the bytes of their names.
	maxMembers, maxMemberNames = 200_000, 32 << 20
	// maxMemberLinks limits links between members; docker save wrote one for a layer that two images share.
	maxMemberLinks = 8
)

// openArchive lists the members of a tar file once, and reads them where they are.
func openArchive(loc location) (store, error) {
	f, err := os.Open(loc.path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notImage("not a regular file")
	}
	var members *archive
	if err == nil {
		members, err = listArchive(f, info.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	members.closer = f
	if _, err := members.find("index.json"); err != nil && loc.format == dockerArchive {
		return &dockerStore{files: members, loc: loc}, nil
	}
	layout := &layoutStore{members, loc}
	if _, err := members.find("manifest.json"); err == nil {
		return &savedLayout{layout, members}, nil
	}
	return layout, nil
}

// archive has the members of a tar file by their names.
type archive struct {
	at      io.ReaderAt
	closer  io.Closer
	members map[string]member
}

// member is a regular file or a link to one.
type member struct {
	offset, bytes int64
	link          string
}

func listArchive(at io.ReaderAt, size int64) (*archive, error) {
	section := io.NewSectionReader(at, 0, size)
	if c, err := sniff(section); err == nil && c != "" {
		return nil, notImage("compressed with %s: unpack that first", c)
	}
	a := &archive{at: at, members: map[string]member{}}
	names := 0
	for r := tar.NewReader(section); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return nil, fmt.Errorf("%w: not a tar archive, or cut off: %w", ErrNotImage, err)
		}
		names += len(h.Name) + len(h.Linkname)
		if len(a.members) >= maxMembers || names > maxMemberNames {
			return nil, tooLarge("an archive of more than %d files", len(a.members))
		}
		offset, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if err := a.add(h, offset); err != nil {
			return nil, err
		}
	}
}

func (a *archive) add(h *tar.Header, offset int64) error {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	_, twice := a.members[name]
	root := name == "index.json" || name == "manifest.json"
	if twice && root {
		return broken("the archive has %s twice, so that readers differ in what it means", name)
	}
	switch h.Typeflag {
	case tar.TypeReg:
		a.members[name] = member{offset: offset, bytes: h.Size}
	case tar.TypeLink:
		a.members[name] = member{link: path.Clean("/" + h.Linkname)}
	case tar.TypeSymlink:
		a.members[name] = member{link: path.Join("/", path.Dir(name), h.Linkname)}
	default:
		if root {
			return broken("the archive has %s as an entry of type %q, which readers differ in", name, h.Typeflag)
		}
	}
	return nil
}

func (a *archive) find(name string) (member, error) {
	for range maxMemberLinks {
		m, ok := a.members[name]
		if !ok {
			break
		}
		if m.link == "" {
			return m, nil
		}
		name = strings.TrimPrefix(m.link, "/")
	}
	return member{}, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

type memberFile struct{ *io.SectionReader }

func (memberFile) Close() error  { return nil }
func (f memberFile) size() int64 { return f.Size() }

func (a *archive) open(name string) (file, error) {
	m, err := a.find(path.Clean(name))
	if err != nil {
		return nil, err
	}
	return memberFile{io.NewSectionReader(a.at, m.offset, m.bytes)}, nil
}

func (a *archive) close() error { return a.closer.Close() }
