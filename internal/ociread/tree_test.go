package ociread

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// fsOf lays layers in the short form of entries over each other.
func fsOf(t testing.TB, layers ...string) (*FS, error) {
	t.Helper()
	var made []madeLayer
	for i, l := range layers {
		made = append(made, newLayer(t, []Compression{Gzip, "", Zstd}[i%3], entries(t, l)))
	}
	s := mustOpen(t, "oci:"+layoutOf(t, imageOf(t, "linux/amd64", made...)))
	img, err := s.Image(t.Context(), s.Root())
	if err != nil {
		t.Fatal(err)
	}
	return img.FS(t.Context(), FSOptions{})
}

// listing shows a file system in the short form.
func listing(t testing.TB, fsys *FS) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case d.IsDir():
			fmt.Fprintf(&b, "%s/\n", name)
		case d.Type() == fs.ModeSymlink:
			link, err := fsys.ReadLink(name)
			fmt.Fprintf(&b, "%s->%s\n", name, link)
			return err
		default:
			text, err := fs.ReadFile(fsys, name)
			fmt.Fprintf(&b, "%s=%s\n", name, text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTree(t *testing.T) {
	for _, test := range []struct {
		name   string
		layers []string
		want   string
	}{
		{"file replaced", []string{"a=1\n b=2", "a=3"}, "a=3\nb=2\n"},
		{"parents made", []string{"a/b/c=1"}, "a/\na/b/\na/b/c=1\n"},
		{"folder kept", []string{"d/\n d/a=1", "d/\n d/b=2"}, "d/\nd/a=1\nd/b=2\n"},
		{"folder replaced by file", []string{"d/a=1", "d=2"}, "d=2\n"},
		{"file replaced by folder", []string{"d=2", "d/\n d/a=1"}, "d/\nd/a=1\n"},
		{"link to folder replaced by folder", []string{"e/a=1\n d->e", "d/\n d/b=1"}, "d/\nd/b=1\ne/\ne/a=1\n"},
		{"whiteout", []string{"d/a=1\n d/b=2", "d/.wh.a"}, "d/\nd/b=2\n"},
		{"whiteout of a folder", []string{"d/a=1\n e=1", ".wh.d"}, "e=1\n"},
		{"whiteout of nothing", []string{"a=1", ".wh.b\n x/.wh.y"}, "a=1\nx/\n"},
		{"whiteout does not hide its own layer", []string{"a=1\n d/x=1", "a=2\n .wh.a\n d/y=1\n .wh.d"}, "a=2\nd/\nd/y=1\n"},
		{"whiteout in the only layer", []string{"a=1\n .wh.a"}, "a=1\n"},
		{"opaque", []string{"d/a=1\n d/e/b=2", "d/c=3\n d/e/\n d/.wh..wh..opq"}, "d/\nd/c=3\nd/e/\n"},
		{"opaque first", []string{"d/a=1", "d/\n d/.wh..wh..opq\n d/c=3"}, "d/\nd/c=3\n"},
		{"opaque twice", []string{"a=1", "b=2\n .wh..wh..opq", "c=3\n .wh..wh..opq"}, "c=3\n"},
		{"data of aufs", []string{"a=1", ".wh..wh.plnk/x=1\n .wh..wh.aufs"}, ".wh..wh.plnk/\n.wh..wh.plnk/x=1\na=1\n"},
		{"whiteouts that name no file", []string{"a=1", ".wh.\n .wh..\n .wh..."}, "a=1\n"},
		{"through a link", []string{"usr/lib/a=1\n lib->usr/lib", "lib/b=2\n lib/.wh.a"}, "lib->usr/lib\nusr/\nusr/lib/\nusr/lib/b=2\n"},
		{"through an absolute link", []string{"x/y/\n l->/x/y", "l/a=1"}, "l->/x/y\nx/\nx/y/\nx/y/a=1\n"},
		{"through a link to nothing", []string{"l->there", "l/a=1"}, "l->there\nthere/\nthere/a=1\n"},
		{"out of the root", []string{"../../a=1\n l->../../../x\n l/b=2\n /c=3\n ./d=4"}, "a=1\nc=3\nd=4\nl->../../../x\nx/\nx/b=2\n"},
		{"hard link", []string{"a=1\n b=>a"}, "a=1\nb=1\n"},
		{"hard link into a lower layer", []string{"a=1", "d/b=>a"}, "a=1\nd/\nd/b=1\n"},
		{"hard link outlives its first name", []string{"a=1\n b=>a", ".wh.a"}, "b=1\n"},
		{"hard link and a new first name", []string{"a=1\n b=>a", "a=2"}, "a=2\nb=1\n"},
		{"hard link to itself", []string{"a=1\n a=>a"}, "a=1\n"},
		{"hard link through a link", []string{"usr/a=1\n l->usr", "b=>l/a"}, "b=1\nl->usr\nusr/\nusr/a=1\n"},
		{"twice in a layer", []string{"a=1\n a=2"}, "a=2\n"},
		{"root", []string{"./\n a=1"}, "a=1\n"},
		{"empty layer", []string{"a=1", ""}, "a=1\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fsys, err := fsOf(t, test.layers...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, listing(t, fsys)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTreeRefuses(t *testing.T) {
	for _, test := range []struct {
		layer, want string
		kind        error
	}{
		{"a=1\n a/b=2", "below a file", ErrBroken},
		{"l->l\n l/a=1", "more than 40 links", ErrBroken},
		{"l->m\n m->l\n l/a=1", "more than 40 links", ErrBroken},
		{"b=>a", "not there", ErrBroken},
		{"d/\n b=>d", "a folder", ErrBroken},
		{strings.Repeat("d/", 2100) + "a=1", "bytes", ErrTooLarge},
		{strings.Repeat("d/", 2000) + "\n l->" + strings.Repeat("d/", 2000) + "\nl/" + strings.Repeat("d/", 100) + "a=1", "deep", ErrTooLarge},
	} {
		_, err := fsOf(t, test.layer)
		checkError(t, err, test.kind, test.want)
	}
}

// TestFS holds the file system against what package fs asks of one, and looks at attributes.
func TestFS(t *testing.T) {
	fsys, err := fsOf(t, "d/\n d/a=one\n d/b=>d/a\n big="+strings.Repeat("x", 100_000)+"\n empty=", "d/l->a\n abs->/d/a\n up->../../d", "d/c=three")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(fsys, "d/a", "d/b", "d/c", "big", "empty"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"d/l": "one", "abs": "one", "up/c": "three", "up/l": "one"} {
		if got, err := fs.ReadFile(fsys, name); string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"none", "d/a/b", "d/a/..", "/d", "../d", ""} {
		if _, err := fsys.Open(name); err == nil {
			t.Errorf("%s opened", name)
		}
	}
	one, _ := fsys.Stat("d/a")
	two, _ := fsys.Stat("d/b")
	stat := one.Sys().(*Stat)
	if stat != two.Sys().(*Stat) || stat.Links != 2 || stat.Layer != 0 || stat.Entry != 1 || one.Size() != 3 {
		t.Errorf("%+v", stat)
	}
}

// TestLinkLoop ends where links lead round.
func TestLinkLoop(t *testing.T) {
	fsys, err := fsOf(t, "a->b\n b->a\n c->c/c")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "c", "a/x"} {
		if _, err := fsys.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAttributes keeps what a header says.
func TestAttributes(t *testing.T) {
	layer := tarOf(t, map[string]string{"a": "x"},
		&tar.Header{Name: "a", Typeflag: tar.TypeReg, Mode: 0o4711, Uid: 1 << 33, Gid: 7, PAXRecords: map[string]string{"SCHILY.xattr.user.x": "y"}},
		&tar.Header{Name: "null", Typeflag: tar.TypeChar, Mode: 0o666, Devmajor: 1, Devminor: 3},
		&tar.Header{Name: "fifo", Typeflag: tar.TypeFifo})
	s := mustOpen(t, "oci:"+layoutOf(t, imageOf(t, "linux/amd64", newLayer(t, Gzip, layer))))
	fsys, err := images(t, s)[0].FS(t.Context(), FSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := fsys.Lstat("a")
	if st := a.Sys().(*Stat); st.UID != 1<<33 || st.GID != 7 || st.Xattrs["user.x"] != "y" || a.Mode() != 0o711|fs.ModeSetuid {
		t.Errorf("%v %+v", a, st)
	}
	null, _ := fsys.Lstat("null")
	if st := null.Sys().(*Stat); st.Major != 1 || st.Minor != 3 || null.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("%v %+v", null, st)
	}
	if _, err := fsys.Open("fifo"); err == nil {
		t.Error("a pipe opened")
	}
}
