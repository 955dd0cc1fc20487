// Package defaults is the one table of what holds where the configuration says nothing. The plan and the manual are made of it, and
// nothing else names a default.
package defaults

// Values of which each is one word.
const (
	Cgo      = "auto"                 // is on where a package needs it
	Libc     = "glibc"                // what most packages with C are written for
	Compiler = "gcc"                  // has packages of libraries beside it
	CgoBase  = "debian:bookworm-slim" // has a cross compiler for every architecture, and older glibc than what programs run with
	CC       = "gcc"                  // of the builder image
	CXX      = "g++"
	SumDB    = "sum.golang.org"
	Base     = "scratch"
	// User is numeric, so that runAsNonRoot can be checked, and not the id of an account that hosts have.
	User    = "1001:1001"
	Workdir = "/"
	SBOM    = "spdx"
)

// NoConfig is the text of the configuration that clients send where nobody wrote one.
const NoConfig = "# there is no modship.yaml in this directory: these are the defaults\n"

// Path is PATH of an image that says nothing, as container runtimes and BuildKit (util/system) have it.
const Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Target is what the top level of a configuration is called among its targets, unless one has that name.
const Target = "default"

// FileOutputs are the targets of every configuration that give files in place of an image.
func FileOutputs() []string { return []string{"binaries", "sbom"} }

// ReservedTargets are names of targets with a meaning of their own, present or future.
func ReservedTargets() []string {
	return append(FileOutputs(), "compile-cache", "test", "vet", "vulncheck", "debug")
}

// BinDir is the folder of the image that holds the program, relative to its root: runtimes and shells look there.
const BinDir = "usr/local/bin"

// LDFlags leave symbol tables and DWARF out: they are a third of a program and are of no use in an image without a debugger. Stack traces
// do not need them.
func LDFlags() []string { return []string{"-s", "-w"} }

// CFlags are cmd/go's own for compilers and linkers of C; those of the configuration come behind.
func CFlags() []string { return []string{"-O2", "-g"} }

// Link says how a program is linked with a C library.
func Link(libc string) string {
	if libc == "musl" {
		return "static"
	}
	return "dynamic"
}

// Default is one row of the table.
type Default struct {
	// Key is a key of the configuration.
	Key string
	// Value is what the key would be set to. Where it is nil, Words say what holds.
	Value any
	Words string
}

// Table has a row for every key with a default.
func Table() []Default {
	return []Default{
		{"main", nil, "the only main package of the module"},
		{"platforms", nil, "that of the machine that builds"},
		{"module", nil, "the root of the context"},
		{"go", nil, "go.mod's toolchain line, else the newest patch of its go line"},
		{"builder.image", nil, "none is needed"},
		{"build.ldflags", LDFlags(), ""},
		{"build.stamp", nil, "the well-known ones of package main that hold nothing, such as main.version"},
		{"cgo.enabled", nil, Cgo},
		{"cgo.libc", nil, Libc},
		{"cgo.link", nil, Link("glibc") + " with glibc, " + Link("musl") + " with musl"},
		{"cgo.compiler", nil, Compiler},
		{"cgo.base", nil, CgoBase},
		{"cgo.cc", nil, CC},
		{"cgo.cxx", nil, CXX},
		{"modules.proxy", nil, "the GOPROXY of the Go that built modship"},
		{"modules.sumdb", SumDB, ""},
		{"image.base", Base, ""},
		{"image.path", nil, "the name of the program in /" + BinDir},
		{"image.user", User, ""},
		{"image.workdir", Workdir, ""},
		{"image.entrypoint", nil, "the program"},
		{"metadata.title", nil, "the name of the program's file"},
		{"metadata.source", nil, "the remote of the version control, else what the module path says"},
		{"metadata.licenses", nil, "that of the module's license files"},
		{"runtime.otel", false, ""},
		{"sbom", SBOM, ""},
	}
}
