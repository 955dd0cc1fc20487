package modfetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// NewestGoMods gives the go.mod files of the newest versions of modules, nil for each that cannot be had: the error joins the reasons.
// Nobody vouches for them: no go.sum has versions that are not required. They are good for what authors say of older versions, and not for
// a build.
func (f *Fetcher) NewestGoMods(ctx context.Context, list []module.Version) ([][]byte, error) {
	texts := make([][]byte, len(list))
	err := f.each(list, func(i int, m module.Version) (err error) {
		texts[i], err = f.newestGoMod(ctx, m.Path)
		return err
	})
	return texts, err
}

func (f *Fetcher) newestGoMod(ctx context.Context, modulePath string) (goMod []byte, err error) {
	if f.Settings.SkipsProxy(modulePath) {
		return nil, errors.New("GONOPROXY or GOPRIVATE names it, and only module proxies are asked")
	}
	escaped, err := module.EscapePath(modulePath)
	if err != nil {
		return nil, err
	}
	list, err := f.List(ctx, escaped)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	newest := newestOf(list)
	if newest == "" {
		if newest, err = f.latest(ctx, escaped); err != nil {
			return nil, err
		}
	}
	name, err := FileName(module.Version{Path: modulePath, Version: newest}, ".mod")
	if err != nil {
		return nil, err
	}
	return f.small(ctx, name, limits[".mod"])
}

// newestOf gives the highest version of a list, as cmd/go takes "latest": a release, if there is one, of those whose major version is in
// the path of the module, if there are some.
func newestOf(list []byte) string {
	rank := func(version string) (compatible, release bool) {
		return !strings.HasSuffix(version, "+incompatible"), semver.Prerelease(version) == ""
	}
	var versions []string
	for line := range strings.Lines(string(list)) {
		if version, _, _ := strings.Cut(strings.TrimSpace(line), " "); semver.IsValid(version) {
			versions = append(versions, version)
		}
	}
	if len(versions) == 0 {
		return ""
	}
	return slices.MaxFunc(versions, func(a, b string) int {
		aCompatible, aRelease := rank(a)
		bCompatible, bRelease := rank(b)
		switch {
		case aRelease != bRelease:
			return order(aRelease)
		case aCompatible != bCompatible:
			return order(aCompatible)
		}
		return semver.Compare(a, b)
	})
}

func order(first bool) int {
	if first {
		return 1
	}
	return -1
}

// latest asks for the version of a module without releases.
func (f *Fetcher) latest(ctx context.Context, escaped string) (string, error) {
	text, err := f.small(ctx, escaped+"/@latest", limits[".info"])
	if err != nil {
		return "", err
	}
	var info struct{ Version string }
	if err := json.Unmarshal(text, &info); err != nil {
		return "", fmt.Errorf("decoding the latest version of %s: %w", escaped, err)
	}
	return info.Version, nil
}

// small gives what the first proxy has that knows a file.
func (f *Fetcher) small(ctx context.Context, name string, limit int64) (text []byte, err error) {
	err = f.ask(func(proxy string) error {
		text, err = f.Client.GetBytes(ctx, proxy+"/"+name, limit)
		return err
	})
	return text, err
}
