package modfetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/modship-build/modship/internal/forges"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/localfile"
)

// limits bound what is taken, in bytes, by a file's extension: as cmd/go does (x/mod/zip), and of what says the version alone,
// little.
var limits = map[string]int64{".info": 1 << 20, ".mod": modzip.MaxGoMod, ".zip": modzip.MaxZipFile}

const maxList = 16 << 20 // bytes; the list of all Go toolchains of all platforms has 0.2 MB in 2026

// Fetcher fetches files of modules. The zero value knows no proxy.
type Fetcher struct {
	// Settings say which proxies are asked.
	Settings goenv.Settings
	Client   Client
	// Kept is a folder of files of earlier builds, in the layout of a module proxy. They are verified as downloads are, so
	// others may write to it. Empty means none.
	Kept string
	// Parallel is how many modules are fetched at the same time; 0 is 10, as in cmd/go.
	Parallel int
	// Fetched, if not nil, is told of each module of a list that is there, of several at the same time.
	Fetched func(m module.Version)
	// Origin fetches files of modules from where these are developed. Nil means that only proxies are asked.
	Origin func(ctx context.Context, m module.Version, ext, to string) (Origin, error)
}

// Origin says where a file is from that no proxy was asked for.
type Origin struct {
	// Source names the repository, and Help says why the file may not be the one that go.sum has the sum of.
	Source, Help string
	// Proxy is the URL of a proxy, if it has the file and a repository has not.
	Proxy string
}

// FileName gives the path of a file of a module, such as the one with the extension ".zip", as module proxies serve it and module caches
// keep it (https://go.dev/ref/mod#goproxy-protocol).
func FileName(m module.Version, ext string) (string, error) {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", err
	}
	return path.Join(escaped, "@v", version+ext), nil
}

// List gives the versions of a module, a line each, as the first proxy that has a list tells. Nobody signs it: a proxy can hide a
// version, but not forge what [Fetcher.Zip] accepts.
func (f *Fetcher) List(ctx context.Context, modulePath string) (list []byte, err error) {
	err = f.ask(func(proxy string) error {
		list, err = f.Client.GetBytes(ctx, proxy+"/"+modulePath+"/@v/list", maxList)
		return err
	})
	return list, err
}

// Zip writes the zip of a module to a path, once the verifier vouches for what hash says of the file there. It is told where the file
// came from, and called again if what was kept is not right. Nothing is downloaded that could not be verified.
func (f *Fetcher) Zip(ctx context.Context, m module.Version, v Verifier, to string, hash func(source string) (string, error)) error {
	if _, err := f.proxies(); err != nil {
		return err
	}
	want, err := v.Sums(ctx, m, ".zip")
	if err != nil {
		return err
	}
	return f.file(ctx, m, ".zip", to, func(source string) error {
		got, err := hash(source)
		if err != nil {
			return err
		}
		return compare(&SumError{Module: m, Ext: ".zip", Got: got, WantFrom: v.String(), Source: source}, want)
	})
}

// file writes a file of a module to a path: the kept one if check accepts it, else what is downloaded, which check has to accept.
func (f *Fetcher) file(ctx context.Context, m module.Version, ext, to string, check func(source string) error) error {
	if f.Settings.SkipsProxy(m.Path) && f.Origin == nil {
		return errors.New("GONOPROXY or GOPRIVATE names it, and it comes from module proxies alone: give --build-arg GONOPROXY=none, or patterns that do not match it")
	}
	name, err := FileName(m, ext)
	if err != nil {
		return err
	}
	keptErr := f.fromKept(name, ext, to, check)
	if keptErr == nil {
		return nil
	}
	source, help, err := f.download(ctx, m, ext, name, to)
	if err != nil {
		if _, ok := errors.AsType[*SumError](keptErr); ok {
			err = fmt.Errorf("%w; and of the file kept from an earlier build: %w", err, keptErr)
		}
		return err
	}
	if err := check(source); err != nil {
		if e, ok := errors.AsType[*SumError](err); ok {
			e.Help = help
		}
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

func (f *Fetcher) fromKept(name, ext, to string, check func(source string) error) error {
	if f.Kept == "" {
		return fs.ErrNotExist
	}
	folder := localfile.Folder(f.Kept)
	if err := folder.Get(name, to, limits[ext]); err != nil {
		return err
	}
	if err := check("an earlier build"); err != nil {
		return err
	}
	if err := folder.Used(name); !errors.Is(err, fs.ErrNotExist) { // another build may have removed it since
		return err
	}
	return nil
}

// download takes a file from the first place that has it: from its origin alone if no proxy is to know of the module.
func (f *Fetcher) download(ctx context.Context, m module.Version, ext, name, to string) (source, help string, err error) {
	fromProxy := func(proxy string) error {
		address := strings.TrimSuffix(proxy, "/") + "/" + name
		source, help = goenv.Redact(address), ""
		return f.get(ctx, address, limits[ext], to)
	}
	fromOrigin := func() error {
		found, err := f.Origin(ctx, m, ext, to)
		if err != nil {
			return err
		}
		if source, help = found.Source, found.Help; found.Proxy != "" {
			return fromProxy(found.Proxy)
		}
		return nil
	}
	if f.Settings.SkipsProxy(m.Path) {
		err = fromOrigin()
		return source, help, err
	}
	proxies, err := f.proxies()
	if err != nil {
		return "", "", err
	}
	err = goenv.TryProxies(proxies, func(p goenv.Proxy) error {
		switch {
		case p.Kind == goenv.KindDirect && f.Origin != nil:
			return fromOrigin()
		case p.Kind != goenv.KindURL:
			return noProxy(p.Kind)
		}
		return fromProxy(p.URL)
	})
	if err != nil && f.Origin != nil && isUnknown(err) {
		err = fmt.Errorf("%w; %s", err, privateHelp(m.Path))
	}
	return source, help, err
}

// isUnknown tells whether proxies, or the names of the network, do not know of a module: so it is with one that nobody has said to be private.
func isUnknown(err error) bool {
	if e, ok := errors.AsType[*HTTPError](err); ok {
		return e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound || e.Status == http.StatusGone
	}
	return strings.Contains(err.Error(), "no such host") // which may be a word of the proxy of the network
}

// privateHelp says how a module is named as a private one: by its host, or by who owns it where many share one.
func privateHelp(modulePath string) string {
	host, _, _ := strings.Cut(modulePath, "/")
	pattern := cmp.Or(forges.Owner(modulePath), host)
	return fmt.Sprintf("if it is private, name it with --build-arg GOPRIVATE=%s, or in the configuration with modules: {private: [%[1]q]}", pattern)
}

func (f *Fetcher) get(ctx context.Context, source string, limit int64, to string) error {
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(f.Client.Get(ctx, source, limit, File{file}), file.Close())
}

// ask gives the URL of one proxy after the other to get, until one has what is looked for.
func (f *Fetcher) ask(get func(proxy string) error) error {
	proxies, err := f.proxies()
	if err != nil {
		return err
	}
	return goenv.TryProxies(proxies, func(p goenv.Proxy) error {
		if p.Kind != goenv.KindURL {
			return noProxy(p.Kind)
		}
		return get(strings.TrimSuffix(p.URL, "/"))
	})
}

func (f *Fetcher) proxies() ([]goenv.Proxy, error) {
	if err := f.Settings.Validate(); err != nil {
		return nil, err
	}
	return goenv.ParseProxies(f.Settings.Proxy)
}

// noProxy is an entry of GOPROXY that serves nothing. It counts as "not found", so that the answer of a proxy before it
// stays the error that is shown.
type noProxy goenv.Kind

func (k noProxy) Error() string {
	if goenv.Kind(k) == goenv.KindOff {
		return "downloads are forbidden by GOPROXY=off"
	}
	return "GOPROXY's \"" + string(k) + "\" stands for version control, which does not have it: a module proxy is needed"
}

func (k noProxy) Is(target error) bool { return target == fs.ErrNotExist }
