//go:build linux

package integration

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship-build/modship/internal/testing/testbed"
)

func (l *laboratory) startRegistry(ctx context.Context) error {
	addr, stop, err := testbed.StartRegistry(ctx, filepath.Join(l.tools, "registry"), filepath.Join(l.dir, "registry"), os.Environ())
	if err != nil {
		return err
	}
	l.atEnd(stop)
	l.registry = addr
	return nil
}

// push puts an image into the registry and gives its reference.
func (l *laboratory) push(repository string, img v1.Image) (string, error) {
	ref, err := name.ParseReference(l.registry + "/" + repository)
	if err != nil {
		return "", err
	}
	if err := remote.Write(ref, img); err != nil {
		return "", fmt.Errorf("pushing %s: %w", ref, err)
	}
	return ref.String(), nil
}

// pushIndex puts an index into the registry and gives its reference.
func (l *laboratory) pushIndex(repository string, index v1.ImageIndex) (string, error) {
	ref, err := name.ParseReference(l.registry + "/" + repository)
	if err != nil {
		return "", err
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		return "", fmt.Errorf("pushing %s: %w", ref, err)
	}
	return ref.String(), nil
}

// inRegistry tells whether there is an image of that name.
func inRegistry(image string) bool {
	ref, err := name.ParseReference(image)
	if err != nil {
		return false
	}
	_, err = remote.Head(ref)
	return err == nil
}

// imageDigest asks the registry for the digest of what a reference stands for.
func imageDigest(reference string) (string, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", err
	}
	found, err := remote.Head(ref)
	if err != nil {
		return "", err
	}
	return found.Digest.String(), nil
}
