package imagefacts

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/ociread"
)

// Contents are what the files of an image for one platform say.
type Contents struct {
	FS *ociread.FS
	// Programs are its ELF files, executables and libraries, sorted by path.
	Programs []Program
	// User is whom it runs as, and Start what the start of its program takes.
	User  User
	Start Start
}

// Program is an ELF file.
type Program struct {
	// Path is absolute; of a file with several names, the first.
	Path string
	Mode fs.FileMode
	Size int64
	// Facts are nil if Err says why they cannot be read.
	Facts *binary.Facts
	Err   error

	at entry
}

// IsGo says that the program holds Go's build information.
func (p *Program) IsGo() bool { return p.Facts != nil && p.Facts.GoVersion != "" }

// ReadContents reads every layer of an image once. What is wrong with a file is in the facts; the error is one of reading the image.
func ReadContents(ctx context.Context, img *ociread.Image) (*Contents, error) {
	found := elfFiles{}
	files, err := img.FS(ctx, ociread.FSOptions{Visit: found.visit, Keep: startsWith})
	if err != nil {
		return nil, err
	}
	c := &Contents{FS: files}
	if c.Programs, err = found.named(files); err != nil {
		return nil, err
	}
	if c.User, err = readUser(img.Config.Config.User, files); err != nil {
		return nil, err
	}
	return c, c.start(img)
}

// startsWith says which files the start of a program reads: those that are small, in folders of programs, libraries and settings.
func startsWith(name string, size int64) bool {
	const small = 4 << 20
	dir, _, _ := strings.Cut(strings.TrimPrefix(name, "usr/"), "/")
	return size <= small && (dir == "etc" || strings.HasPrefix(dir, "lib") || !strings.Contains(name, "/"))
}

// maxBuffer is for the size of an ELF file that is read while the layers are; of larger ones pages are read later.
const maxBuffer = 48 << 20

// elfFiles are the ELF files of all layers by where they are, with their facts; a nil one is still to be read.
type elfFiles map[entry]*Program

type entry struct{ layer, number int }

// visit looks at a file while its layer is read.
func (found elfFiles) visit(_ string, stat *ociread.Stat, size int64, content io.Reader) error {
	r := bufio.NewReaderSize(content, 4096)
	if head, err := r.Peek(len(elf.ELFMAG)); err != nil || string(head) != elf.ELFMAG {
		return nil // an error of the layer comes again when the rest is read
	}
	at := entry{stat.Layer, stat.Entry}
	if size > maxBuffer {
		found[at] = nil
		return nil
	}
	all := make([]byte, size)
	if _, err := io.ReadFull(r, all); err != nil {
		return nil
	}
	found[at] = newProgram(bytes.NewReader(all))
	return nil
}

func newProgram(r io.ReaderAt) *Program {
	facts, err := binary.Read(r)
	if errors.Is(err, binary.ErrNoBuildInfo) {
		err = nil
	}
	return &Program{Facts: facts, Err: err}
}

// named gives the ELF files that the file system has, with their paths.
func (found elfFiles) named(files *ociread.FS) ([]Program, error) {
	programs := map[entry]Program{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*ociread.Stat)
		at := entry{stat.Layer, stat.Entry}
		program, ok := found[at]
		if _, known := programs[at]; !ok || known {
			return nil
		}
		if program == nil {
			if program, err = readProgram(files, name); err != nil {
				return err
			}
		}
		programs[at] = Program{Path: "/" + name, Mode: info.Mode(), Size: info.Size(), Facts: program.Facts, Err: program.Err, at: at}
		return nil
	})
	sorted := make([]Program, 0, len(programs))
	for _, p := range programs {
		sorted = append(sorted, p)
	}
	slices.SortFunc(sorted, func(a, b Program) int { return cmp.Compare(a.Path, b.Path) })
	return sorted, err
}

// readProgram reads an ELF file of the file system.
func readProgram(files *ociread.FS, name string) (*Program, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := f.(io.ReaderAt)
	p := newProgram(r)
	if p.Err != nil && !errors.Is(p.Err, binary.ErrMalformed) {
		return nil, fmt.Errorf("reading %s: %w", name, p.Err)
	}
	return p, nil
}
