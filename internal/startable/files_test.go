package startable

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modship-build/modship/internal/testing/golden"
)

func TestReadConf(t *testing.T) {
	for _, test := range []struct {
		name, files string
		want        []string
	}{
		{"none", "", nil},
		{"debian", `
-- etc/ld.so.conf --
include /etc/ld.so.conf.d/*.conf

-- etc/ld.so.conf.d/x86_64-linux-gnu.conf --
# Multiarch support
/usr/local/lib/x86_64-linux-gnu
/lib/x86_64-linux-gnu
-- etc/ld.so.conf.d/libc.conf --
/usr/local/lib
-- etc/ld.so.conf.d/README --
/not/this
`, []string{"/usr/local/lib", "/usr/local/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"}},
		{"spelling", `
-- etc/ld.so.conf --
  /a//   # comment
/b/=libc6
/with space
relative
hwcap 1 nosegneg
#/c
/a
	include	more.conf  conf/*.x
/last
-- etc/more.conf --
/more
-- etc/conf/1.x --
/x1
`, []string{"/a", "/b", "/with space", "/more", "/x1", "/last"}},
		{"circle", `
-- etc/ld.so.conf --
/one
include ld.so.conf *.conf
-- etc/z.conf --
include ld.so.conf
/two
`, []string{"/one", "/two"}},
	} {
		got, err := readConf(newTree(golden.Parse(t, test.files).FS()))
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", test.name, err, diff)
		}
	}
}

// FuzzReadConf checks that a folder is absolute, named once, and read back from a file that holds only it.
func FuzzReadConf(f *testing.F) {
	f.Add("/usr/lib\n# x\n/opt/a=libc6\ninclude /etc/*.conf\nhwcap 0 x\n/usr/lib/\n")
	f.Add("/\r/")
	f.Fuzz(func(t *testing.T, conf string) {
		dirs, err := readConf(newTree(fstest.MapFS{"etc/ld.so.conf": text(conf)}))
		if err != nil {
			t.Fatal(err)
		}
		again, err := readConf(newTree(fstest.MapFS{"etc/ld.so.conf": text(strings.Join(dirs, "\n"))}))
		if diff := cmp.Diff(dirs, again); diff != "" || err != nil {
			t.Errorf("%v (-first +again)\n%s", err, diff)
		}
		seen := map[string]bool{}
		for _, dir := range dirs {
			if !strings.HasPrefix(dir, "/") || seen[dir] {
				t.Errorf("folder %q of %q", dir, dirs)
			}
			seen[dir] = true
		}
	})
}

func TestParsePathFile(t *testing.T) {
	for text, want := range map[string][]string{
		"":                           nil,
		"/lib\n/usr/lib\n":           {"/lib", "/usr/lib"},
		"/a:/b\n\n::/c":              {"/a", "/b", "/c"},
		"/with space\t:/b\x00:/gone": {"/with space\t", "/b"},
	} {
		if diff := cmp.Diff(want, parsePathFile(text), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// buildCache writes what ldconfig does for the entries; one whose path holds "hwcaps" is for certain processors.
func buildCache(order binary.ByteOrder, entries map[string][]string) []byte {
	var strings, table []byte
	count := uint32(0)
	total := 0
	for _, values := range entries {
		total += len(values)
	}
	put := func(s string) uint32 {
		at := cacheHeader + total*cacheEntry + len(strings)
		strings = append(append(strings, s...), 0)
		return uint32(at)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		for _, value := range entries[name] {
			entry := make([]byte, cacheEntry)
			order.PutUint32(entry, 0x303)
			order.PutUint32(entry[4:], put(name))
			order.PutUint32(entry[8:], put(value))
			if bytes.Contains([]byte(value), []byte("hwcaps")) {
				order.PutUint64(entry[16:], 1<<62)
			}
			table = append(table, entry...)
			count++
		}
	}
	header := make([]byte, cacheHeader)
	copy(header, cacheMagic)
	order.PutUint32(header[len(cacheMagic):], count)
	return slices.Concat(header, table, strings)
}

func TestParseCache(t *testing.T) {
	entries := map[string][]string{
		"liba.so.1": {"/opt/liba.so.1", "/usr/lib/liba.so.1"},
		"libb.so":   {"/usr/lib/glibc-hwcaps/x86-64-v3/libb.so", "/usr/lib/libb.so"},
		"libc.so.6": {"/lib/libc.so.6"},
	}
	want := maps.Clone(entries)
	want["libb.so"] = []string{"/usr/lib/libb.so"}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		raw := buildCache(order, entries)
		for _, before := range []string{"", "ld.so-1.7.0\x00old format\x00"} {
			if diff := cmp.Diff(want, parseCache(append([]byte(before), raw...), order)); diff != "" {
				t.Errorf("%v after %q (-want +got):\n%s", order, before, diff)
			}
		}
		if got := parseCache(raw[:cacheHeader+cacheEntry], order); len(got) > 0 {
			t.Errorf("%v, without strings: %v", order, got)
		}
	}
}

// FuzzParseCache checks that all that is found stands in the file, and that a whole entry is found in any file around it.
func FuzzParseCache(f *testing.F) {
	f.Add([]byte("ld.so-1.7.0"), "libx.so", "/lib/libx.so")
	f.Add(buildCache(binary.LittleEndian, map[string][]string{"liby.so": {"/y", "/z"}}), "liby.so", "/w")
	f.Fuzz(func(t *testing.T, raw []byte, name, value string) {
		for got, values := range parseCache(raw, binary.LittleEndian) {
			for _, v := range values {
				if !bytes.Contains(raw, []byte(got+"\x00")) || !bytes.Contains(raw, []byte(v+"\x00")) || v[0] != '/' {
					t.Errorf("%q: %q is not in the file", got, v)
				}
			}
		}
		value = "/" + value
		if name == "" || strings.Contains(name+value, "\x00") || strings.Contains(value, "hwcaps") || max(len(name), len(value)) >= maxPath {
			return
		}
		built := buildCache(binary.LittleEndian, map[string][]string{name: {value}})
		if diff := cmp.Diff(map[string][]string{name: {value}}, parseCache(append(built, raw...), binary.LittleEndian)); diff != "" {
			t.Errorf("(-written +read)\n%s", diff)
		}
	})
}

func TestSystemDirs(t *testing.T) {
	for name, test := range map[string]struct {
		loader string
		want   []string
	}{
		"debian": {"\x00/var/tmp\x00/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/\x00\x00/etc/ld.so.cache\x00",
			[]string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"}},
		"fedora":  {"\x01\x02/lib64/\x00/usr/lib64/\x00/proc/self/exe\x00", []string{"/lib64/", "/usr/lib64/"}},
		"nix":     {"x\x00/nix/store/abc-glibc-2.40/lib/\x00x", []string{"/nix/store/abc-glibc-2.40/lib/"}},
		"unknown": {"\x7fELF /lib/ /usr/lib\x00", []string{"/lib64/", "/usr/lib64/", "/lib/", "/usr/lib/"}},
	} {
		if diff := cmp.Diff(test.want, systemDirs([]byte(test.loader))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
