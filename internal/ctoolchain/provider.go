package ctoolchain

import "github.com/modship-build/modship/internal/target"

// Libc is a C library.
type Libc string

// The C libraries of Linux that programs are linked with.
const (
	Glibc Libc = "glibc"
	Musl  Libc = "musl"
)

// Kind is the name of a provider's compiler, in plans and requests.
type Kind string

// The kinds.
const (
	// GCC is Debian's cross compiler.
	GCC Kind = "gcc"
	// Zig is zig, which brings its own C libraries.
	Zig Kind = "zig"
	// BuilderImage is what the builder image has.
	BuilderImage Kind = "image"
)

// providers has one for each kind and library.
var providers = []Provider{debian, debianMusl, zig(Glibc), zig(Musl), builderImage(Glibc), builderImage(Musl)}

// Provider is one way to have C compiled. Functions that are nil have nothing to give.
type Provider struct {
	// Kind and Libc tell it from the others.
	Kind Kind
	Libc Libc
	// Origin says which image the compiler is in, or is installed into; builder is the builder image.
	Origin func(s Settings, builder string) Origin
	// Compiler gives the commands, and what they are made of. The error is a [*diag.Error] with help if the job is refused, and
	// another one if there is no compiler for the target.
	Compiler func(Job) (Tools, Needs, error)
	// Conflicts are those of the settings for this provider, also where it is not chosen, with each other and with others. builder
	// says that there is a builder image.
	Conflicts func(s Settings, builder bool) []Conflict
	// Check finds what packages ask for and do not get.
	Check func(Settings, []Use) []Problem

	// Files are to be written into the root that the compiler is in, all of them executable.
	Files func(target.Target) map[string]string
	// Env is the environment of the commands.
	Env []string
	// Version are the arguments by which the compiler prints its version, if it brings libraries that no package tells of.
	Version []string
	// Warm are the flags of links of an empty program, source, by which such a compiler builds its libraries into [Cache]. strip says
	// that programs have no symbols.
	Warm func(source string, libc Libc, strip bool) [][]string
	// NoMap says that the linker writes no map of what it took.
	NoMap bool
	// Strip says that the linker has to be told -s: cmd/link's own stands before the -g of CGO_LDFLAGS, which may undo it.
	Strip bool

	// Help is what is said of a failure.
	Help Help
	// Brings names the libraries without packages that programs have inside, BringsCXX those of C++.
	Brings, BringsCXX []string
}

// Of gives the provider of a kind and a library. Where none is named, nothing is known of the compiler but that it is there.
func Of(kind Kind, libc Libc) Provider {
	for _, p := range providers {
		if p.Kind == kind && p.Libc == libc {
			return p
		}
	}
	return builderImage(libc)
}

// Job is one target to compile C for.
type Job struct {
	Settings      Settings
	Target, Build target.Target
	// Scratch says that the image has nothing but what the build gives it, Alone that no other target is built for.
	Scratch, Alone bool
}

// Tools is a C toolchain, its commands as cmd/go takes them.
type Tools struct {
	// CC and CXX are compilers, AR makes archives; a command may have flags.
	CC  string `json:"cc"`
	CXX string `json:"cxx,omitempty"`
	AR  string `json:"ar,omitempty"`
	// FC compiles Fortran; it is "" if nothing does. It is not installed with the others.
	FC string `json:"fc,omitempty"`
	// PkgConfig is PKG_CONFIG_LIBDIR: where the target's .pc files are.
	PkgConfig string `json:"pkgConfig,omitempty"`
}

// Needs are what a compiler is made of beside an image.
type Needs struct {
	// Archive is the address of an archive with the compiler, Digest its "sha256:…".
	Archive string `json:"archive,omitempty"`
	Digest  string `json:"digest,omitempty"`
	// Compiler are the compiler's packages, as apt-get takes them, and Packages the configuration's; Runtime are those of these whose
	// files the image gets. Foreign are architectures that dpkg has to know for that.
	Compiler []string `json:"compiler,omitempty"`
	Packages []string `json:"packages,omitempty"`
	Runtime  []string `json:"runtime,omitempty"`
	Foreign  []string `json:"foreign,omitempty"`
}

// Folders of a compiler that is alone in its root.
const (
	Dir   = "/zig"       // the compiler, with what lies beside it
	Cache = "/zig-cache" // libraries that it has built
	// LocalCache is what it needs no more when it ends.
	LocalCache = "/tmp/zig"
)

// Origin is an image with a compiler, or for one.
type Origin struct {
	// Image is a reference, "" if the compiler is in an archive; Key is what names it in the configuration. Pinned says that it has
	// been resolved.
	Image, Key string
	Pinned     bool
	// Program is looked for in PATH, and taken with its folder and nothing else; "" stands for all of the image.
	Program string
}

// Problem is what a package asks for and does not get.
type Problem struct {
	// Key is the place in the configuration, Package an import path or "".
	Key, Package string
	Msg, Help    string
}

// Help is what is said of a failure.
type Help struct {
	// Missing is where headers, libraries and .pc files can come from that are missing.
	Missing string
	// Symbols is what has a symbol that no library has, "" if there are no other libraries than those that are linked.
	Symbols string
	// Packages says that Debian's packages can be named.
	Packages bool
}
