package modcache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/modfetch"
)

// limits bound what is taken, in bytes, by a file's extension: as cmd/go does (x/mod/zip), and of what says the version alone,
// little.
var limits = map[string]int64{".info": 1 << 20, ".mod": modzip.MaxGoMod, ".zip": modzip.MaxZipFile}

// parallel is how many modules are fetched at the same time: cmd/go takes 10.
const parallel = 10

// patience is how many modules may fail because nobody answers before the rest is not tried: each costs some seconds of
// attempts, and a large build list would cost an hour.
const patience = parallel

// Fetcher downloads modules from proxies.
type Fetcher struct {
	// Settings say which proxies are asked and what the checksum database vouches for.
	Settings goenv.Settings
	Client   *modfetch.Client
	// Kept is a folder of files of earlier builds, in the layout of a module proxy. They are verified as downloads are, so
	// others may write to it. Empty means none.
	Kept string
}

// SumError says that a file is not what go.sum says.
type SumError struct {
	Module    module.Version
	Ext       string // ".zip" or ".mod"
	Got, Want string // h1: sums (golang.org/x/mod/sumdb/dirhash); Want is that of go.sum
	Source    string // URL or path, without credentials
}

// Error says both hashes, and where the download came from.
func (e *SumError) Error() string {
	return fmt.Sprintf("verifying %s%s: checksum mismatch: downloaded %s from %s, but go.sum has %s",
		e.Module, strings.TrimSuffix(strings.Replace(e.Ext, ".mod", "/go.mod", 1), ".zip"), e.Got, e.Source, e.Want)
}

// Fetch writes the .info, .mod, .zip and .ziphash files of the modules to Downloads below root, but for go.mod files that are
// there. What go.sum has no hash of is not fetched: cmd/go does not use it and says which line is missing. The error joins one for
// each module that failed; when the proxies do not answer, Fetch gives up early.
func (f *Fetcher) Fetch(ctx context.Context, list []Module, sums Sums, root string) error {
	from := make([]module.Version, len(list))
	for i, m := range list {
		from[i] = m.From
	}
	return f.each(from, func(_ int, m module.Version) error {
		return f.fetch(ctx, m, sums, filepath.Join(root, Downloads))
	})
}

// each does something with modules, some at a time.
func (f *Fetcher) each(list []module.Version, do func(i int, m module.Version) error) error {
	failed := make([]error, len(list))
	var unanswered, untried atomic.Int64
	var eg errgroup.Group
	eg.SetLimit(parallel)
	for i, m := range list {
		eg.Go(func() error {
			if unanswered.Load() >= patience {
				untried.Add(1)
				return nil
			}
			if err := do(i, m); err != nil {
				failed[i] = named(m, err)
				if isUnanswered(err) {
					unanswered.Add(1)
				}
			}
			return nil
		})
	}
	failed = append(failed, eg.Wait()) // a panic; the functions put their errors into failed
	if n := untried.Load(); n > 0 {
		failed = append(failed, fmt.Errorf("the other %d modules were not tried, because the module proxy does not answer", n))
	}
	return errors.Join(failed...)
}

// named puts the module in front of an error that does not name it.
func named(m module.Version, err error) error {
	if _, ok := errors.AsType[*SumError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*MissingSumError](err); ok {
		return err
	}
	return fmt.Errorf("fetching %s: %w", m, err)
}

// GoMods gives the go.mod files of modules, each verified, and writes them to Downloads below root. The error joins one for each
// that failed; what sums has no hash of is a [MissingSumError].
func (f *Fetcher) GoMods(ctx context.Context, list []module.Version, sums Sums, root string) ([][]byte, error) {
	texts := make([][]byte, len(list))
	err := f.each(list, func(i int, m module.Version) (err error) {
		texts[i], err = f.goMod(ctx, m, sums, filepath.Join(root, Downloads))
		return err
	})
	return texts, err
}

func (f *Fetcher) goMod(ctx context.Context, m module.Version, sums Sums, downloads string) ([]byte, error) {
	want := sums.of(m, ".mod")
	if len(want) == 0 {
		return nil, &MissingSumError{Module: m}
	}
	to, err := f.one(ctx, m, ".mod", want, downloads)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(to)
}

// MissingSumError says that go.sum has no hash of a module's go.mod file, which is then not asked for.
type MissingSumError struct{ Module module.Version }

// Error is worded as cmd/go words it.
func (e *MissingSumError) Error() string {
	return fmt.Sprintf("%s: missing go.sum entry for go.mod file", e.Module)
}

// isUnanswered tells whether a server was not there or in no state to answer.
func isUnanswered(err error) bool {
	e, ok := errors.AsType[*modfetch.HTTPError](err)
	return ok && (e.Status == 0 || e.Status >= 500)
}

func (f *Fetcher) fetch(ctx context.Context, m module.Version, sums Sums, downloads string) error {
	for _, ext := range []string{".info", ".mod", ".zip"} {
		want := sums.of(m, ext)
		if ext != ".info" && len(want) == 0 {
			continue
		}
		if _, err := f.one(ctx, m, ext, want, downloads); err != nil {
			return err
		}
	}
	return nil
}

// one writes one file of a module to its place below downloads, unless it was fetched before.
func (f *Fetcher) one(ctx context.Context, m module.Version, ext string, want []string, downloads string) (to string, err error) {
	if f.Settings.SkipsProxy(m.Path) {
		return "", errors.New("GONOPROXY or GOPRIVATE names it, which means from version control, and build steps have none: " +
			"if a module proxy serves it, give --build-arg GONOPROXY=none; else vendor it")
	}
	name, err := download(m, ext)
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
	return to, f.file(ctx, m, ext, name, want, to)
}

// file takes one file from the kept ones, if it is there and right, or downloads it.
func (f *Fetcher) file(ctx context.Context, m module.Version, ext, name string, want []string, to string) error {
	keptErr := f.fromKept(m, ext, name, want, to)
	if keptErr == nil {
		return nil
	}
	source, err := f.get(ctx, name, ext, to)
	if err != nil {
		if _, ok := errors.AsType[*SumError](keptErr); ok {
			err = fmt.Errorf("%w; and of the file kept from an earlier build: %w", err, keptErr)
		}
		return err
	}
	if err := check(m, ext, want, to, source); err != nil {
		return err
	}
	if f.Kept == "" {
		return nil
	}
	if err := localfile.Folder(f.Kept).Put(to, name); err != nil {
		return fmt.Errorf("keeping a download: %w", err)
	}
	return nil
}

func (f *Fetcher) fromKept(m module.Version, ext, name string, want []string, to string) error {
	if f.Kept == "" {
		return fs.ErrNotExist
	}
	folder := localfile.Folder(f.Kept)
	if err := folder.Get(name, to, limits[ext]); err != nil {
		return err
	}
	if err := check(m, ext, want, to, "an earlier build"); err != nil {
		return err
	}
	return folder.Used(name)
}

// get downloads a file from the first proxy that has it.
func (f *Fetcher) get(ctx context.Context, name, ext, to string) (source string, err error) {
	proxies, err := goenv.ParseProxies(f.Settings.Proxy)
	if err != nil {
		return "", err
	}
	file, err := os.Create(to)
	if err != nil {
		return "", err
	}
	err = goenv.TryProxies(proxies, func(p goenv.Proxy) error {
		if p.Kind != goenv.KindURL {
			return noProxy(p.Kind)
		}
		source = strings.TrimSuffix(p.URL, "/") + "/" + name
		return f.Client.Get(ctx, source, limits[ext], modfetch.File{File: file})
	})
	return goenv.Redact(source), errors.Join(err, file.Close())
}

// noProxy is an entry of GOPROXY that serves nothing. It counts as "not found", so that the answer of a proxy before it
// stays the error that is shown.
type noProxy goenv.Kind

func (k noProxy) Error() string {
	if goenv.Kind(k) == goenv.KindOff {
		return "downloads are forbidden by GOPROXY=off"
	}
	return "build steps have no version control for GOPROXY's \"" + string(k) + "\": a module proxy is needed"
}

func (k noProxy) Is(target error) bool { return target == fs.ErrNotExist }

// check compares a file with go.sum; of a zip it also writes the hash beside it, which cmd/go trusts the zip by.
func check(m module.Version, ext string, want []string, name, source string) error {
	if ext == ".info" {
		return checkInfo(m, name)
	}
	got, err := hash(ext, name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", source, err)
	}
	if !slices.Contains(want, got) {
		return &SumError{Module: m, Ext: ext, Got: got, Want: strings.Join(want, " or "), Source: source}
	}
	if ext != ".zip" {
		return nil
	}
	z, err := modfetch.OpenModule(m, name) // go.sum may vouch for what cmd/go does not take
	if err != nil {
		return err
	}
	return errors.Join(z.Close(), os.WriteFile(name+"hash", []byte(got), 0o644))
}

// checkInfo reads the only file that nothing signs; cmd/go takes the version and its time from it.
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

func hash(ext, name string) (string, error) {
	if ext == ".zip" {
		return modfetch.Hash(name)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	return dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}
