package step

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
)

// Zips stay in a mount that builds share, where another may replace or remove them. So step modules says what it has verified there, and
// step analyze takes nothing else. What is gone is an error that names the parts to fetch again: no such result is ever cached.

// leaveZips takes the zips of modules out of what the step gives, and names their content in request.ZipsFile.
func leaveZips(list []module.Version) error {
	sums := map[string]string{}
	for _, m := range list {
		name, err := modfetch.FileName(m, ".zip")
		if err != nil {
			return err
		}
		file := filepath.Join(downloads, filepath.FromSlash(name))
		sum, err := hashContent(file)
		if errors.Is(err, fs.ErrNotExist) { // no go.sum line allows to use it
			continue
		}
		if err = errors.Join(err, os.Remove(file)); err != nil {
			return fmt.Errorf("leaving the zip of %s where it is kept: %w", m, err)
		}
		sums[name] = sum
	}
	return writeJSON(filepath.Join(request.Out, request.ZipsFile), sums)
}

// keptZips are the zips of a build: those in what step modules gave, else those in the mount that it has verified.
type keptZips struct {
	sums map[string]string // by name
}

// goneError says that zips are not there any more, or are others.
type goneError struct {
	parts []int
	err   error // nil if they are just not there
}

func (e *goneError) Unwrap() error { return e.err }

func (e *goneError) Error() string {
	text := "the zips of modules that an earlier build has verified are not kept any more"
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text + "; --no-cache-filter modules fetches them again"
}

// findZips looks for all zips that step modules left, so that one error names all parts that lack some.
func findZips() (keptZips, error) {
	z := keptZips{sums: map[string]string{}}
	var gone []int
	for part := range request.ModuleParts {
		sums := map[string]string{}
		err := readJSON(filepath.Join(request.FetchedPart(part), request.ZipsFile), &sums)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return z, err
		}
		for name, sum := range sums {
			z.sums[name] = sum
			if !exists(filepath.Join(request.Zips, filepath.FromSlash(name))) {
				gone = append(gone, part)
			}
		}
	}
	if len(gone) > 0 {
		return z, &goneError{parts: slices.Compact(gone)}
	}
	return z, nil
}

// find gives the zip of a module. One that is kept is copied: whoever shares the mount may write to it at any time.
func (z keptZips) find(m module.Version) (string, error) {
	part := request.ModulePart(m.Path)
	name, err := modcache.ZipName(request.FetchedPart(part), m)
	if err != nil || exists(name) {
		return name, err
	}
	kept, err := modfetch.FileName(m, ".zip")
	if err != nil {
		return "", err
	}
	to := filepath.Join(request.Temp, "zips", filepath.FromSlash(kept))
	err = os.MkdirAll(filepath.Dir(to), 0o755)
	if err == nil {
		err = localfile.Folder(request.Zips).Get(kept, to, modzip.MaxZipFile)
	}
	if err != nil {
		return "", &goneError{[]int{part}, err}
	}
	if sum, err := hashContent(to); err != nil || sum != z.sums[kept] {
		return "", &goneError{[]int{part}, err}
	}
	if err := localfile.Folder(request.Zips).Used(kept); unlessGone(err) != nil {
		return "", fmt.Errorf("marking a zip that is kept as used: %w", err)
	}
	return to, nil
}

func hashContent(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
