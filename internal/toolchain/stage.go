package toolchain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stage is the place where a toolchain is put together before it becomes visible.
type stage struct {
	dest, work, root string
	// inside says that dest was there before, as a mount is: it cannot be replaced, so its content is moved into it.
	inside bool
}

func newStage(dest string) (*stage, error) {
	parent, inside := filepath.Dir(dest), false
	switch entries, err := os.ReadDir(dest); {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case len(entries) > 0:
		return nil, fmt.Errorf("the destination %s is not empty", dest)
	default:
		parent, inside = dest, true
	}
	work, err := os.MkdirTemp(parent, ".toolchain-*")
	if err != nil {
		return nil, err
	}
	st := &stage{dest: dest, work: work, root: filepath.Join(work, "root"), inside: inside}
	return st, nil
}

// reset empties the root.
func (st *stage) reset() error { return os.RemoveAll(st.root) }

func (st *stage) discard() error { return os.RemoveAll(st.work) }

// commit makes the root visible at the destination.
func (st *stage) commit() (err error) {
	if err := settleDirs(st.root); err != nil {
		return err
	}
	if !st.inside {
		return os.Rename(st.root, st.dest)
	}
	entries, err := os.ReadDir(st.root)
	if err != nil {
		return err
	}
	for i, e := range entries {
		target := filepath.Join(st.dest, e.Name())
		if err := os.Rename(filepath.Join(st.root, e.Name()), target); err != nil {
			for _, moved := range entries[:i] {
				err = errors.Join(err, os.RemoveAll(filepath.Join(st.dest, moved.Name())))
			}
			return err
		}
	}
	if err := st.discard(); err != nil {
		return err
	}
	return settle(st.dest, 0o755)
}
