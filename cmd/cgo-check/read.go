package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ociread"
	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/target"
)

// readFile looks at a program on this machine.
func readFile(name string) cgocheck.Program {
	p := cgocheck.Program{Path: name}
	file, err := os.Open(name)
	if err == nil {
		defer file.Close()
		err = look(&p, file)
	}
	if err != nil {
		p.Error = err.Error()
	}
	p.Finish()
	return p
}

// look reads the facts of an open program.
func look(p *cgocheck.Program, file fs.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	r, ok := file.(io.ReaderAt)
	if !ok || !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", p.Path)
	}
	hashed, err := binary.HashFile(p.Path, io.NewSectionReader(r, 0, info.Size()))
	if err != nil {
		return err
	}
	p.SHA1, p.SHA256, p.Size = hashed.SHA1, hashed.SHA256, info.Size()
	p.Facts, err = cgofacts.Read(r, info.Size())
	return err
}

// image adds the programs of an image to the report, platform by platform.
func (o *options) image(ctx context.Context, ref string, report *cgocheck.Report) error {
	source, err := o.source.Open(ctx, ref)
	if err != nil {
		return err
	}
	defer source.Close()
	found := false
	err = source.Images(ctx, nil, func(img *ociread.Image, err error) error {
		if err == nil && !o.platforms.Match(img.Platform()) {
			return nil
		}
		found = true
		if err == nil {
			return o.platform(ctx, img, report)
		}
		report.Programs = append(report.Programs, cgocheck.Program{Image: ref, Error: err.Error()})
		return ctx.Err()
	})
	if err == nil && !found {
		err = fmt.Errorf("%s has no image that is asked for", ref)
	}
	return imagetool.Unread(err)
}

// platform adds the programs of one platform's image. What cannot be read is in the report.
func (o *options) platform(ctx context.Context, img *ociread.Image, report *cgocheck.Report) error {
	about := cgocheck.Program{
		Image: img.Reference(), Platform: platforms.FormatAll(img.Platform()), Manifest: img.Manifest.Descriptor.Digest.String(),
		Created: img.Config.Created,
	}
	if img.Platform().OS != "linux" && img.Platform().OS != "" {
		about.Error = "programs of " + img.Platform().OS + " are not known"
		report.Programs = append(report.Programs, about)
		return nil
	}
	executables := map[string]bool{}
	fsys, err := img.FS(ctx, ociread.FSOptions{Keep: o.keep(img), Visit: visit(o.all, executables)})
	if err != nil {
		about.Error = err.Error()
		report.Programs = append(report.Programs, about)
		return ctx.Err()
	}
	names, err := o.programs(img, fsys, executables)
	if err != nil {
		about.Error = err.Error()
		report.Programs = append(report.Programs, about)
	}
	for _, name := range names {
		p := about
		p.Path = name
		if err := lookIn(&p, img, fsys); err != nil {
			p.Error = err.Error()
		}
		p.Finish()
		report.Programs = append(report.Programs, p)
	}
	return ctx.Err()
}

// keep says which programs and libraries will be read, as far as names tell.
func (o *options) keep(img *ociread.Image) func(string, int64) bool {
	wanted := append(slices.Clone(o.binaries), start(img))
	return func(name string, _ int64) bool {
		base := path.Base(name)
		program := o.all && (strings.Contains("/"+name, "bin/") || base == name)
		return program || strings.Contains(base, ".so") || slices.ContainsFunc(wanted, func(w string) bool { return path.Base(w) == base })
	}
}

// visit notes the files that begin like a program, if they are wanted.
func visit(all bool, executables map[string]bool) func(string, *ociread.Stat, int64, io.Reader) error {
	if !all {
		return nil
	}
	return func(name string, _ *ociread.Stat, _ int64, content io.Reader) error {
		head := make([]byte, 4)
		_, err := io.ReadFull(content, head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		name = strings.TrimPrefix(path.Clean("/"+name), "/")
		if bytes.Equal(head, []byte("\x7fELF")) {
			executables[name] = true
		} else {
			delete(executables, name) // of a lower layer
		}
		return nil
	}
}

// start is the program that an image starts, "" if it says none.
func start(img *ociread.Image) string {
	for _, args := range [][]string{img.Config.Config.Entrypoint, img.Config.Config.Cmd} {
		if len(args) > 0 {
			return args[0]
		}
	}
	return ""
}

// programs are those to look at, by their paths in the image.
func (o *options) programs(img *ociread.Image, fsys *ociread.FS, executables map[string]bool) ([]string, error) {
	if len(o.binaries) > 0 {
		return o.binaries, nil
	}
	if !o.all {
		if name := start(img); name != "" {
			return []string{name}, nil
		}
		return nil, errors.New("the image says no program that it starts: name one with --binary, or give --all")
	}
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !executables[name] {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Mode()&0o111 == 0 || strings.Contains(path.Base(name), ".so") {
			return err
		}
		names = append(names, "/"+name)
		return nil
	})
	return names, err
}

// lookIn looks at a program in an image: where links and scripts lead to, and whether it starts.
func lookIn(p *cgocheck.Program, img *ociread.Image, fsys *ociread.FS) error {
	to, err := target.FromOCI(img.Platform())
	if err != nil {
		return err
	}
	env := append([]string{"PATH=" + defaults.Path}, img.Config.Config.Env...)
	starts, err := startable.Check(fsys, p.Path, to, env...)
	if err != nil {
		return err
	}
	p.Libraries = cgocheck.NewLibraries(starts)
	if starts.Program == "" {
		return nil // the problems say why
	}
	p.Path = starts.Program
	file, err := fsys.Open(strings.TrimPrefix(starts.Program, "/"))
	if err != nil {
		return err
	}
	defer file.Close()
	return look(p, file)
}
