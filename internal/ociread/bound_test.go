package ociread

import (
	"archive/tar"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestTreeAtItsBound measures the tree of names when it is as large as it may be: of names, of attributes, and of folders.
func TestTreeAtItsBound(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	long := strings.Repeat("x", 90)
	for name, header := range map[string]func(i int) tar.Header{
		"names": func(i int) tar.Header {
			return tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("%d/%d%s", i/1000, i, long)}
		},
		"one folder": func(i int) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("%d", i)} },
		"folders":    func(i int) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("%d/a", i)} },
		"links": func(i int) tar.Header {
			return tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprint(i), Linkname: long + long}
		},
		"attributes": func(i int) tar.Header {
			return tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(i), PAXRecords: map[string]string{"SCHILY.xattr.user.a": fmt.Sprint(i), "SCHILY.xattr.user.b": "2"}}
		},
	} {
		tree := newTree(defaultLimits)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var err error
		n := 0
		for ; err == nil; n++ {
			h := header(n)
			_, _, err = tree.add(0, n, &h)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		held := (after.HeapAlloc - before.HeapAlloc) >> 20
		t.Logf("%s: %d entries, %d MiB, %v", name, n, held, err)
		if held > 150 {
			t.Errorf("%s: %d MiB", name, held)
		}
		runtime.KeepAlive(tree)
	}
}
