package cli

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/ociindex"
	"github.com/modship-build/modship/internal/diag"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
)

// contexts are the values of --build-context, in the forms in which they reach the daemon.
type contexts struct {
	attrs  map[string]string
	locals map[string]fsutil.FS
	stores map[string]content.Store
}

// remoteContext matches what BuildKit fetches itself.
var remoteContext = regexp.MustCompile(`^(https?://|git://|ssh://|git@|docker-image://)`)

const ociLayoutPrefix = "oci-layout://"

// parseContexts reads the values NAME=VALUE of --build-context, where VALUE is a directory or an address. reserved are the
// names of the local sources that the build has anyway.
func parseContexts(values []string, reserved []string, mistakes *diag.List) contexts {
	c := contexts{attrs: map[string]string{}, locals: map[string]fsutil.FS{}, stores: map[string]content.Store{}}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" || value == "" {
			flagMistake(mistakes, "build-context", "%q: want NAME=VALUE", v)
			continue
		}
		if err := c.add(name, value, reserved); err != nil {
			flagMistake(mistakes, "build-context", "%q: %v", v, err)
		}
	}
	return c
}

func (c contexts) add(name, value string, reserved []string) error {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return fmt.Errorf("invalid name: %w", err)
	}
	name = strings.TrimSuffix(reference.FamiliarString(named), ":latest") // as dockerui looks it up
	key := "context:" + name
	switch {
	case remoteContext.MatchString(value):
		c.attrs[key] = value
		return nil
	case strings.HasPrefix(value, ociLayoutPrefix):
		return c.addLayout(key, strings.TrimPrefix(value, ociLayoutPrefix))
	}
	dir, err := openDir(value)
	if err != nil {
		return err
	}
	source := name
	if slices.Contains(reserved, name) {
		source = "_" + name
	}
	c.locals[source] = dir
	c.attrs[key] = "local:" + source
	return nil
}

// addLayout takes PATH, PATH:TAG or PATH@DIGEST of an OCI layout; the tag is resolved here, where the index is.
func (c contexts) addLayout(key, layout string) error {
	path, dgst, pinned := strings.Cut(layout, "@")
	tag := "latest"
	if i := strings.LastIndexByte(path, ':'); i > strings.LastIndexByte(path, '/') {
		path, tag = path[:i], path[i+1:]
	}
	if !exists(filepath.Join(path, ocispecs.ImageIndexFile)) {
		return fmt.Errorf("%s is no OCI layout: it has no %s", path, ocispecs.ImageIndexFile) // a store would be created there
	}
	if !pinned {
		desc, err := ociindex.NewStoreIndex(path).Get(tag)
		if err != nil {
			return err
		}
		if desc == nil {
			return fmt.Errorf("the layout has no tag %q", tag)
		}
		dgst = desc.Digest.String()
	}
	if err := digest.Digest(dgst).Validate(); err != nil {
		return fmt.Errorf("%q: %w", dgst, err)
	}
	store, err := local.NewStore(path)
	if err != nil {
		return fmt.Errorf("opening the layout: %w", err)
	}
	id := fmt.Sprintf("context%d", len(c.stores))
	c.stores[id] = store
	c.attrs[key] = ociLayoutPrefix + id + "@" + dgst
	return nil
}
