package startable

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestFindRunData: what a library opens when it runs comes along, or is said to be missing.
func TestFindRunData(t *testing.T) {
	const lib = "usr/lib/x86_64-linux-gnu/"
	for name, c := range map[string]struct {
		files   fstest.MapFS
		library string // below lib
		want    RunData
	}{
		"OpenSSL": {
			fstest.MapFS{lib + "libcrypto.so.3": text("\x7fELF\x00OPENSSLDIR: \"/usr/lib/ssl\"\x00"), lib + "ossl-modules/legacy.so": text(""), lib + "ossl-modules/README": text("")},
			"libcrypto.so.3",
			RunData{
				Files: []string{"/" + lib + "ossl-modules/legacy.so"},
				Links: []File{{Path: "/usr/lib/ssl/cert.pem", Link: certificateBundle}, {Path: "/usr/lib/ssl/certs", Link: "/etc/ssl/certs"}},
			},
		},
		"OpenSSL of another maker": {
			fstest.MapFS{lib + "libcrypto.so.1.1": text("OPENSSLDIR: \"/opt/ssl\"")}, "libcrypto.so.1.1",
			RunData{Links: []File{{Path: "/opt/ssl/cert.pem", Link: certificateBundle}, {Path: "/opt/ssl/certs", Link: "/etc/ssl/certs"}}},
		},
		"OpenSSL that does not tell": {
			fstest.MapFS{lib + "libcrypto.so.3": text("")}, "libcrypto.so.3",
			RunData{Missing: []string{"libcrypto.so.3 does not say where it looks for certificates: set SSL_CERT_FILE to /etc/ssl/certs/ca-certificates.crt in image.env"}},
		},
		"magic": {
			fstest.MapFS{lib + "libmagic.so.1.0.0": text(""), "usr/share/misc/magic.mgc": link("../../lib/file/magic.mgc"), "usr/lib/file/magic.mgc": text("")},
			"libmagic.so.1.0.0", RunData{Files: []string{"/usr/share/misc/magic.mgc"}},
		},
		"no magic": {
			fstest.MapFS{lib + "libmagic.so.1.0.0": text("")}, "libmagic.so.1.0.0",
			RunData{Missing: []string{"libmagic.so.1.0.0 looks for magic.mgc: name libmagic-mgc in cgo.packages.runtime"}},
		},
		"terminals": {
			fstest.MapFS{lib + "libtinfo.so.6.4": text(""), "lib": link("usr/lib"), "usr/lib/terminfo/x/xterm": text(""), "usr/lib/terminfo/v/vt100": text("")},
			"libtinfo.so.6.4", RunData{Files: []string{"/lib/terminfo/v/vt100", "/lib/terminfo/x/xterm"}},
		},
		"an old C library": {
			fstest.MapFS{lib + "libc-2.31.so": text("\x00GLIBC_2.30\x00"), lib + "libnss_files.so.2": link("libnss_files-2.31.so"), lib + "libnss_files-2.31.so": text(""),
				lib + "libnss_dns.so.2": text(""), lib + "libnss_nis.so.2": text("")},
			"libc-2.31.so", RunData{Files: []string{"/" + lib + "libnss_dns.so.2", "/" + lib + "libnss_files.so.2"}},
		},
		"a new C library": {
			fstest.MapFS{lib + "libc.so.6": text("\x00GLIBC_2.34\x00"), lib + "libnss_files.so.2": text("")}, "libc.so.6", RunData{},
		},
		"a name that only begins alike": {fstest.MapFS{lib + "libcrypto_utils.so.1": text(""), lib + "libmagic-extra.so.1": text("")}, "libmagic-extra.so.1", RunData{}},
		"a circle": {
			fstest.MapFS{lib + "libproj.so.25": text(""), "usr/share/proj/proj.db": text(""), "usr/share/proj/again": link(".")},
			"libproj.so.25", RunData{Files: []string{"/usr/share/proj/proj.db"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := FindRunData(c.files, bytes.NewReader(file("", "").Data), []File{{Path: "/" + lib + c.library}, {Path: "/lib/libmagic.so.1", Link: "x"}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRunDataNames: every row of the table is found by the names that its library has in Debian.
func TestRunDataNames(t *testing.T) {
	for file, library := range map[string]string{
		"libcrypto.so.3": "libcrypto", "libc.so.6": "libc", "libc-2.31.so": "libc", "libmagic.so.1.0.0": "libmagic", "libtinfo.so.6.4": "libtinfo",
		"libgdk_pixbuf-2.0.so.0.4200.10": "libgdk_pixbuf-2", "libMagickCore-6.Q16.so.6.0.0": "libMagickCore-6", "libhunspell-1.7.so.0.0.1": "libhunspell-1",
		"libpython3.11.so.1.0": "libpython3", "libnss3.so": "libnss3", "libperl.so.5.36.0": "libperl", "libcap.so.2": "", "libm.so.6": "", "libmagic": "",
		"libcrypt.so.1": "", "libodbcinst.so.2": "",
	} {
		var found []string
		for _, known := range knownRunData {
			if known.is(file) {
				found = append(found, known.library)
			}
		}
		if got := strings.Join(found, " "); got != library {
			t.Errorf("%s is %q, want %q", file, got, library)
		}
	}
}
