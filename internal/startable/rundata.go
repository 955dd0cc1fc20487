package startable

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// RunData is what libraries open when they run, beside what a loader finds.
type RunData struct {
	// Files are absolute paths in the sysroot, for [Closure].
	Files []string
	// Links are to be made in the image.
	Links []File
	// Missing says what a library will look for and not find, a sentence each.
	Missing []string
}

// runData is what is known of one library.
type runData struct {
	// library is its name up to ".so".
	library string
	// files are patterns of paths; "{lib}" is the folder of the library. A folder is taken with all that is in it.
	files []string
	// needs completes "library …" where the sysroot has none of the files; "" where it does without.
	needs string
	// more finds out the rest, and doc says what that is.
	doc  string
	more func(t *tree, library string, d *RunData) error
}

// knownRunData are the libraries of Debian that open files when they run. Settings of a machine, such as krb5.conf, are not among
// them; for what the C library itself opens see [libcData].
var knownRunData = []runData{
	{library: "libcrypto", files: []string{"{lib}/ossl-modules/*.so", "{lib}/engines-3/*.so", "{lib}/engines-1.1/*.so"},
		doc: "links from its own folder to the image's certificates", more: opensslCertificates},
	{library: "libc", doc: "before glibc 2.34 the modules files and dns of nsswitch.conf", more: nameService},
	{library: "libmagic", files: []string{"/usr/share/misc/magic.mgc"}, needs: "looks for magic.mgc: name libmagic-mgc"},
	{library: "libtinfo", files: []string{"/lib/terminfo", "/usr/share/terminfo"}, needs: "looks for descriptions of terminals: name ncurses-base"},
	{library: "libsasl2", files: []string{"{lib}/sasl2/*.so*"}, needs: "looks for its mechanisms: name libsasl2-modules"},
	{library: "libproj", files: []string{"/usr/share/proj"}, needs: "looks for proj.db: name proj-data"},
	{library: "libgdal", files: []string{"/usr/share/gdal"}, needs: "looks for its tables: name gdal-data"},
	{library: "libasound", files: []string{"/usr/share/alsa"}, needs: "looks for its configuration: name libasound2-data"},
	{library: "libxkbcommon", files: []string{"/usr/share/X11/xkb"}, needs: "looks for keyboards: name xkb-data"},
	{library: "libnss3", files: []string{
		"{lib}/libsoftokn3.*", "{lib}/libfreebl*3.*", "{lib}/libnssckbi.so", "{lib}/nss/*",
	}},
	{library: "libfontconfig", files: []string{"/etc/fonts", "/usr/share/fontconfig", "/usr/share/fonts"},
		needs: "looks for fonts and its settings: name fontconfig-config and a package of fonts"},
	{library: "libgdk_pixbuf-2", files: []string{"{lib}/gdk-pixbuf-2.0/*/loaders.cache", "{lib}/gdk-pixbuf-2.0/*/loaders/*.so"}},
	{library: "libvips", files: []string{"{lib}/vips-modules-*/*.so"}},
	{library: "libMagickCore-6", files: []string{"/etc/ImageMagick-6", "{lib}/ImageMagick-6*"}, needs: "looks for its coders and settings: name imagemagick-6-common"},
	{library: "libtesseract", files: []string{"/usr/share/tesseract-ocr"}, needs: "looks for data of languages: name tesseract-ocr-eng or another"},
	{library: "libodbc", files: []string{"/etc/odbcinst.ini"}, needs: "looks for /etc/odbcinst.ini and the drivers there: name the package of a driver"},
	{library: "libhunspell-1", files: []string{"/usr/share/hunspell"}, needs: "looks for dictionaries: name hunspell-en-us or another"},
	{library: "libGeoIP", files: []string{"/usr/share/GeoIP"}, needs: "looks for its database: name geoip-database"},
	{library: "libpython3", files: []string{"/usr/lib/python3*"}, needs: "looks for Python's library: name libpython3-stdlib"},
	{library: "libperl", files: []string{"{lib}/perl-base", "{lib}/perl", "/usr/share/perl"}, needs: "looks for Perl's modules: name perl-base"},
}

// KnownLibrary is what comes along with a library, for people.
type KnownLibrary struct {
	// Library is its name without a version, Files are patterns of paths, and Doc says what there is beside.
	Library string
	Files   []string
	Doc     string
	// Missing is what is said if a sysroot has none of the files, "" if nothing is.
	Missing string
}

// KnownLibraries lists the libraries of which [FindRunData] knows something.
func KnownLibraries() []KnownLibrary {
	var all []KnownLibrary
	for _, r := range knownRunData {
		all = append(all, KnownLibrary{Library: r.library, Files: r.files, Doc: r.doc, Missing: r.needs})
	}
	return all
}

// FindRunData looks up what the libraries among files open in a sysroot when they run, and what glibc opens for the program.
func FindRunData(sysroot fs.FS, program io.ReaderAt, files []File) (RunData, error) {
	var d RunData
	var err error
	if d.Missing, err = libcMissing(program, files); err != nil {
		return d, err
	}
	t := newTree(sysroot)
	for _, f := range files {
		if f.Link != "" || f.Dir {
			continue
		}
		for _, known := range knownRunData {
			if !known.is(path.Base(f.Path)) {
				continue
			}
			if err := known.find(t, f.Path, &d); err != nil {
				return d, fmt.Errorf("looking for what %s opens: %w", path.Base(f.Path), err)
			}
		}
	}
	slices.Sort(d.Files)
	d.Files = slices.Compact(d.Files)
	slices.Sort(d.Missing)
	d.Missing = slices.Compact(d.Missing)
	return d, nil
}

// is compares names up to a version: libpython3.11.so.1.0, libvips.so.42.
func (r runData) is(file string) bool {
	rest, ok := strings.CutPrefix(file, r.library)
	name, _, isLibrary := strings.Cut(rest, ".so")
	return ok && isLibrary && strings.Trim(name, ".-0123456789Q") == ""
}

func (r runData) find(t *tree, library string, d *RunData) error {
	before := len(d.Files)
	for _, pattern := range r.files {
		names, err := t.glob(strings.ReplaceAll(pattern, "{lib}", path.Dir(library)))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := t.all(name, 0, &d.Files); err != nil {
				return err
			}
		}
	}
	if len(d.Files) == before && r.needs != "" {
		d.Missing = append(d.Missing, fmt.Sprintf("%s %s in cgo.packages.runtime", path.Base(library), r.needs))
	}
	if r.more == nil {
		return nil
	}
	return r.more(t, library, d)
}

// maxDataDepth and maxData limit a folder of data.
const maxDataDepth, maxData = 16, 20_000

// all adds a file, or the files below a folder. Links to folders are not followed below it.
func (t *tree) all(name string, depth int, to *[]string) error {
	p, err := t.find(name)
	if err != nil || !p.exists() {
		return err
	}
	if p.regular() {
		*to = append(*to, name)
		return nil
	}
	link := slices.ContainsFunc(p.links, func(l Link) bool { return path.Base(l.Path) == path.Base(name) })
	if !p.info.IsDir() || depth > maxDataDepth || depth > 0 && link {
		return nil
	}
	names, err := t.list(name)
	if err != nil {
		return err
	}
	for _, n := range names {
		if len(*to) > maxData {
			return errTooMuch
		}
		if err := t.all(name+"/"+n, depth+1, to); err != nil {
			return err
		}
	}
	return nil
}

// opensslDir is what `openssl version -d` prints.
var opensslDir = regexp.MustCompile(`OPENSSLDIR: "(/[^"\x00-\x20]+)"`)

// CertificateVariable names the bundle to OpenSSL in place of its own.
const CertificateVariable = "SSL_CERT_FILE"

// certificateBundle is where images on scratch have certificates.
const certificateBundle = "/etc/ssl/certs/ca-certificates.crt"

// opensslCertificates leads OpenSSL, which has a folder of its own for certificates, to those that the image has. The folder is
// compiled into the library, and in Debian the links are those of the command openssl.
func opensslCertificates(t *tree, library string, d *RunData) error {
	image, err := t.head(library, maxLoader)
	if err != nil {
		return err
	}
	found := opensslDir.FindSubmatch(image)
	if found == nil {
		d.Missing = append(d.Missing, fmt.Sprintf("%s does not say where it looks for certificates: set %s to %s in image.env",
			path.Base(library), CertificateVariable, certificateBundle))
		return nil
	}
	dir := path.Clean(string(found[1]))
	d.Links = append(d.Links, File{Path: dir + "/cert.pem", Link: certificateBundle}, File{Path: dir + "/certs", Link: path.Dir(certificateBundle)})
	return nil
}

// nameService takes the modules of /etc/nsswitch.conf, which are a part of the C library since 2.34.
func nameService(t *tree, library string, d *RunData) error {
	image, err := t.head(library, maxLoader)
	if err != nil || strings.Contains(string(image), "\x00GLIBC_2.34\x00") {
		return err
	}
	for _, module := range []string{"libnss_files.so.2", "libnss_dns.so.2"} {
		if err := t.all(path.Dir(library)+"/"+module, 0, &d.Files); err != nil {
			return err
		}
	}
	return nil
}
