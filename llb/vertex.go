package llb

import (
	"fmt"
	"io/fs"
	"slices"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/request"
)

// vertex is one operation of the graph, as data.
type vertex struct {
	// id counts the vertices of a builder: those that it reads from have lower ones.
	id int
	// name is what a user sees of it.
	name string
	op   op
	// online says that it has a network or secrets, code that code of the project is in it or in what it reads. None has both.
	online, code bool
}

// op is what a vertex does: [step], [files], [merge], [image] or [given]. Fields are exported for the comparison of vertices.
type op interface {
	// inputs are the trees that it reads, some of which may be empty.
	inputs() []Tree
}

// Tree is a tree of files: what a vertex gives in one of its folders. The zero Tree is empty. Trees of a builder are the same if they
// are equal.
type Tree struct {
	vertex *vertex
	dir    string
}

// root is where a vertex gives what it makes, if that is one tree.
const root = "/"

// at is what a vertex gives in a folder.
func (v *vertex) at(dir string) Tree { return Tree{vertex: v, dir: dir} }

// Empty tells whether no vertex gives the tree.
func (t Tree) Empty() bool { return t.vertex == nil }

// MarshalText names the tree among those of its builder.
func (t Tree) MarshalText() ([]byte, error) {
	if t.Empty() {
		return nil, nil
	}
	return fmt.Appendf(nil, "%d %s", t.vertex.id, t.dir), nil
}

// step runs the program of the steps, alone in its root.
type step struct {
	Stage   request.Stage
	Request request.Request
	// Root is empty, has room for the network's certificate, or has a compiler of C.
	Root   Tree
	Mounts []mount
	// Network says that it reaches servers; Secrets are the IDs of what it gets for that, and Env says where modules come from.
	Network bool
	Secrets []string
	Env     []string
	// SSH says that it gets the agent of the client, if there is one.
	SSH bool
	// Token is [request.TokenVariable] of a step without a network; it is no part of its key.
	Token string
	// NoCache has it run again; NoExport keeps it out of exported caches.
	NoCache, NoExport bool
}

func (s step) inputs() []Tree {
	trees := []Tree{s.Root}
	for _, m := range s.Mounts {
		trees = append(trees, m.From)
	}
	return trees
}

// mount is a folder of a step.
type mount struct {
	At  string
	Use use
	// From is what is there when the step begins, or the folder Path of that.
	From Tree
	Path string
	// Cache is the ID of a cache mount.
	Cache string
	// ByOrigin is for large mounts: BuildKit would hash all of their content before the step starts, to find out whether it
	// ran on the same files before. Such a step runs again whenever the one before it did.
	ByOrigin bool
}

// use is what a step does with a mount.
type use string

const (
	reads  use = "reads"  // and cannot write
	gives  use = "gives"  // what is there in the end
	spoils use = "spoils" // what is there in the end is thrown away
	keeps  use = "keeps"  // a cache mount, which other steps have as well
	waits  use = "waits"  // for a cache mount that one step has at a time, and reads nothing of it
)

// out is what a step makes, said what it says to the frontend.
var (
	out  = mount{At: request.Out, Use: gives}
	said = mount{At: request.Said, Use: gives}
)

// reading mounts what a step reads.
func reading(at string, from Tree) mount { return mount{At: at, Use: reads, From: from} }

// folder gives the mount with but a folder of the tree.
func (m mount) folder(path string) mount {
	m.Path = path
	return m
}

// byOrigin gives the mount keyed by where it comes from.
func (m mount) byOrigin() mount {
	m.ByOrigin = true
	return m
}

// files changes On by actions, one after the other.
type files struct {
	On      Tree
	Actions []action
}

func (f files) inputs() []Tree {
	trees := []Tree{f.On}
	for _, a := range f.Actions {
		trees = append(trees, a.From)
	}
	return trees
}

// action is one change of a file or a folder To.
type action struct {
	Verb verb
	To   string
	// From and Path are what is copied: of a folder its content if Content is set, of which Include names what.
	From    Tree
	Path    string
	Content bool
	Include []string
	// Parents makes the folders above; Unpack copies what an archive has in its place.
	Parents, Unpack bool
	// Mode and Data are those of what is made, Created is its time.
	Mode    fs.FileMode
	Data    []byte
	Created *time.Time
}

type verb string

const (
	copies    verb = "copy"
	makesDir  verb = "mkdir"
	makesFile verb = "mkfile"
)

// merge lays trees over one another, the lowest first.
type merge struct{ Layers []Tree }

func (m merge) inputs() []Tree { return slices.Clone(m.Layers) }

// image is an image of a registry, on one platform.
type image struct {
	Ref      string
	Platform ocispecs.Platform
}

func (image) inputs() []Tree { return nil }
