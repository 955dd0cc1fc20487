package scan

import (
	"bytes"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gofiles"
)

const (
	// maxSource is the largest source file that is read, in bytes: of a file of imports alone the syntax tree takes some fifty times as much.
	maxSource = 16 << 20
	// headSize covers the imports of all but a few files, and is what go/build reads first.
	headSize = 4 << 10
)

// source is a file that go/build may look at. It is a [fs.FileInfo] that knows its name only: go/build asks for no more, and
// stat costs.
type source struct {
	// path is where the file is, which has no link in it.
	name, path string
	// links are those on the way to it from its name's folder; broken says why they lead nowhere.
	links  []string
	broken *diag.Error

	once sync.Once
	head []byte
	err  error
}

// readHead reads the beginning of the file, once.
func (s *source) readHead(t *tree) ([]byte, error) {
	s.once.Do(func() {
		if s.broken != nil {
			s.err = s.broken
			return
		}
		var f fs.File
		if f, s.err = t.links.Open(s.path); s.err != nil {
			return
		}
		defer f.Close()
		head := make([]byte, headSize)
		n, err := io.ReadFull(f, head)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = nil
		}
		s.head, s.err = bytes.Clone(head[:n]), err
	})
	return s.head, s.err
}

// isPointer says that Git LFS has not fetched the content.
func (s *source) isPointer(t *tree) bool {
	head, err := s.readHead(t)
	return err == nil && gofiles.IsLFSPointer(head)
}

// short says that the head is all there is.
func (s *source) short() bool { return len(s.head) < headSize }

func (s *source) Name() string       { return s.name }
func (s *source) Size() int64        { return 0 }
func (s *source) Mode() fs.FileMode  { return 0 }
func (s *source) ModTime() time.Time { return time.Time{} }
func (s *source) IsDir() bool        { return false }
func (s *source) Sys() any           { return nil }
