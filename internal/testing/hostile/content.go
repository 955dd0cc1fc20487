package hostile

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
)

// tarTo writes an archive of what fn puts into it. A tar.Writer keeps its first error and gives it at the end.
func tarTo(w io.Writer, fn func(*tar.Writer)) error {
	t := tar.NewWriter(w)
	fn(t)
	return t.Close()
}

// tarred is an archive in memory.
func tarred(fn func(*tar.Writer)) []byte {
	var b bytes.Buffer
	if err := tarTo(&b, fn); err != nil {
		panic(err) // a mistake in this package
	}
	return b.Bytes()
}

func file(w *tar.Writer, name string, content []byte) {
	w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))})
	w.Write(content)
}

func link(w *tar.Writer, name, to string, kind byte) {
	w.WriteHeader(&tar.Header{Name: name, Linkname: to, Typeflag: kind, Mode: 0o777})
}

// leadOut has names and links that lead out of the root, to a file that every machine has.
func leadOut(w *tar.Writer) {
	file(w, "../../../../tmp/modship-was-here", []byte("x"))
	file(w, "/tmp/modship-was-here", []byte("x"))
	link(w, "etc/passwd", "../../../../../../etc/passwd", tar.TypeSymlink)
	link(w, "app", "../../../../../../../bin/true", tar.TypeSymlink)
	link(w, "out", "../../../../..", tar.TypeSymlink)
	file(w, "out/tmp/modship-was-here", []byte("x"))
}

func circles(w *tar.Writer) {
	link(w, "app", "b", tar.TypeSymlink)
	link(w, "b", "app", tar.TypeSymlink)
	link(w, "here", ".", tar.TypeSymlink)
	link(w, "etc", "etc/..", tar.TypeSymlink)
}

// claim is an archive whose only file says to be large and is not there.
func claim(size int64) []byte {
	var b bytes.Buffer
	tar.NewWriter(&b).WriteHeader(&tar.Header{Name: "app", Typeflag: tar.TypeReg, Mode: 0o755, Size: size})
	return b.Bytes()
}

const large = 1 << 30

// gigabyte is a program of half a GB, of which only the beginning is one, and ten other files.
func gigabyte(w io.Writer) error {
	piece := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{1}).Read(piece)
	return tarTo(w, func(w *tar.Writer) {
		for i := range 10 {
			w.WriteHeader(&tar.Header{Name: fmt.Sprintf("part%d", i), Typeflag: tar.TypeReg, Mode: 0o644, Size: large / 20 >> 20 << 20})
			for range large / 20 >> 20 {
				w.Write(piece)
			}
		}
		w.WriteHeader(&tar.Header{Name: "app", Typeflag: tar.TypeReg, Mode: 0o755, Size: large / 2})
		copy(piece, "\x7fELF\x02\x01\x01")
		for range large / 2 >> 20 {
			w.Write(piece)
		}
	})
}

func zeros(w io.Writer) error {
	piece := make([]byte, 1<<20)
	return tarTo(w, func(w *tar.Writer) {
		w.WriteHeader(&tar.Header{Name: "app", Typeflag: tar.TypeReg, Mode: 0o755, Size: large})
		for range large >> 20 {
			w.Write(piece)
		}
	})
}
