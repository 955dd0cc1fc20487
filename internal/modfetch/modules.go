package modfetch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/errgroup"
)

// parallel is how many modules are fetched at the same time: cmd/go takes 10.
const parallel = 10

// Modules writes the .info, .mod, .zip and .ziphash files of modules below a folder, by their [FileName], but for go.mod files that are
// there. What the verifier has no sum of is not fetched: cmd/go does not use it and says which line of go.sum is missing. The error
// joins one for each module that failed; when the proxies do not answer, Modules gives up early.
func (f *Fetcher) Modules(ctx context.Context, list []module.Version, v Verifier, downloads string) error {
	return f.each(list, func(_ int, m module.Version) error {
		for _, ext := range []string{".info", ".mod", ".zip"} {
			if _, err := f.one(ctx, m, ext, v, downloads); err != nil && !isMissing(err) {
				return err
			}
		}
		return nil
	})
}

// GoMods gives the go.mod files of modules, each verified, and writes them below a folder. The error joins one for each that failed; what
// the verifier has no sum of is a [MissingSumError].
func (f *Fetcher) GoMods(ctx context.Context, list []module.Version, v Verifier, downloads string) ([][]byte, error) {
	texts := make([][]byte, len(list))
	err := f.each(list, func(i int, m module.Version) error {
		to, err := f.one(ctx, m, ".mod", v, downloads)
		if err == nil {
			texts[i], err = os.ReadFile(to)
		}
		return err
	})
	return texts, err
}

// each does something with modules, some at a time. When as many as that have failed because nobody answers, the rest is not tried: each
// costs some seconds of attempts, and a large build list would cost an hour. Nor is it after a failure that says who asks is not let in;
// of those one is told, which is true of all. Other servers than the proxies do not count: each has modules of its own.
func (f *Fetcher) each(list []module.Version, do func(i int, m module.Version) error) error {
	parallel := cmp.Or(f.Parallel, parallel)
	failed := make([]error, len(list))
	var unanswered, untried, shut atomic.Int64
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for i, m := range list {
		eg.Go(func() error {
			if unanswered.Load() >= int64(parallel) || shut.Load() > 0 {
				untried.Add(1)
				return nil
			}
			if err := do(i, m); err != nil {
				ofProxy := !f.Settings.SkipsProxy(m.Path)
				if ofProxy && isShut(err) && shut.Add(1) > 1 {
					untried.Add(1)
					return nil
				}
				failed[i] = ofModule(m, err)
				if ofProxy && isUnanswered(err) {
					unanswered.Add(1)
				}
			} else if f.Fetched != nil {
				f.Fetched(m)
			}
			return nil
		})
	}
	failed = append(failed, eg.Wait()) // a panic; the functions put their errors into failed
	if n := untried.Load(); n > 0 {
		why := "does not answer"
		if shut.Load() > 0 {
			why = "does not let us in"
		}
		failed = append(failed, fmt.Errorf("the other %d modules were not tried, because the module proxy %s", n, why))
	}
	return errors.Join(failed...)
}

// ModuleError says of which module something is wrong.
type ModuleError struct {
	Module module.Version
	Err    error
}

// Error names the module, unless what is wrong names it.
func (e *ModuleError) Error() string {
	if _, ok := errors.AsType[*SumError](e.Err); ok {
		return e.Err.Error()
	}
	return fmt.Sprintf("fetching %s: %v", e.Module, e.Err)
}

// Unwrap gives Err.
func (e *ModuleError) Unwrap() error { return e.Err }

// ofModule says of which module an error is, unless its type does.
func ofModule(m module.Version, err error) error {
	if isMissing(err) {
		return err
	}
	return &ModuleError{m, err}
}

// isUnanswered tells whether a server was not there or in no state to answer.
func isUnanswered(err error) bool {
	e, ok := errors.AsType[*HTTPError](err)
	return ok && (e.Status == 0 || e.Status >= 500)
}

// isShut tells whether a server, or a proxy before it, lets nobody in who asks as we do.
func isShut(err error) bool {
	e, ok := errors.AsType[*HTTPError](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusProxyAuthRequired || errors.Is(e.Err, fs.ErrPermission))
}

// one writes one file of a module to its place below downloads, unless it was fetched before.
func (f *Fetcher) one(ctx context.Context, m module.Version, ext string, v Verifier, downloads string) (to string, err error) {
	var want []string
	if ext != ".info" { // the only file that nothing signs
		if want, err = v.Sums(ctx, m, ext); err != nil {
			return "", err
		}
	}
	name, err := FileName(m, ext)
	if err != nil {
		return "", err
	}
	to = filepath.Join(downloads, filepath.FromSlash(name))
	if ext == ".mod" {
		if _, err := os.Lstat(to); err == nil { // of the module graph
			return to, nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", err
	}
	return to, f.file(ctx, m, ext, to, func(source string) error {
		if ext == ".info" {
			return checkInfo(m, to)
		}
		got, err := hashFile(ext, to)
		if err != nil {
			return fmt.Errorf("reading %s: %w", source, err)
		}
		if err := compare(&SumError{Module: m, Ext: ext, Got: got, WantFrom: v.String(), Source: source}, want); err != nil || ext != ".zip" {
			return err
		}
		return writeHash(m, to, got)
	})
}

// checkInfo reads the file from which cmd/go takes the version and its time.
func checkInfo(m module.Version, name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var info struct{ Version string }
	if err := json.Unmarshal(content, &info); err != nil {
		return fmt.Errorf("reading the .info file: %w", err)
	}
	if info.Version != m.Version {
		return fmt.Errorf("reading the .info file: it is of version %q", info.Version)
	}
	return nil
}

// writeHash puts the hash of a zip beside it, which cmd/go trusts the zip by.
func writeHash(m module.Version, name, sum string) error {
	z, err := OpenModule(m, name) // go.sum may vouch for what cmd/go does not take
	if err != nil {
		return err
	}
	return errors.Join(z.Close(), os.WriteFile(name+"hash", []byte(sum), 0o644))
}

func hashFile(ext, name string) (string, error) {
	if ext == ".zip" {
		return hashZip(name)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
}
