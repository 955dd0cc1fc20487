package modcache

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/modfetch"
)

// Slim takes out of the zips in the module cache at root what no build can read: tests, their data, pictures. Most of a zip is
// that, and a layer with the zips may travel with the cache of a build. A module that embeds files, or has C, keeps all of
// them. The zips must have been verified before, because afterwards they have another hash; the .ziphash file beside
// each goes on saying what it was, and cmd/go trusts that.
func Slim(list []module.Version, root string) error {
	return eachZip(list, root, func(m module.Version, name string) error {
		if err := slim(m, name); err != nil {
			return fmt.Errorf("taking tests out of %s: %w", m, err)
		}
		return nil
	})
}

func slim(m module.Version, name string) (err error) {
	z, err := modfetch.OpenModule(m, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	var compiled []*zip.File
	for _, f := range z.File {
		if !isCompiled(f.Name) {
			continue
		}
		whole, err := needsOthers(f)
		if whole || err != nil {
			return err
		}
		compiled = append(compiled, f)
	}
	return localfile.Write(name, func(w io.Writer) error {
		to := zip.NewWriter(w)
		for _, f := range compiled {
			if err := to.Copy(f); err != nil {
				return err
			}
		}
		return to.Close()
	})
}

// isCompiled tells the files that cmd/go may hand to a compiler, an assembler or a linker, and go.mod.
func isCompiled(name string) bool {
	return gofiles.Listed(name) && !strings.HasSuffix(name, "_test.go") || path.Base(name) == "go.mod"
}

// maxSource bounds a source file that is looked into, in bytes: zips are made slim side by side, and a file of a zip may have 500 MB.
const maxSource = 8 << 20

// others are the marks of Go files whose package is made of other files too: embedded ones, or those of C, which may include
// anything. Assembly names what it includes.
var others = [][]byte{[]byte("//go:embed"), []byte(`"C"`)}

func needsOthers(f *zip.File) (bool, error) {
	if path.Ext(f.Name) != ".go" && !gofiles.IsAssembly(f.Name) {
		return false, nil
	}
	if f.UncompressedSize64 > maxSource {
		return true, nil
	}
	r, err := f.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return false, err
	}
	if gofiles.IsAssembly(f.Name) {
		return slices.ContainsFunc(gofiles.Includes(content), func(name string) bool { return !isCompiled(name) }), nil
	}
	for _, mark := range others {
		if bytes.Contains(content, mark) {
			return true, nil
		}
	}
	return false, nil
}
