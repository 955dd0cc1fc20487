//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"path"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// netRaw is security.capability of a file with cap_net_raw, as setcap writes it.
const netRaw = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// baseLayout is what every base of these tests has, as the bases that people use have it: folders that are links, homes, folders of
// other users and modes, programs that run as somebody else, extended attributes.
var baseLayout = []tar.Header{
	{Name: "bin", Linkname: "usr/bin"},
	{Name: "lib", Linkname: "/usr/lib"},
	{Name: "lib64", Linkname: "usr/lib64"},
	{Name: "sbin", Linkname: "usr/sbin"},
	{Name: "etc/", Mode: 0o755},
	{Name: "etc/localtime", Linkname: "/usr/share/zoneinfo/Etc/UTC"},
	{Name: "home/", Mode: 0o755},
	{Name: "home/nonroot/", Mode: 0o700, Uid: 65532, Gid: 65532, PAXRecords: map[string]string{"SCHILY.xattr.user.of": "the base"}},
	{Name: "root/", Mode: 0o700},
	{Name: "run/", Mode: 0o755},
	{Name: "srv/", Mode: 0o750, Gid: 33},
	{Name: "tmp/", Mode: 0o1777},
	{Name: "usr/", Mode: 0o755},
	{Name: "usr/bin/", Mode: 0o755},
	{Name: "usr/bin/ping", Mode: 0o755, PAXRecords: map[string]string{"SCHILY.xattr.security.capability": netRaw}},
	{Name: "usr/bin/su", Mode: 0o4755},
	{Name: "usr/bin/wall", Mode: 0o2755, Gid: 5},
	{Name: "usr/lib/", Mode: 0o755},
	{Name: "usr/lib64/", Mode: 0o755},
	{Name: "usr/local/", Mode: 0o2775, Gid: 50},
	{Name: "usr/local/bin/", Mode: 0o2775, Gid: 50},
	{Name: "usr/sbin/", Mode: 0o755},
	{Name: "var/", Mode: 0o755},
	{Name: "var/run", Linkname: "/run"},
	{Name: "var/tmp/", Mode: 0o1777},
}

// newBase makes an image for linux/amd64 of one layer with [baseLayout] and files.
func newBase(c v1.Config, files ...imageFile) (v1.Image, error) {
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, h := range baseLayout {
		h.Typeflag, h.Format = tar.TypeReg, tar.FormatPAX
		switch {
		case h.Linkname != "":
			h.Typeflag, h.Mode = tar.TypeSymlink, 0o777
		case strings.HasSuffix(h.Name, "/"):
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: inLayout(f.name), Mode: f.mode, Size: int64(len(f.data))}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return imageOf(c, layer.Bytes())
}

// inLayout gives a name whose first folder is none of the links.
func inLayout(name string) string {
	first, rest, ok := strings.Cut(name, "/")
	if i := slices.IndexFunc(baseLayout, func(h tar.Header) bool { return h.Name == first && h.Linkname != "" }); ok && i >= 0 {
		return path.Join(strings.TrimPrefix(baseLayout[i].Linkname, "/"), rest)
	}
	return name
}

// keepsLayout holds what is added to a base against [baseLayout]: no entry replaces a link, and a folder is what it was.
func keepsLayout(t *testing.T, added []tar.Header) {
	t.Helper()
	for _, h := range added {
		for _, was := range baseLayout {
			if path.Clean(h.Name) != path.Clean(was.Name) || h.Name == "etc/localtime" {
				continue
			}
			if h.Typeflag != tar.TypeDir || was.Linkname != "" {
				t.Errorf("%s of the base is replaced by one of type %c", was.Name, h.Typeflag)
			}
			if h.Mode&0o7777 != was.Mode || h.Uid != was.Uid || h.Gid != was.Gid {
				t.Errorf("%s is of mode %o and %d:%d, in the base of %o and %d:%d", h.Name, h.Mode&0o7777, h.Uid, h.Gid, was.Mode, was.Uid, was.Gid)
			}
		}
	}
}
