package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/modship-build/modship/internal/target"
)

// archive packs the commands for a platform and the documents, all below one folder.
func (r *release) archive(platform target.Target, docs []file) error {
	var all []file
	for _, command := range commands {
		data, err := os.ReadFile(filepath.Join(r.built, "binaries", command, fileName(command, platform)+platform.Suffix()))
		if err != nil {
			return err
		}
		all = append(all, file{name: command + platform.Suffix(), data: data, exec: true})
	}
	folder := r.name("modship", platform, "")
	pack, name := writeTar, folder+".tar.gz"
	if platform.OS == "windows" {
		pack, name = writeZip, folder+".zip"
	}
	out, err := os.Create(filepath.Join(r.out, name))
	if err != nil {
		return err
	}
	return errors.Join(pack(out, folder, append(all, docs...), r.created), out.Close())
}

func (f file) mode() fs.FileMode {
	if f.exec {
		return 0o755
	}
	return 0o644
}

// writeTar has no owner and no time but one.
func writeTar(to io.Writer, folder string, files []file, at time.Time) error {
	zipped, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(zipped)
	for _, f := range files {
		err := w.WriteHeader(&tar.Header{Name: path.Join(folder, f.name), Mode: int64(f.mode()), Size: int64(len(f.data)), ModTime: at, Format: tar.FormatUSTAR})
		if err == nil {
			_, err = w.Write(f.data)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), zipped.Close())
}

func writeZip(to io.Writer, folder string, files []file, at time.Time) error {
	w := zip.NewWriter(to)
	for _, f := range files {
		h := &zip.FileHeader{Name: path.Join(folder, f.name), Method: zip.Deflate, Modified: at.UTC()}
		h.SetMode(f.mode())
		in, err := w.CreateHeader(h)
		if err == nil {
			_, err = in.Write(f.data)
		}
		if err != nil {
			return err
		}
	}
	return w.Close()
}
