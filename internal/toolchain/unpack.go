package toolchain

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/modfetch"
)

// ModTime is the modification time of every file and directory of a fetched toolchain, in seconds since 1970. It may be
// the same for all of them although cmd/go indexes packages by name, size and time (golang/go#69179): the index of a
// GOROOT's packages is keyed by the Go version too.
const ModTime int64 = 0

// unpack writes what builds need of a toolchain's zip to root, and returns the h1: sum of the whole zip. Hash and files
// come from one pass over the content, so that what is written is what is verified.
func unpack(ctx context.Context, zipName string, m module.Version, allSystems bool, root string) (sum string, err error) {
	z, err := modfetch.OpenModule(m, zipName) // no file outside of root, none twice, sizes bounded
	if err != nil {
		return "", err
	}
	defer z.Close()
	u := newUnpacker(ctx, z.Reader, m.String()+"/", allSystems, root)
	sum, err = dirhash.Hash1(u.names, u.open)
	return sum, errors.Join(err, u.err)
}

type unpacker struct {
	ctx    context.Context // of one call of unpack; dirhash has no room for it
	prefix string
	root   string
	names  []string
	files  map[string]*zip.File
	keeps  func(name string) bool
	// err is the first error of closing a file, which dirhash passes over.
	err error
}

func newUnpacker(ctx context.Context, z *zip.Reader, prefix string, allSystems bool, root string) *unpacker {
	u := &unpacker{ctx: ctx, prefix: prefix, root: root, files: map[string]*zip.File{}}
	var inside []string
	for _, f := range z.File {
		u.names = append(u.names, f.Name)
		u.files[f.Name] = f
		inside = append(inside, strings.TrimPrefix(f.Name, prefix))
	}
	u.keeps = Keeps(inside, allSystems)
	return u
}

// open returns a reader of one file of the zip that also writes the file to its place, if it is kept.
func (u *unpacker) open(name string) (io.ReadCloser, error) {
	if err := u.ctx.Err(); err != nil {
		return nil, err
	}
	r, err := u.files[name].Open()
	if err != nil {
		return nil, err
	}
	inside := strings.TrimPrefix(name, u.prefix)
	if inside == "" || strings.HasSuffix(inside, "/") || !u.keeps(inside) {
		return r, nil
	}
	target := filepath.Join(u.root, filepath.FromSlash(inGOROOT(inside)))
	w, err := create(target)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return &copying{Reader: io.TeeReader(r, w), close: func() error {
		err := errors.Join(r.Close(), w.Close(), settle(target, modeOf(inside)))
		u.err = errors.Join(u.err, err)
		return err
	}}, nil
}

type copying struct {
	io.Reader
	close func() error
}

func (c *copying) Close() error { return c.close() }

func create(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// settle sets mode and time, whatever the umask is.
func settle(name string, mode fs.FileMode) error {
	if err := os.Chmod(name, mode); err != nil {
		return err
	}
	t := time.Unix(ModTime, 0)
	return os.Chtimes(name, t, t)
}

// settleDirs settles root and every directory below it, after the last file was written.
func settleDirs(root string) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return settle(name, 0o755)
	})
}
