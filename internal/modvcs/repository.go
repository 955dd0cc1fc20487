package modvcs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-git/go-billy/v6/osfs"
	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/cache"
	"github.com/go-git/go-git/v6/plumbing/object"
	"github.com/go-git/go-git/v6/plumbing/protocol"
	"github.com/go-git/go-git/v6/plumbing/protocol/capability"
	"github.com/go-git/go-git/v6/plumbing/protocol/packp"
	"github.com/go-git/go-git/v6/plumbing/transport"
	githttp "github.com/go-git/go-git/v6/plumbing/transport/http"
	"github.com/go-git/go-git/v6/storage"
	"github.com/go-git/go-git/v6/storage/filesystem"
)

// repository is what is known of a repository on a server. One goroutine at a time uses it.
type repository struct {
	access *Access
	dir    string

	mu sync.Mutex
	// urls are addresses to try, one of them once one has answered.
	urls []*url.URL
	// refs are the commits or tags of branches and tags by their full name; a name with ^{} is what a tag stands for.
	refs  map[string]plumbing.Hash
	store storage.Storer
	// fetched are the commits or tags in store: of another, the server sends what differs.
	fetched []plumbing.Hash
	// found are commits by the first digits of their hash.
	found map[string]plumbing.Hash
}

// repository gives what is known of the repository at an address.
func (o *Origin) repository(address string) (*repository, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r, ok := o.repos[address]; ok {
		return r, nil
	}
	u, err := parseURL(o.rewrite(address))
	if err != nil {
		return nil, err
	}
	r := &repository{access: &o.Access, dir: filepath.Join(o.Dir, strconv.Itoa(len(o.repos))), urls: []*url.URL{u}}
	if u.Scheme == "https" && o.SSH != nil && u.Port() == "" { // who hands over keys means them to be used
		r.urls = append(r.urls, &url.URL{Scheme: "ssh", User: url.User(o.SSH.user()), Host: u.Host, Path: u.Path})
	}
	if o.repos == nil {
		o.repos = map[string]*repository{}
	}
	o.repos[address] = r
	return r, nil
}

// url is the address that has answered.
func (r *repository) url() *url.URL { return r.urls[0] }

// session opens a session to read from a repository.
func (a *Access) session(ctx context.Context, u *url.URL, https http.RoundTripper, l *listing) (transport.Session, error) {
	req := &transport.Request{URL: u, Command: transport.UploadPackService, Protocol: protocol.V2}
	if u.Scheme == "ssh" {
		session, err := a.SSH.session(ctx, req, a.stall(), l)
		if err != nil {
			return nil, a.explainSSH(u, err)
		}
		return session, nil
	}
	opts := githttp.Options{Client: a.httpClient(https), Credentials: a.credentialFor}
	session, err := githttp.NewTransport(opts).Handshake(ctx, req)
	return session, a.explain(u, "repository", err)
}

// explained says what to do about an error of a session.
func (r *repository) explained(err error) error {
	if r.url().Scheme == "ssh" {
		return r.access.explainSSH(r.url(), err)
	}
	return r.access.explain(r.url(), "repository", err)
}

// withSession does something in a session at the first address that opens one, and from then on at that one. What fails because of the
// server is tried again, from its beginning.
func (r *repository) withSession(ctx context.Context, do func(transport.Session) error) error {
	var failed []error
	for _, u := range r.urls {
		opened := false
		err := r.access.retry(ctx, u, func() error {
			l := &listing{}
			seen := &witness{RoundTripper: listingTransport{r.access.patient(), l}}
			session, err := r.access.session(ctx, u, seen, l)
			if err != nil {
				return l.explain(u, err)
			}
			defer session.Close()
			r.urls, opened = []*url.URL{u}, true
			return l.explain(u, seen.with(r.inSession(ctx, session, func(s transport.Session) error {
				l.over.Store(true)
				return do(s)
			})))
		})
		if err == nil {
			return nil
		}
		failed = append(failed, err)
		if opened || !isDenied(err) {
			break
		}
	}
	return errors.Join(failed...)
}

// inSession reads the names of branches and tags, if they are not known, and does something else in the same session.
func (r *repository) inSession(ctx context.Context, session transport.Session, do func(transport.Session) error) error {
	if r.refs == nil {
		if err := r.list(ctx, session); err != nil {
			return err
		}
	}
	return do(session)
}

func (r *repository) list(ctx context.Context, session transport.Session) error {
	listed, err := session.GetRemoteRefs(ctx, &transport.GetRemoteRefsOptions{RefPrefixes: []string{"HEAD", "refs/heads/", "refs/tags/"}})
	if err != nil {
		return r.explained(fmt.Errorf("listing branches and tags: %w", err))
	}
	r.refs = map[string]plumbing.Hash{}
	for _, ref := range listed.References {
		name := ref.Name().String()
		if ref.Type() == plumbing.HashReference && (name == "HEAD" || strings.HasPrefix(name, "refs/heads/") || strings.HasPrefix(name, "refs/tags/")) {
			r.refs[name] = ref.Hash()
		}
	}
	return nil
}

// tag gives the commit of a tag.
func (r *repository) tag(ctx context.Context, name string) (*object.Commit, error) {
	full := "refs/tags/" + name
	if hash, ok := r.refs[full]; !ok || !r.has(hash) {
		err := r.withSession(ctx, func(session transport.Session) error {
			hash, ok := r.refs[full]
			if !ok {
				return &missingError{r.url(), "tag " + name}
			}
			return r.fetch(ctx, session, hash)
		})
		if err != nil {
			return nil, err
		}
	}
	return r.peel(r.refs[full])
}

// abbreviated gives the commit whose hash begins with some digits, if it is in the history of a branch or a tag. Commits that are not, such
// as those of pull requests, cmd/go does not take for ones of the repository either.
func (r *repository) abbreviated(ctx context.Context, prefix string) (*object.Commit, error) {
	if hash, ok := r.found[prefix]; ok {
		return r.peel(hash)
	}
	var hash plumbing.Hash
	err := r.withSession(ctx, func(session transport.Session) (err error) {
		if hash, err = r.lookUp(prefix); err != nil || hash.IsZero() {
			return err
		}
		return r.fetch(ctx, session, hash)
	})
	if err == nil && hash.IsZero() {
		hash, err = r.search(ctx, prefix)
	}
	if err != nil {
		return nil, err
	}
	if r.found == nil {
		r.found = map[string]plumbing.Hash{}
	}
	r.found[prefix] = hash
	return r.peel(hash)
}

// lookUp finds a prefix among the branches and tags.
func (r *repository) lookUp(prefix string) (found plumbing.Hash, err error) {
	for _, name := range slices.Sorted(maps.Keys(r.refs)) {
		hash := r.refs[name]
		if !strings.HasPrefix(hash.String(), prefix) || hash == found {
			continue
		}
		if !found.IsZero() {
			return found, fmt.Errorf("%s: several commits begin with %s", shown(r.url()), prefix)
		}
		found = hash
	}
	return found, nil
}

// search looks a prefix up in the history of all branches and tags, and fetches what it finds. The history comes without files where the
// server can leave them out; other servers give no commit by its hash either, and then all of it is kept.
func (r *repository) search(ctx context.Context, prefix string) (found plumbing.Hash, err error) {
	err = r.withSession(ctx, func(session transport.Session) error {
		var store storage.Storer
		req := &transport.FetchRequest{Wants: r.tips()}
		bare := canFilter(session)
		if bare {
			dir := filepath.Join(r.dir, "history")
			defer os.RemoveAll(dir)
			if store, err = newStore(dir); err != nil {
				return err
			}
			req.Filter = packp.FilterTreeDepth(0)
		} else if store, err = r.objects(); err != nil {
			return err
		}
		if err := session.Fetch(ctx, store, req); err != nil && !errors.Is(err, transport.ErrNoChange) {
			return r.explained(fmt.Errorf("fetching the history: %w", err))
		}
		found, err = r.inHistory(store, prefix)
		return err
	})
	if err != nil || r.has(found) {
		return found, err
	}
	return found, r.withSession(ctx, func(session transport.Session) error { return r.fetch(ctx, session, found) })
}

// tips are what branches and tags point to.
func (r *repository) tips() []plumbing.Hash {
	var all []plumbing.Hash
	for _, name := range slices.Sorted(maps.Keys(r.refs)) {
		if hash := r.refs[name]; !strings.HasSuffix(name, "^{}") && !slices.Contains(all, hash) {
			all = append(all, hash)
		}
	}
	return all
}

func (r *repository) inHistory(store storage.Storer, prefix string) (found plumbing.Hash, err error) {
	commits, err := store.IterEncodedObjects(plumbing.CommitObject)
	if err != nil {
		return found, err
	}
	defer commits.Close()
	err = commits.ForEach(func(o plumbing.EncodedObject) error {
		hash := o.Hash()
		if !strings.HasPrefix(hash.String(), prefix) || hash == found {
			return nil
		}
		if !found.IsZero() {
			return fmt.Errorf("%s: several commits begin with %s", shown(r.url()), prefix)
		}
		found = hash
		return nil
	})
	if err == nil && found.IsZero() {
		err = &missingError{r.url(), "commit " + prefix + " in the history of a branch or a tag"}
	}
	return found, err
}

// canFilter tells whether a server leaves out what is not asked for, and gives commits by their hash.
func canFilter(s transport.Session) bool {
	return strings.Contains(strings.Join(s.Capabilities().Get(capability.FetchCmd), " "), capability.Filter)
}

// fetch brings one commit with its files.
func (r *repository) fetch(ctx context.Context, session transport.Session, hash plumbing.Hash) error {
	store, err := r.objects()
	if err != nil {
		return err
	}
	err = session.Fetch(ctx, store, &transport.FetchRequest{Wants: []plumbing.Hash{hash}, Haves: r.fetched, Depth: 1})
	if err != nil && !errors.Is(err, transport.ErrNoChange) {
		return r.explained(fmt.Errorf("fetching %s: %w", hash, err))
	}
	r.fetched = append(r.fetched, hash)
	return nil
}

// objects is where commits and their files are kept.
func (r *repository) objects() (storage.Storer, error) {
	if r.store != nil {
		return r.store, nil
	}
	store, err := newStore(filepath.Join(r.dir, "objects"))
	if err != nil {
		return nil, err
	}
	r.store = store
	return store, nil
}

func newStore(dir string) (storage.Storer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	s := filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRU(maxCached))
	return boundedStore{s, dir, maxPack}, s.Init()
}

const maxCached = 16 << 20 // bytes of objects kept in memory for each repository

func (r *repository) has(hash plumbing.Hash) bool {
	return r.store != nil && r.store.HasEncodedObject(hash) == nil
}

// peel gives the commit that a tag stands for.
func (r *repository) peel(hash plumbing.Hash) (*object.Commit, error) {
	for range 8 {
		tag, err := object.GetTag(r.store, hash)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		hash = tag.Target
	}
	commit, err := object.GetCommit(r.store, hash)
	if err != nil {
		return nil, fmt.Errorf("reading commit %s of %s: %w", hash, shown(r.url()), err)
	}
	return commit, nil
}

// missingError says that a repository lacks a tag or a commit.
type missingError struct {
	url  *url.URL
	what string
}

func (e *missingError) Error() string { return fmt.Sprintf("%s has no %s", shown(e.url), e.what) }
