package request

import (
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/target"
)

// Files that steps leave in [Said] for the frontend to read.
const (
	LinkFile      = "link.json"      // of step compile with cgo: a [LinkReport]
	LibrariesFile = "libraries.json" // of step libraries: a [LibrariesReport]
)

// Cgo is the C part of [Build].
type Cgo struct {
	// Provider is who compiles, Libc the C library.
	Provider ctoolchain.Kind `json:"provider,omitempty"`
	Libc     ctoolchain.Libc `json:"libc,omitempty"`
	// Tools are the commands of the compiler, in the sysroot.
	Tools ctoolchain.Tools `json:"tools,omitzero"`
	// CFlags and so on are CGO_CFLAGS and so on, one flag per element.
	CFlags   []string `json:"cflags,omitempty"`
	CPPFlags []string `json:"cppflags,omitempty"`
	CXXFlags []string `json:"cxxflags,omitempty"`
	FFlags   []string `json:"fflags,omitempty"`
	LDFlags  []string `json:"ldflags,omitempty"`
	// Sysroot is the identity of the content of the sysroot: cmd/go hashes neither headers nor libraries.
	Sysroot string `json:"sysroot,omitempty"`
	// Optional says that packages of other modules alone have C, and have files in its place; for what is said of a failure.
	Optional bool `json:"optional,omitempty"`
}

// Includes finds the files that C of the module's own packages may read, and gives those that cmd/go does not hash.
type Includes struct {
	// Sources are the files of the packages that have C in them, below PartGo.
	Sources []string `json:"sources"`
}

// The folders of [Source] for step includes: the Go files and their like, and what C may need beside those.
const (
	PartGo = "0"
	PartC  = "1"
)

// Zig fetches an archive of zig into [Out], as ZigFile, and verifies it.
type Zig struct {
	// URL is where it is, Digest its "sha256:…".
	URL    string `json:"url"`
	Digest string `json:"digest"`
}

// Sysroot makes the root that C is compiled in of the root that the step runs in: a Debian base, into which it installs packages,
// an image that has a compiler, or nothing but a compiler.
type Sysroot struct {
	// From is the digest of what the root is made from.
	From string `json:"from"`
	// ByContent says that another tree stands in for From: the root is then known by nothing but its content.
	ByContent bool `json:"byContent,omitempty"`
	// Target is what is compiled for, Provider who compiles, and Libc the C library.
	Target   target.Target   `json:"target"`
	Provider ctoolchain.Kind `json:"provider"`
	Libc     ctoolchain.Libc `json:"libc"`
	// Packages are Debian packages as apt-get takes them, Runtime those of them whose files the program opens when it runs, and
	// Foreign the architectures to add.
	Packages []string `json:"packages,omitempty"`
	Runtime  []string `json:"runtime,omitempty"`
	Foreign  []string `json:"foreign,omitempty"`
	// Tools are commands of a compiler that brings its libraries: they compile an empty program to have it build them.
	Tools ctoolchain.Tools `json:"tools,omitzero"`
	// Strip says that programs are linked without symbols: such libraries are built apart for that.
	Strip bool `json:"strip,omitempty"`
	// Unpack says that the archive in [ZigArchive] is to be unpacked into [ctoolchain.Dir].
	Unpack bool `json:"unpack,omitempty"`
}

// SysrootReport is sysroot.json.
type SysrootReport struct {
	// ID changes when anything changes that the compiler or the linker may read.
	ID string `json:"id"`
	// Distro is ID and VERSION_ID of os-release(5), such as "debian-12".
	Distro string `json:"distro,omitempty"`
	// Packages are the installed packages of the target, with the files that a linker reads.
	Packages []ctoolchain.Package `json:"packages,omitempty"`
	// Version is that of a compiler which brings its libraries.
	Version string `json:"version,omitempty"`
	// Runtime are the files of the runtime packages.
	Runtime []string `json:"runtime,omitempty"`
}

// Libraries copies what programs need of the sysroot to start in an empty image.
type Libraries struct {
	// Target is the platform of the image.
	Target target.Target `json:"target"`
	// Path is the program's below [Program], Beside are those of further ones.
	Path   string   `json:"path"`
	Beside []string `json:"beside,omitempty"`
	// Runtime says that the program opens files of the sysroot's runtime packages when it runs.
	Runtime bool `json:"runtime,omitempty"`
	// Partial says that the image gets other files too, among which a library may be that the sysroot does not have.
	Partial bool `json:"partial,omitempty"`
	// Sysroot is the identity of the sysroot.
	Sysroot string `json:"sysroot"`
}

// LibrariesReport is libraries.json.
type LibrariesReport struct {
	// Files are the paths of the files that were copied. Each has those of each program, where there are several, in the order of the request.
	Files []string   `json:"files"`
	Each  [][]string `json:"each,omitempty"`
	// Missing says what libraries look for when they run, and the sysroot does not have.
	Missing []string `json:"missing,omitempty"`
}

// LinkReport is link.json.
type LinkReport struct {
	// Archives are the static archives and object files outside of the build that the program has code of. Each has those of each program,
	// where there are several, in the order of the request.
	Archives []string   `json:"archives,omitempty"`
	Each     [][]string `json:"each,omitempty"`
	// Warnings are what the linker said.
	Warnings []string `json:"warnings,omitempty"`
}

// Of are the files of one program.
func (r LibrariesReport) Of(program int) []string { return ofEach(r.Files, r.Each, program) }

// Of are the archives of one program.
func (r LinkReport) Of(program int) []string { return ofEach(r.Archives, r.Each, program) }

func ofEach(all []string, each [][]string, i int) []string {
	if i < len(each) {
		return each[i]
	}
	return all
}
