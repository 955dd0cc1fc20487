//go:build linux

package gatewaytest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

const imageScheme = "docker-image://"

// image is an image of several platforms.
type image struct {
	digest digest.Digest
	// configs and roots are by platform.
	configs map[string][]byte
	roots   map[string]string
}

// Root is an image for one platform: the folder that it holds, and its configuration.
type Root struct {
	Dir    string
	Config ocispecs.Image
}

// AddImage puts an image where the daemon finds it under name, such as "debian:bookworm-slim". Its digest is made of the configurations.
func (c *Client) AddImage(name string, roots ...Root) {
	c.t.Helper()
	img := image{configs: map[string][]byte{}, roots: map[string]string{}}
	all := digest.Canonical.Digester()
	for _, root := range roots {
		id := platforms.FormatAll(platforms.Normalize(root.Config.Platform))
		config, err := json.Marshal(root.Config)
		if err != nil {
			c.t.Fatal(err)
		}
		img.configs[id], img.roots[id] = config, root.Dir
		_, _ = all.Hash().Write(config)
	}
	img.digest = all.Digest()
	c.images[c.repository(name)+"@"+img.digest.String()] = img
	c.images[c.full(name)] = img
}

func (c *Client) full(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		c.t.Fatal(err)
	}
	return reference.TagNameOnly(named).String()
}

func (c *Client) repository(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		c.t.Fatal(err)
	}
	return named.Name()
}

// ResolveSourceMetadata knows images. As BuildKit does, it takes for an image of one platform whatever is asked for.
func (c *Client) ResolveSourceMetadata(ctx context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	ref, ok := strings.CutPrefix(op.Identifier, imageScheme)
	img, found := c.images[ref]
	if !ok || !found {
		return nil, fmt.Errorf("%s: not found", ref)
	}
	platform := Platform()
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		platform = *opt.ImageOpt.Platform
	}
	config, ok := pick(img.configs, platform)
	if !ok {
		return nil, fmt.Errorf("%s: no match for platform in manifest: not found", ref)
	}
	return &sourceresolver.MetaResponse{Op: op, Image: &sourceresolver.ResolveImageResponse{Digest: img.digest, Config: config}}, nil
}

// imageRoot gives the folder of an image.
func (c *Client) imageRoot(ref string, platform *pb.Platform) (string, bool) {
	img, ok := c.images[ref]
	if !ok {
		return "", false
	}
	want := Platform()
	if platform != nil {
		want = platform.Spec()
	}
	return pick(img.roots, want)
}

func pick[T any](byPlatform map[string]T, want ocispecs.Platform) (T, bool) {
	if found, ok := byPlatform[platforms.FormatAll(platforms.Normalize(want))]; ok {
		return found, ok
	}
	var only T
	for _, only = range byPlatform {
	}
	return only, len(byPlatform) == 1
}
