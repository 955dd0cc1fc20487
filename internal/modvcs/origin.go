// Package modvcs fetches modules from where they are developed, as cmd/go does for "direct" in GOPROXY and for what GOPRIVATE names: it
// finds the repository of a module path, the commit of a version, the module's folder in it, and makes the zip of that.
//
// Nothing that it gives is trusted: whoever asks compares the hash with go.sum. It runs no program, neither git nor ssh, checks nothing
// out, and speaks git alone of the version control systems. It reads no environment and no clock. Credentials are those of one host, and
// go to this host only, by https or ssh; a server of ssh has to have a key that is known.
//
// BuildKit's own git source does less. It runs the daemon's git, with the daemon's HTTP proxies and certificates: neither those of a build nor the
// secrets ca and netrc get there. It takes whatever key a server of ssh shows, unless the graph names one. Each repository is a vertex, so all would
// have to be known before the build list is, and a vertex takes a tag, a branch or a whole hash, where a pseudo-version has twelve digits of one. What
// it has beside that is an entry for each repository in BuildKit's provenance; here go.sum, the SBOM and the program say which modules there are.
package modvcs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/module"
)

// Origin fetches modules from repositories. It is for one build step, and keeps what it has fetched of a repository in Dir.
type Origin struct {
	// Access is how servers are reached.
	Access
	// Dir is an empty folder for repositories.
	Dir string

	mu     sync.Mutex
	places map[string]func() (place, error)
	repos  map[string]*repository
}

// Found says where a file of a module is from.
type Found struct {
	// Source names the repository, the tag and the commit.
	Source string
	// Help says what to do if the file is not the one that go.sum was written for.
	Help string
	// Proxy is the URL of the module proxy that has the file, if the module's host names one in place of a repository. Nothing else is
	// set then, and nothing is written.
	Proxy string
}

// File writes the file of a module with the extension ".info", ".mod" or ".zip".
func (o *Origin) File(ctx context.Context, m module.Version, ext, to string) (Found, error) {
	at, err := o.place(ctx, m.Path)
	if err != nil {
		return Found{}, err
	}
	if at.VCS == modProxy {
		return Found{Proxy: at.URL}, nil
	}
	repo, err := o.repository(at.URL)
	if err != nil {
		return Found{}, err
	}
	repo.mu.Lock()
	defer repo.mu.Unlock()
	src, err := repo.source(ctx, at, m)
	if err != nil {
		return Found{}, err
	}
	switch ext {
	case ".info":
		err = writeInfo(m, src, to)
	case ".mod":
		err = os.WriteFile(to, src.goMod, 0o644)
	case ".zip":
		err = src.writeZip(to)
	default:
		err = fmt.Errorf("no module has a file %s", ext)
	}
	return Found{Source: src.String(), Help: src.help()}, err
}

// place tells where a module is developed, and asks once.
func (o *Origin) place(ctx context.Context, modulePath string) (place, error) {
	o.mu.Lock()
	find, ok := o.places[modulePath]
	if !ok {
		if o.places == nil {
			o.places = map[string]func() (place, error){}
		}
		find = sync.OnceValues(func() (place, error) { return o.find(ctx, modulePath) })
		o.places[modulePath] = find
	}
	o.mu.Unlock()
	return find()
}

// writeInfo writes what cmd/go knows of a version.
func writeInfo(m module.Version, src *source, to string) error {
	text, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{m.Version, src.commit.Committer.When.UTC()})
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
