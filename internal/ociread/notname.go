package ociread

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/modship-build/modship/internal/diag"
)

// foreign are forms of references that other tools have and this package does not, with what to do about them.
var foreign = []struct{ prefix, help string }{
	{"docker://", "write the name of the image alone"},
	{"docker-daemon:", "run docker save -o app.tar NAME, and read docker-archive:app.tar"},
	{"containers-storage:", "run podman save -o app.tar NAME, and read docker-archive:app.tar"},
	{"ocidir://", "write oci: and the folder"},
	{"http://", "write the name of the image alone; --insecure allows plain HTTP"},
	{"https://", "write the name of the image alone"},
}

// checkName refuses what is written like the name of an image and most likely meant as something else: a file or a folder of this machine, or
// a form that is misspelled or another tool's. Docker Hub is not asked for it.
func checkName(ref string) error {
	for _, f := range foreign {
		if strings.HasPrefix(ref, f.prefix) {
			return reference("this form is another tool's; %s", f.help)
		}
	}
	if prefix, rest, ok := strings.Cut(ref, ":"); ok && !strings.Contains(prefix, "/") {
		formats := []string{string(layoutFolder), string(layoutArchive), string(dockerArchive)}
		if near := diag.Suggest(prefix, formats); near != "" && (len(prefix) > len(layoutFolder)+maxTypos || exists(rest)) {
			return reference("there is no form %s:; %s", prefix, near)
		}
	}
	if namesRegistry(ref) {
		return nil
	}
	if info, err := os.Stat(ref); err == nil {
		return reference("this is a %s of this machine: write %s for it%s", kindOf(info), fileForm(ref, info), orName(ref))
	}
	if filepath.IsAbs(ref) || strings.HasPrefix(ref, "./") || strings.HasPrefix(ref, "../") || strings.HasPrefix(ref, "~") || archiveName(ref) {
		return reference("this is the path of a file that is not there; for one that is, write oci:, oci-archive: or docker-archive: before it")
	}
	return nil
}

// maxTypos is by how many letters a misspelled form may differ.
const maxTypos = 2

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func kindOf(info os.FileInfo) string {
	if info.IsDir() {
		return "folder"
	}
	return "file"
}

// namesRegistry tells whether a name begins with that of a registry, as docker does.
func namesRegistry(ref string) bool {
	host, _, ok := strings.Cut(ref, "/")
	return ok && (host == "localhost" || !strings.HasPrefix(host, ".") && strings.ContainsAny(host, ".:"))
}

// archiveName tells whether a name without a tag is that of an archive.
func archiveName(ref string) bool {
	return !strings.Contains(ref, ":") && slices.ContainsFunc([]string{".tar", ".tar.gz", ".tgz", ".tar.zst"}, func(end string) bool { return strings.HasSuffix(ref, end) })
}

// fileForm is the reference of a file or folder, as far as a look into it tells.
func fileForm(path string, info os.FileInfo) string {
	if info.IsDir() {
		return string(layoutFolder) + ":" + path
	}
	store, err := openArchive(location{format: layoutArchive, path: path})
	if err != nil {
		return "oci-archive:" + path + " or docker-archive:" + path
	}
	defer store.close()
	if l, ok := store.(*layoutStore); ok {
		if f, err := l.files.open("index.json"); err == nil {
			f.Close()
			return "oci-archive:" + path
		}
	}
	return "docker-archive:" + path
}

// orName says how an image of Docker Hub is named that a file has the name of.
func orName(ref string) string {
	remote, err := name.ParseReference(ref)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(", or %s for the image of a registry", strings.Replace(remote.Name(), name.DefaultRegistry, "docker.io", 1))
}

func reference(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrReference, fmt.Errorf(format, args...))
}
