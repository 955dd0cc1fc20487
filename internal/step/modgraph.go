package step

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/wholefile"
)

// downloadGraph is for a go.mod that does not name every module, and for workspaces: cmd/go follows the requirements and
// chooses. It also checks each zip, and unpacks it. But it is the cmd/go of the module's own Go, which may be one whose checks a
// proxy can evade (CVE-2026-42501, CVE-2026-56864, CVE-2026-56865), so what go.sum has a hash of is verified again.
func downloadGraph(ctx context.Context, req request.Modules) ([]modcache.Module, error) {
	if err := copyTree(request.Source, request.Work); err != nil {
		return nil, err
	}
	env, cleanup, err := fetchEnv()
	if err != nil {
		return nil, err
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
		return nil, err
	}
	if err := verifyDownloads(req, request.Source, request.Out); err != nil {
		return nil, err
	}
	list, err := listModules(ctx, req, env)
	if err != nil {
		return nil, err
	}
	if exists(request.Zips) {
		if err := keepZips(filepath.Join(request.Out, modcache.Downloads), request.Zips); err != nil {
			return nil, fmt.Errorf("keeping the module zips: %w", err)
		}
	}
	if err := dropUnpacked(request.Out); err != nil {
		return nil, fmt.Errorf("dropping what go mod download unpacked: %w", err)
	}
	return list, nil
}

// verifyDownloads compares the downloads in a module cache with the sums of the module files in source.
func verifyDownloads(req request.Modules, source, modCache string) error {
	files := []string{"go.sum"}
	if req.Work {
		text, err := os.ReadFile(filepath.Join(source, "go.work"))
		if err != nil {
			return err
		}
		work, err := modfile.ParseWork("go.work", text, nil)
		if err != nil {
			return fmt.Errorf("reading go.work: %w", err)
		}
		files = []string{"go.work.sum"}
		for _, use := range work.Use {
			files = append(files, path.Join(use.Path, "go.sum"))
		}
	}
	sums := modcache.Sums{}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(source, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		sums.Add(text)
	}
	return modcache.Verify(sums, modCache)
}

// listModules gives the build list that cmd/go has chosen, without the modules whose files are in the context.
func listModules(ctx context.Context, req request.Modules, env []string) (list []modcache.Module, err error) {
	cmd := goCommand(ctx, req.Work, append(env, "GOPROXY=off"), []string{"list", "-m", "-json=Path,Version,Replace", "all"})
	err = goOutput(cmd, func(r io.Reader) error {
		for d := json.NewDecoder(r); ; {
			var m struct {
				module.Version
				Replace *module.Version
			}
			if err := d.Decode(&m); err == io.EOF {
				return nil
			} else if err != nil {
				return fmt.Errorf("reading the output of go list -m: %w", err)
			}
			from := m.Version
			if m.Replace != nil {
				from = *m.Replace
			}
			if from.Version != "" {
				list = append(list, modcache.Module{Path: m.Path, From: from})
			}
		}
	})
	return list, err
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
		for d := json.NewDecoder(r); ; {
			var m struct{ Path, Version, Error string }
			if err := d.Decode(&m); err == io.EOF {
				return errors.Join(failed...)
			} else if err != nil {
				return fmt.Errorf("reading the output of go mod download: %w", err)
			}
			if m.Error != "" {
				failed = append(failed, downloadError(m.Path, m.Version, m.Error))
			}
		}
	})
}

func downloadError(path, version, text string) error {
	if strings.HasPrefix(text, path+"@") {
		return errors.New(text)
	}
	return fmt.Errorf("%s@%s: %s", path, version, text)
}

// keepZips copies what is new below downloads into the cache mount, and marks the rest as used. A file appears there whole or
// not at all.
func keepZips(downloads, zips string) error {
	return eachFile(downloads, func(path string) error {
		rel, err := filepath.Rel(downloads, path)
		if err != nil {
			return err
		}
		dest := filepath.Join(zips, rel)
		if !kept(rel) {
			return nil
		}
		if err := renew(dest); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return wholefile.Copy(path, dest)
	})
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

// dropUnpacked leaves the .info, .mod, .zip and .ziphash files: cmd/go trusts a zip by the last.
func dropUnpacked(modCache string) error {
	entries, err := os.ReadDir(modCache)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "cache" {
			if err := os.RemoveAll(filepath.Join(modCache, e.Name())); err != nil {
				return err
			}
		}
	}
	for _, dir := range []string{"cache/download/sumdb", "cache/lock", "cache/vcs"} {
		if err := os.RemoveAll(filepath.Join(modCache, dir)); err != nil {
			return err
		}
	}
	return eachFile(filepath.Join(modCache, modcache.Downloads), func(path string) error {
		switch filepath.Ext(path) {
		case ".info", ".mod", ".zip", ".ziphash":
			return nil
		}
		return os.Remove(path)
	})
}
