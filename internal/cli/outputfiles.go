package cli

import (
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/diag"
)

// checkFiles sees to it, before anything is built, that the files for programs can be written, and that no two things are written to one file.
func (o OutputOptions) checkFiles(outputs []output, mistakes *diag.List) {
	writers := map[string]string{} // flags, by what they write
	take := func(flag, dest string) {
		file := realFile(dest)
		if file == "" {
			return
		}
		if other, ok := writers[file]; ok {
			flagMistake(mistakes, flag, "%s is what --%s writes as well", dest, other).Help = "give each a file of its own"
			return
		}
		writers[file] = flag
	}
	for _, out := range outputs {
		if out.file != nil && out.load == "" {
			take("output", out.dest)
		}
	}
	for _, f := range []struct{ flag, dest string }{{"metadata-file", o.MetadataFile}, {"image-ref-file", o.ImageRefFile}} {
		if f.dest == "" {
			continue
		}
		if err := checkFile(f.dest); err != nil {
			flagMistake(mistakes, f.flag, "%v", err)
		}
		take(f.flag, f.dest)
	}
}

// realFile is the path of a file without links, "" for what is no regular file: a pipe, or /dev/null, takes all that comes.
func realFile(name string) string {
	if fi, err := os.Stat(name); err == nil && !fi.Mode().IsRegular() {
		return ""
	}
	if real, err := realPath(name); err == nil {
		return real
	}
	dir, err := realPath(filepath.Dir(name))
	if err != nil {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, filepath.Base(name))
}
