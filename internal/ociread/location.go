package ociread

import (
	"fmt"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/opencontainers/go-digest"
)

// location is a reference that was taken apart.
type location struct {
	// remote is set for a registry, else path.
	remote name.Reference
	format format
	path   string
	// tag or digest pick an entry of a layout; both may be "".
	tag    string
	digest digest.Digest
}

type format string

const (
	layoutFolder  format = "oci"
	layoutArchive format = "oci-archive"
	dockerArchive format = "docker-archive"
)

func locate(ref string, opts Options) (location, error) {
	prefix, rest, _ := strings.Cut(ref, ":")
	switch f := format(prefix); f {
	case layoutFolder, layoutArchive, dockerArchive:
		return locateFile(f, rest)
	}
	if err := checkName(ref); err != nil {
		return location{}, err
	}
	var nameOpts []name.Option
	if opts.Insecure {
		nameOpts = append(nameOpts, name.Insecure)
	}
	remote, err := name.ParseReference(ref, nameOpts...)
	if err != nil {
		return location{}, reference("neither oci:DIR, oci-archive:FILE, docker-archive:FILE nor an image of a registry: %w", err)
	}
	return location{remote: remote}, nil
}

// locateFile finds out where the path ends: both it and the tag may have colons, so the first part that is there is it.
func locateFile(f format, rest string) (location, error) {
	loc := location{format: f}
	if before, after, ok := strings.Cut(rest, "@"); ok {
		if d, err := digest.Parse(after); err == nil {
			rest, loc.digest = before, d
		}
	}
	if rest == "" {
		return location{}, reference("%s: lacks a path", f)
	}
	for i := range len(rest) + 1 {
		if i < len(rest) && rest[i] != ':' {
			continue
		}
		if _, err := os.Stat(rest[:i]); i == 0 || err != nil {
			continue
		}
		loc.path = rest[:i]
		if i < len(rest) {
			loc.tag = rest[i+1:]
		}
		return loc, nil
	}
	_, err := os.Stat(rest)
	return location{}, fmt.Errorf("%w: %w", ErrNotFound, err)
}
