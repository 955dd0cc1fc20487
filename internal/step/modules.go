package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/step/request"
)

// modules downloads every module of the build list. cmd/go checks each zip against go.sum, or against the checksum database
// where go.sum does not know it, before it unpacks it; so `go mod verify` on the fresh cache would only hash it again.
func modules(ctx context.Context, req request.Modules) error {
	if err := copyTree(request.Source, request.Work); err != nil {
		return err
	}
	env, cleanup, err := fetchEnv()
	if err != nil {
		return err
	}
	defer cleanup()
	env = append(env,
		"GOMODCACHE="+request.Out,
		// Zips of earlier builds come first, as a proxy and not as a cache, so that cmd/go verifies each again.
		"GOPROXY="+keptFirst(os.Getenv("GOPROXY")),
		"GOFLAGS=-modcacherw",
		"GOVCS=*:off",
	)
	if err := download(ctx, req, env); err != nil {
		return err
	}
	downloads := filepath.Join(request.Out, "cache/download")
	if exists(request.Zips) {
		if err := keepZips(downloads, request.Zips); err != nil {
			return fmt.Errorf("keeping the module zips: %w", err)
		}
	}
	if err := dropZips(request.Out); err != nil {
		return fmt.Errorf("dropping the module zips from the layer: %w", err)
	}
	return setTimes(request.Out, zeroTime)
}

// keptFirst puts the kept zips in front of a list of proxies.
func keptFirst(proxies string) string {
	if !exists(request.Zips) {
		return proxies
	}
	return "file://" + request.Zips + "," + proxies
}

// download runs `go mod download` and reports each module that failed by name.
func download(ctx context.Context, req request.Modules, env []string) error {
	cmd := goCommand(ctx, req.Work, env, []string{"mod", "download", "-json"})
	return goOutput(cmd, func(r io.Reader) error {
		var failed []error
		count := 0
		for d := json.NewDecoder(r); ; count++ {
			var m struct{ Path, Version, Error string }
			if err := d.Decode(&m); err == io.EOF {
				break
			} else if err != nil {
				return fmt.Errorf("reading the output of go mod download: %w", err)
			}
			if m.Error != "" {
				failed = append(failed, downloadError(m.Path, m.Version, m.Error))
			}
		}
		fmt.Fprintf(os.Stderr, "modules: %d, failed: %d\n", count, len(failed))
		return errors.Join(failed...)
	})
}

func downloadError(path, version, text string) error {
	if strings.HasPrefix(text, path+"@") {
		return errors.New(text)
	}
	return fmt.Errorf("%s@%s: %s", path, version, text)
}

// keepZips copies what is new below downloads into the cache mount. A file appears there whole or not at all.
func keepZips(downloads, zips string) error {
	return eachFile(downloads, func(path string) error {
		rel, err := filepath.Rel(downloads, path)
		if err != nil {
			return err
		}
		dest := filepath.Join(zips, rel)
		if !kept(rel) || exists(dest) {
			return nil
		}
		return publish(path, dest)
	})
}

// publish copies a file under a name of its own and renames it. The name is random: steps that share the mount run in
// containers, where all have the same process ID.
func publish(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	partial, err := os.CreateTemp(filepath.Dir(to), "*.partial")
	if err != nil {
		return err
	}
	err = errors.Join(partial.Close(), copyFile(from, partial.Name()), os.Chmod(partial.Name(), 0o644))
	if err == nil {
		err = os.Rename(partial.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial.Name()))
	}
	return nil
}

// kept tells what a module proxy serves: .info, .mod and .zip files (https://go.dev/ref/mod#goproxy-protocol).
func kept(path string) bool {
	if filepath.Base(filepath.Dir(path)) != "@v" {
		return false
	}
	switch filepath.Ext(path) {
	case ".info", ".mod", ".zip":
		return true
	}
	return false
}

// dropZips leaves of the module cache what cmd/go needs to trust the unpacked modules: .info, .mod and .ziphash files.
func dropZips(modCache string) error {
	for _, dir := range []string{"cache/download/sumdb", "cache/lock", "cache/vcs"} {
		if err := os.RemoveAll(filepath.Join(modCache, dir)); err != nil {
			return err
		}
	}
	return eachFile(filepath.Join(modCache, "cache/download"), func(path string) error {
		switch filepath.Ext(path) {
		case ".info", ".mod", ".ziphash":
			return nil
		}
		return os.Remove(path)
	})
}

// eachFile calls do for every regular file below root, which need not exist.
func eachFile(root string, do func(path string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && path == root {
				return nil
			}
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return do(path)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
