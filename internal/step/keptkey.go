package step

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/asminclude"
	"github.com/modship-build/modship/internal/filekind"
	"github.com/modship-build/modship/internal/step/request"
)

// cmd/go knows a compiled package by the files in its folder that belong to it. C and assembly include what they like, and cmd/go would
// take a package from its cache whose headers have changed. Nothing is done to the sources about that, which a
// program may embed, nor to flags, which it records: entries are kept apart by the content of all files that cmd/go does not look at.

// keptFolder is where a build finds entries of builds with the same such files.
func keptFolder(b request.Build) (string, error) {
	hash := sha256.New()
	count := 0
	add := func(root, name string) error {
		count++
		return hashFile(hash, root, name)
	}
	err := eachIncluded(add)
	if err == nil && b.Vendor {
		err = eachVendored(add)
	}
	if err != nil {
		return "", fmt.Errorf("reading what is included: %w", err)
	}
	return filepath.Join(request.KeptCache, keptName(count, hash.Sum(nil))), nil
}

// keptName is a name in the mount also where nothing is included: whoever read the mount itself would read the folders of all others.
func keptName(count int, sum []byte) string {
	if count == 0 {
		return "none"
	}
	return hex.EncodeToString(sum)
}

// eachIncluded gives what C and assembly of own packages include.
func eachIncluded(add func(root, name string) error) error {
	files, err := filesBelow(request.Included, nil)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := add(request.Included, name); err != nil {
			return err
		}
	}
	files, err = filesBelow(request.Work, func(dir string) bool { return dir == "vendor" })
	if err != nil {
		return err
	}
	names, err := included(request.Work, ".", files)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := add(request.Work, name); err != nil {
			return err
		}
	}
	return nil
}

// eachVendored gives the files of vendor that C and assembly may include: all of a module with C but Go files, and of others what
// their assembly names.
func eachVendored(add func(root, name string) error) error {
	vendored := filepath.Join(request.Work, "vendor")
	files, err := filesBelow(vendored, nil)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	assembly, err := included(request.Work, "vendor", files)
	if err != nil {
		return err
	}
	for _, name := range assembly {
		names[name] = true
	}
	modules, err := vendoredModules(vendored)
	if err != nil {
		return err
	}
	withC := map[string]bool{}
	for _, name := range files {
		if path.Ext(name) == ".go" || filekind.Swig(name) {
			module := moduleOf(modules, name)
			if withC[module] {
				continue
			}
			if withC[module], err = mayHaveC(vendored, name); err != nil {
				return err
			}
		}
	}
	for _, name := range files {
		if path.Ext(name) != ".go" && withC[moduleOf(modules, name)] {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := add(request.Work, path.Join("vendor", name)); err != nil {
			return err
		}
	}
	return nil
}

// included gives what the assembly among files includes, sorted; they and the names are below the folder in of root. What is not below
// root is left out: nobody edits it.
func included(root, in string, files []string) ([]string, error) {
	var large error
	read := func(name string) ([]byte, error) {
		text, err := readRegular(root, path.Join(in, name))
		if errors.Is(err, errTooLarge) {
			large = err
		}
		return text, err
	}
	folders := map[string][]string{} // the files of one share what they include
	for _, name := range files {
		if asminclude.IsAssembly(name) {
			folders[path.Dir(name)] = append(folders[path.Dir(name)], path.Base(name))
		}
	}
	names := map[string]bool{}
	for dir, files := range folders {
		for _, i := range asminclude.Closure(dir, files, read) {
			names[i] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), large
}

// vendoredModules reads the paths of vendor/modules.txt.
func vendoredModules(vendored string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(vendored, "modules.txt"))
	if err != nil {
		return nil, err
	}
	var modules []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "#" {
			modules = append(modules, fields[1])
		}
	}
	return modules, nil
}

// moduleOf gives the module that a file belongs to, the one with the longest path.
func moduleOf(modules []string, name string) string {
	longest := ""
	for _, m := range modules {
		if strings.HasPrefix(name, m+"/") && len(m) > len(longest) {
			longest = m
		}
	}
	return longest
}

// mayHaveC says yes for every file that imports "C", and for some others.
func mayHaveC(root, name string) (bool, error) {
	if filekind.Swig(name) {
		return true, nil
	}
	text, err := readRegular(root, name)
	if errors.Is(err, errTooLarge) {
		return true, nil
	}
	return strings.Contains(string(text), `"C"`), err
}

// filesBelow lists the regular files below root, which need not exist, in the order of their names, without some folders.
func filesBelow(root string, skip func(dir string) bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == root && os.IsNotExist(err) {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(root, name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && skip != nil && skip(rel):
			return fs.SkipDir
		case d.Type().IsRegular():
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	return files, err
}

func hashFile(to io.Writer, root, name string) error {
	f, err := openRegular(root, name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "%q %d\n", name, info.Size())
	_, err = io.Copy(to, f)
	return err
}
