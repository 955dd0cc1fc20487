package llb

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Dump writes the vertices of definitions for people, each once and behind its inputs: what runs, in which environment,
// and what it reads from whom. Vertices are called by the names that a user sees; equal definitions give equal text.
//
// It leaves out what is new in every session: identities of local sources, and proxies, which are no part of a cache key.
func Dump(defs ...*llb.Definition) (string, error) {
	d := dumper{names: map[digest.Digest]string{}, taken: map[string]int{}}
	for _, def := range defs {
		for _, encoded := range def.Def {
			if err := d.vertex(def, encoded); err != nil {
				return "", err
			}
		}
	}
	return d.out.String(), nil
}

type dumper struct {
	out   strings.Builder
	names map[digest.Digest]string
	taken map[string]int
}

func (d *dumper) line(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

func (d *dumper) vertex(def *llb.Definition, encoded []byte) error {
	id := digest.FromBytes(encoded)
	if _, seen := d.names[id]; seen {
		return nil
	}
	var op pb.Op
	if err := op.UnmarshalVT(encoded); err != nil {
		return fmt.Errorf("decoding the vertex %s: %w", id, err)
	}
	if op.Op == nil {
		return nil // the last one only points at the result
	}
	if d.out.Len() > 0 {
		d.line("")
	}
	d.line("%s", d.name(id, def.Metadata[id].Description["llb.customname"], &op))
	inputs := make([]string, len(op.Inputs))
	for i, in := range op.Inputs {
		inputs[i] = d.names[digest.Digest(in.Digest)]
	}
	d.op(&op, inputs)
	return nil
}

// name gives a vertex a name that no other has.
func (d *dumper) name(id digest.Digest, custom string, op *pb.Op) string {
	name := cmp.Or(custom, op.GetSource().GetIdentifier(), "unnamed")
	d.taken[name]++
	if n := d.taken[name]; n > 1 {
		name = fmt.Sprintf("%s (%d)", name, n)
	}
	d.names[id] = name
	return name
}

func (d *dumper) op(op *pb.Op, inputs []string) {
	switch x := op.Op.(type) {
	case *pb.Op_Source:
		d.line("  source %s%s", x.Source.Identifier, onPlatform(op.Platform))
		for _, key := range slices.Sorted(maps.Keys(x.Source.Attrs)) {
			if key != pb.AttrLocalUniqueID && key != pb.AttrLocalSessionID {
				d.line("    %s=%s", key, x.Source.Attrs[key])
			}
		}
	case *pb.Op_Exec:
		d.line("  exec%s", onPlatform(op.Platform))
		d.exec(x.Exec, inputs)
	case *pb.Op_File:
		d.line("  file")
		for _, action := range x.File.Actions {
			d.file(action, inputs)
		}
	case *pb.Op_Merge:
		d.line("  merge")
		for _, in := range x.Merge.Inputs {
			d.line("    %s", inputName(inputs, in.Input))
		}
	default:
		d.line("  %T", x)
	}
}

// networks has the zero value under the name of what it means.
var networks = map[pb.NetMode]string{pb.NetMode_UNSET: "sandbox", pb.NetMode_HOST: "host", pb.NetMode_NONE: "none"}

func (d *dumper) exec(e *pb.ExecOp, inputs []string) {
	d.line("    args %q", e.Meta.Args)
	d.line("    network %s", networks[e.Network])
	if name := e.Meta.Hostname; name != "" {
		d.line("    hostname %s", name)
	}
	for _, kv := range e.Meta.Env {
		d.line("    env %s", kv)
	}
	for _, m := range e.Mounts {
		d.mount(m, inputs)
	}
}

func (d *dumper) mount(m *pb.Mount, inputs []string) {
	if m.Dest == "/" && m.Input < 0 {
		return // a step runs in an empty root, unless it needs a compiler of C
	}
	var words []string
	add := func(ok bool, word string) {
		if ok {
			words = append(words, word)
		}
	}
	add(true, strings.ToLower(m.MountType.String())+" "+m.Dest)
	add(m.Readonly, "read-only")
	add(m.Output >= 0 && m.MountType == pb.MountType_BIND, "output")
	if c := m.CacheOpt; c != nil {
		add(true, strings.ToLower(c.Sharing.String())+" "+c.ID)
	}
	if s := m.SecretOpt; s != nil {
		add(true, s.ID)
		add(s.Optional, "optional")
	}
	if m.MountType == pb.MountType_BIND || m.Input >= 0 {
		add(true, "from "+inputName(inputs, m.Input))
	}
	add(m.Selector != "", m.Selector)
	add(m.ContentCache == pb.MountContentCache_OFF, "by origin")
	d.line("    %s", strings.Join(words, " "))
}

func (d *dumper) file(action *pb.FileAction, inputs []string) {
	switch x := action.Action.(type) {
	case *pb.FileAction_Copy:
		c := x.Copy
		d.line("    copy %s to %s from %s%s", c.Src, c.Dest, inputName(inputs, action.SecondaryInput),
			attributes(c.Owner, c.ModeStr, c.Timestamp))
		for _, pattern := range c.IncludePatterns {
			d.line("      %s", pattern)
		}
	case *pb.FileAction_Mkdir:
		d.line("    mkdir %s%s", x.Mkdir.Path, attributes(x.Mkdir.Owner, fmt.Sprintf("%o", x.Mkdir.Mode), x.Mkdir.Timestamp))
	case *pb.FileAction_Mkfile:
		d.line("    mkfile %s of %d bytes%s", x.Mkfile.Path, len(x.Mkfile.Data),
			attributes(x.Mkfile.Owner, fmt.Sprintf("%o", x.Mkfile.Mode), x.Mkfile.Timestamp))
	default:
		d.line("    %T", x)
	}
}

// attributes are those that an action sets; -1 is BuildKit's way to say that it sets no time.
func attributes(owner *pb.ChownOpt, mode string, timestamp int64) string {
	var text string
	if owner != nil {
		text += fmt.Sprintf(" owner %d:%d", owner.User.GetByID(), owner.Group.GetByID())
	}
	if mode != "" {
		text += " mode " + mode
	}
	if timestamp >= 0 {
		text += " time " + time.Unix(0, timestamp).UTC().Format(time.RFC3339)
	}
	return text
}

func inputName(inputs []string, index int64) string {
	if index < 0 || int(index) >= len(inputs) {
		return "scratch"
	}
	return inputs[index]
}

func onPlatform(p *pb.Platform) string {
	if p == nil {
		return ""
	}
	return " on " + platforms.FormatAll(ocispecs.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant})
}
