package modvcs

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What a place of modules is: a repository of a version control system, or a module proxy.
const (
	git      = "git"
	modProxy = "mod"
)

// place is where a module is developed.
type place struct {
	// Root is the module path that the top of the repository has, or its folder SubDir.
	Root, SubDir string
	URL, VCS     string
}

// hosts are those whose repositories cmd/go knows by their path (vcs.go, vcsPaths).
var hosts = []struct {
	prefix string
	root   *regexp.Regexp
}{
	{"github.com", regexp.MustCompile(`^(github\.com/[\w.\-]+/[\w.\-]+)(?:/[\w.\-]+)*$`)},
	{"bitbucket.org", regexp.MustCompile(`^(bitbucket\.org/[\w.\-]+/[\w.\-]+)(?:/[\w.\-]+)*$`)},
	{"hub.jazz.net/git", regexp.MustCompile(`^(hub\.jazz\.net/git/[a-z0-9]+/[\w.\-]+)(?:/[\w.\-]+)*$`)},
	{"git.apache.org", regexp.MustCompile(`^(git\.apache\.org/[a-z0-9_.\-]+\.git)(?:/[\w.\-]+)*$`)},
	{"git.openstack.org", regexp.MustCompile(`^(git\.openstack\.org/[\w.\-]+/[\w.\-]+)(?:\.git)?(?:/[\w.\-]+)*$`)},
}

// suffixed is a path that says itself where the repository ends, and of what system it is.
var suffixed = regexp.MustCompile(`^((?:[a-z0-9.\-]+\.)+[a-z0-9.\-]+(?::[0-9]+)?(?:/~?[\w.\-]+)+?)\.(bzr|fossil|git|hg|svn)(?:/~?[\w.\-]+)*$`)

// find tells where a module is developed: by its path alone, or as the server of its path says.
func (o *Origin) find(ctx context.Context, modulePath string) (place, error) {
	at, known, err := byPath(modulePath)
	if err != nil {
		return place{}, err
	}
	if !known {
		if at, err = o.ask(ctx, modulePath); err != nil {
			return place{}, err
		}
	}
	switch at.VCS {
	case git, modProxy:
		return at, nil
	}
	return place{}, fmt.Errorf("%s is developed in a repository of %s, and build steps speak git alone: use a module proxy, or vendor the module",
		at.Root, at.VCS)
}

func byPath(modulePath string) (at place, known bool, err error) {
	for _, h := range hosts {
		if modulePath != h.prefix && !strings.HasPrefix(modulePath, h.prefix+"/") {
			continue
		}
		root := h.root.FindStringSubmatch(modulePath)
		if root == nil {
			return place{}, false, fmt.Errorf("%s is no path of a repository of %s", modulePath, h.prefix)
		}
		return place{Root: root[1], URL: "https://" + root[1], VCS: git}, true, nil
	}
	if m := suffixed.FindStringSubmatch(modulePath); m != nil {
		return place{Root: m[1] + "." + m[2], URL: "https://" + m[1], VCS: m[2]}, true, nil
	}
	return place{}, false, nil
}

// goImport is what a page says in its meta tags (https://go.dev/ref/mod#vcs-find).
type goImport struct{ prefix, vcs, url, subDir string }

// ask asks the server of a module path. What it says of a path above counts only if it says the same when it is asked for that.
func (o *Origin) ask(ctx context.Context, modulePath string) (place, error) {
	if host, _, _ := strings.Cut(modulePath, "/"); !strings.Contains(host, ".") {
		return place{}, fmt.Errorf("%s begins with no name of a host", modulePath)
	}
	said, err := o.imports(ctx, modulePath, modulePath)
	if err != nil {
		return place{}, err
	}
	if said.prefix != modulePath {
		again, err := o.imports(ctx, said.prefix, modulePath)
		if err != nil {
			return place{}, err
		}
		if again != said {
			return place{}, fmt.Errorf("the pages of %s and %s disagree about the repository", modulePath, said.prefix)
		}
	}
	u, err := url.Parse(said.url)
	switch {
	case err != nil:
		return place{}, fmt.Errorf("the page of %s names a repository that has no URL", modulePath)
	case u.Scheme != "https" && u.Scheme != "ssh" && u.Scheme != "git+ssh":
		return place{}, fmt.Errorf("the page of %s names a repository whose URL is neither https nor ssh", modulePath)
	case !validSubDir(said.subDir):
		return place{}, fmt.Errorf("the page of %s names the folder %q, which is none of a repository", modulePath, said.subDir)
	}
	return place{Root: said.prefix, SubDir: said.subDir, URL: said.url, VCS: said.vcs}, nil
}

func validSubDir(dir string) bool {
	return dir == "" || !strings.HasPrefix(dir, "/") && path.Clean(dir) == dir && dir != ".." && !strings.HasPrefix(dir, "../")
}

// imports reads the page of a path for what it says of a module.
func (o *Origin) imports(ctx context.Context, page, modulePath string) (goImport, error) {
	address := "https://" + page + "?go-get=1"
	body, failed := o.get(ctx, address)
	if failed != nil && body == nil {
		return goImport{}, failed
	}
	said, err := matching(readImports(body), modulePath)
	switch {
	case err != nil && failed != nil: // the answer was an error, and has nothing else in it
		return goImport{}, failed
	case err != nil:
		return goImport{}, fmt.Errorf("reading %s: %w", address, err)
	}
	return said, nil
}

// readImports reads the meta tags in the head of a page. A module proxy goes before a repository of the same prefix.
func readImports(page []byte) []goImport {
	d := xml.NewDecoder(strings.NewReader(string(page)))
	d.Strict = false
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if c := strings.ToLower(charset); c != "utf-8" && c != "ascii" {
			return nil, fmt.Errorf("the charset is %q", charset)
		}
		return in, nil
	}
	var all []goImport
	for {
		token, err := d.RawToken()
		if err != nil {
			break
		}
		if end, ok := token.(xml.EndElement); ok && strings.EqualFold(end.Name.Local, "head") {
			break
		}
		start, ok := token.(xml.StartElement)
		if ok && strings.EqualFold(start.Name.Local, "body") {
			break
		}
		if !ok || !strings.EqualFold(start.Name.Local, "meta") || attribute(start, "name") != "go-import" {
			continue
		}
		f := append(strings.Fields(attribute(start, "content")), "")
		if len(f) == 4 || len(f) == 5 {
			all = append(all, goImport{f[0], f[1], f[2], f[3]})
		}
	}
	isProxy := func(i goImport) bool { return i.vcs == modProxy }
	proxies := slices.DeleteFunc(slices.Clone(all), func(i goImport) bool { return !isProxy(i) })
	others := slices.DeleteFunc(all, func(i goImport) bool {
		return isProxy(i) || slices.ContainsFunc(proxies, func(p goImport) bool { return p.prefix == i.prefix })
	})
	return append(proxies, others...)
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if strings.EqualFold(a.Name.Local, name) {
			return a.Value
		}
	}
	return ""
}

// matching gives the one import that is of a module.
func matching(imports []goImport, modulePath string) (goImport, error) {
	var found *goImport
	for _, i := range imports {
		if modulePath != i.prefix && !strings.HasPrefix(modulePath, i.prefix+"/") {
			continue
		}
		if found != nil {
			if found.vcs == modProxy && i.vcs != modProxy {
				break
			}
			return goImport{}, errors.New("the page has several go-import tags for " + modulePath)
		}
		found = &i
	}
	if found == nil {
		return goImport{}, errors.New("the page has no go-import tag for " + modulePath)
	}
	return *found, nil
}
