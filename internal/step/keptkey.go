package step

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/cinclude"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/request"
)

// cmd/go knows a compiled package by the files in its folder that belong to it. C and assembly read what they like, and cmd/go would
// take a package from its cache of which another file has changed. Nothing is done to the sources about that, which a program may
// embed, nor to flags, which it records: entries are kept apart by the content of all files that a compiler can read and that cmd/go
// may not have looked at. No list of what a source names is complete: macros, flags and headers with odd bytes make names too.
//
// A package of nothing but Go files is what cmd/go takes it for, so such ones are kept in one place: an edit of any other file compiles
// packages with C or assembly in them again, and no more.

// keptFolders are where a build finds entries of earlier ones.
type keptFolders struct {
	// pure has packages of Go files alone, read what comes from builds in which all other files were the same.
	pure, read string
}

// findKept is told of the tree as it is laid out.
func findKept(b request.Build) (keptFolders, error) {
	sum, err := hashReadable(request.Work, b.Root, request.Included, b.Cgo)
	if err != nil {
		return keptFolders{}, fmt.Errorf("reading what C and assembly may include: %w", err)
	}
	return keptFoldersOf(request.KeptCache, sum), nil
}

func keptFoldersOf(mount string, sum []byte) keptFolders {
	return keptFolders{pure: filepath.Join(mount, "go"), read: filepath.Join(mount, hex.EncodeToString(sum))}
}

// list gives both.
func (k keptFolders) list() []string { return []string{k.pure, k.read} }

// of gives the folder for an entry of a compile cache.
func (k keptFolders) of(cache, entry string) (string, error) {
	id, kind := entryName(entry)
	if kind == "a" {
		text, err := readStart(entry, maxAction)
		if err != nil {
			return "", err
		}
		m := actionEntry.FindSubmatch(text)
		if m == nil {
			return k.read, nil
		}
		id = string(m[3])
	}
	pure, err := isPureGo(cache, filepath.Join(id[:2], id+"-d"))
	if err != nil || !pure {
		return k.read, unlessGone(err)
	}
	return k.pure, nil
}

// goFiles are files that say what the modules are: an edit of one is no edit of a package.
var goFiles = []string{"go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt"}

// hashReadable hashes all files of work that a compiler can read but the Go files of the module's own packages, and of those the ones
// that C includes, which lie below found as well, or assembly; where a flag may name a Go file, all of them. A build without C and
// assembly reads no others.
func hashReadable(work, moduleRoot, found string, cgo *request.Cgo) ([]byte, error) {
	files, err := filesBelow(work)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	if cgo == nil && !slices.ContainsFunc(files, gofiles.IsAssembly) {
		return hash.Sum(nil), nil
	}
	assembly, err := included(work, files)
	if err != nil {
		return nil, err
	}
	flagged := cgo != nil && cinclude.NamesGo([]byte(strings.Join(slices.Concat(cgo.CFlags, cgo.CPPFlags, cgo.CXXFlags), "\n")))
	for _, name := range files {
		below := strings.TrimPrefix(name, moduleRoot+"/")
		isGo := path.Ext(name) == ".go" && !strings.HasPrefix(below, "vendor/") && !flagged || slices.Contains(goFiles, below) || path.Base(name) == "go.mod" || path.Base(name) == "go.sum"
		if isGo && !assembly[name] && !there(found, name) {
			continue
		}
		if err := hashEntry(hash, work, name); err != nil {
			return nil, err
		}
	}
	return hash.Sum(nil), nil
}

func there(root, name string) bool {
	_, err := os.Lstat(filepath.Join(root, name))
	return err == nil
}

// included gives what the assembly among files includes, below root. What is not below root is left out: nobody edits it.
func included(root string, files []string) (map[string]bool, error) {
	var large error
	read := func(name string) ([]byte, error) {
		text, err := readRegular(root, name)
		if errors.Is(err, errTooLarge) {
			large = err
		}
		return text, err
	}
	folders := map[string][]string{} // the files of one share what they include
	for _, name := range files {
		if gofiles.IsAssembly(name) {
			folders[path.Dir(name)] = append(folders[path.Dir(name)], path.Base(name))
		}
	}
	names := map[string]bool{}
	for dir, files := range folders {
		for _, i := range gofiles.IncludeClosure(dir, files, read) {
			names[i] = true
		}
	}
	return names, large
}

// filesBelow lists the regular files and links below root, which need not exist, in the order of their names.
func filesBelow(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == root && os.IsNotExist(err) {
				return nil
			}
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err == nil && (d.Type().IsRegular() || d.Type() == fs.ModeSymlink) {
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	return files, err
}

// hashEntry adds a file, or a link and the file that it leads to below root. What lies in a folder that a link leads to has its own name.
func hashEntry(to io.Writer, root, name string) error {
	target, err := os.Readlink(filepath.Join(root, name))
	if err != nil {
		return hashFile(to, root, name)
	}
	fmt.Fprintf(to, "%q -> %q\n", name, target)
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	if info, err := r.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil // it leads nowhere, or out of what is edited
	}
	return hashFile(to, root, name)
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

// isPureGo recognises a compiled package that has no part of a compiler of C or an assembler in it: an archive of what the Go compiler
// makes of Go files (cmd/compile/internal/gc: dumpobj) and nothing that cmd/go packs beside it.
func isPureGo(cache, name string) (bool, error) {
	f, err := openRegular(cache, name) // a seed may have anything there
	if err != nil {
		return false, err
	}
	defer f.Close()
	const start = "!<arch>\n"
	head := make([]byte, 60) // ar(5)
	if n, err := io.ReadFull(f, head[:len(start)]); err != nil || string(head[:n]) != start {
		return false, notShort(err)
	}
	members := 0
	for at := int64(len(start)); ; members++ {
		if n, err := f.ReadAt(head, at); n == 0 && errors.Is(err, io.EOF) {
			return members > 0, nil
		} else if err != nil {
			return false, notShort(err)
		}
		member := string(bytes.TrimRight(head[:16], " "))
		size, err := strconv.ParseInt(strings.TrimSpace(string(head[48:58])), 10, 64)
		if err != nil || size < 0 || member != "__.PKGDEF" && member != "_go_.o" {
			return false, nil // it is no such archive
		}
		at += int64(len(head)) + size + size%2
	}
}

// notShort passes over the end of a file that is shorter than what it is compared with.
func notShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
