//go:build linux

package gatewaytest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/opencontainers/go-digest"
)

// output is one of the outputs of a vertex.
type output struct {
	vertex digest.Digest
	index  int64
}

// vertex is an operation, and the folders that it gave.
type vertex struct {
	op          *pb.Op
	digest      digest.Digest
	description map[string]string

	mu  sync.Mutex // held by who runs it
	out map[int64]string
}

func (v *vertex) name() string {
	return cmp.Or(v.description["llb.customname"], v.op.GetSource().GetIdentifier(), v.digest.String())
}

// learn takes the vertices of a definition, if the daemon is able to run them, and gives what it points at.
func (c *Client) learn(def *pb.Definition) (*result, error) {
	capabilities := pb.Caps.CapSet(c.without(pb.Caps.All()))
	var last *pb.Op
	for _, encoded := range def.Def {
		id := digest.FromBytes(encoded)
		op := &pb.Op{}
		if err := op.UnmarshalVT(encoded); err != nil {
			return nil, fmt.Errorf("decoding the vertex %s: %w", id, err)
		}
		last = op
		meta := def.Metadata[id.String()]
		for _, needed := range slices.Sorted(maps.Keys(meta.GetCaps())) {
			if err := capabilities.Supports(apicaps.CapID(needed)); err != nil {
				return nil, err
			}
		}
		c.mu.Lock()
		if c.known[id] == nil {
			c.known[id] = &vertex{op: op, digest: id, description: meta.GetDescription()}
		}
		c.mu.Unlock()
	}
	if last.Op != nil || len(last.Inputs) != 1 {
		return nil, errors.New("the definition does not end with what it is of")
	}
	return &result{client: c, def: def, of: outputOf(last.Inputs[0])}, nil
}

func outputOf(in *pb.Input) output { return output{digest.Digest(in.Digest), in.Index} }

// run gives the folder of an output, which nobody may change.
func (c *Client) run(ctx context.Context, o output) (string, error) {
	c.mu.Lock()
	v := c.known[o.vertex]
	c.mu.Unlock()
	if v == nil {
		return "", fmt.Errorf("there is no vertex %s", o.vertex)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.out == nil { // else it has run
		inputs := make([]string, len(v.op.Inputs))
		for i, in := range v.op.Inputs {
			var err error
			if inputs[i], err = c.run(ctx, outputOf(in)); err != nil {
				return "", err
			}
		}
		if err := c.runVertex(ctx, v, inputs); err != nil {
			return "", err
		}
	}
	dir, ok := v.out[o.index]
	if !ok {
		return "", fmt.Errorf("%s has no output %d", v.name(), o.index)
	}
	return dir, nil
}

// Forget drops what the vertices gave whose names begin so, as a daemon does that needs the room.
func (c *Client) Forget(prefix string) {
	c.mu.Lock()
	var all []*vertex
	for _, v := range c.known {
		if strings.HasPrefix(v.name(), prefix) {
			all = append(all, v)
		}
	}
	c.mu.Unlock()
	for _, v := range all {
		v.mu.Lock()
		v.out = nil
		v.mu.Unlock()
	}
}

func (c *Client) runVertex(ctx context.Context, v *vertex, inputs []string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.ran = append(c.ran, v.name())
	c.mu.Unlock()
	var err error
	if c.Running != nil {
		err = c.Running(v.name())
	}
	var out map[int64]string
	if err == nil {
		out, err = c.operate(ctx, v, inputs)
	}
	if err != nil {
		return errdefs.WrapVertex(err, v.digest)
	}
	v.out = out
	return nil
}

func (c *Client) operate(ctx context.Context, v *vertex, inputs []string) (map[int64]string, error) {
	switch op := v.op.Op.(type) {
	case *pb.Op_Source:
		dir, err := c.source(ctx, op.Source, v.op.Platform)
		return map[int64]string{0: dir}, err
	case *pb.Op_File:
		return c.files(ctx, op.File, inputs)
	case *pb.Op_Merge:
		dir, err := c.merge(ctx, inputs)
		return map[int64]string{0: dir}, err
	case *pb.Op_Exec:
		return c.exec(ctx, v, op.Exec, inputs)
	}
	return nil, fmt.Errorf("%s: operations as %T are not imitated", v.name(), v.op.Op)
}
