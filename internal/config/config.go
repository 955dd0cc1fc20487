// Package config reads the file a build starts from: a `# syntax=` line followed by strict YAML, or by nothing at all.
//
// Contract. [Parse] takes bytes and either returns a [File] or every mistake it found, each a [diag.Error] with file, line
// and column. It reads a deliberately small YAML: one document, no anchors, aliases, merge keys, tags or directives, no
// duplicate keys, and sizes bounded as limits.go says, because the file comes from whoever wrote the repository. An unknown
// key is a mistake, never ignored: a key that does nothing is a lie. [File.Target] lays one target over the top level, puts
// the arguments in and returns a [Config]: plain, normalised data without positions. Positions are asked for by path with
// [File.TargetRange].
//
// Nothing here reads other files, the environment or a clock; what needs the module (is there a main package there?) is
// checked by those who know it.
package config

import "github.com/modship-build/modship/internal/ctoolchain"

// Config is what the file says about one image. Its zero value is the zero configuration: everything derived. A nil slice or
// map means that the file did not say.
type Config struct {
	// Main are the main packages.
	Main Mains `json:"main,omitzero"`
	// Platforms are those that are built for if nobody asks for others, in normal form, each once.
	Platforms []string `json:"platforms,omitzero"`
	// Module is the folder of the module in the context, a slash-separated path in its shortest form; "" stands for the root.
	Module  string  `json:"module,omitzero"`
	Go      Go      `json:"go,omitzero"`
	Builder Builder `json:"builder,omitzero"`
	// Source are what other contexts lay over the build context before anything of it but the module files is read.
	Source []Source `json:"source,omitzero"`
	Build  Build    `json:"build,omitzero"`
	// Cgo says how C is compiled.
	Cgo     ctoolchain.Settings `json:"cgo,omitzero"`
	Modules Modules             `json:"modules,omitzero"`
	Image   Image               `json:"image,omitzero"`
	// Metadata is what the image says of the program, and cannot be derived or is to replace what is.
	Metadata Metadata `json:"metadata,omitzero"`
	// Runtime holds the settings of Go's runtime in the container.
	Runtime Runtime `json:"runtime,omitzero"`
	// SBOM is "", "spdx" or "off".
	SBOM  string `json:"sbom,omitzero" accept:"boolean"`
	Cache Cache  `json:"cache,omitzero"`
	Check Check  `json:"check,omitzero"`
}

// Check says what becomes of findings by the rules for builds.
type Check struct {
	// Rules are levels by the IDs of rules, see package rules: off, info, warn or error.
	Rules map[string]string `json:"rules,omitzero"`
}

// Builder says where the build steps run.
type Builder struct {
	// Image is a reference of an image that build steps run in, in place of the derived toolchain.
	Image string `json:"image,omitzero"`
}

// Build holds what changes the compiled program.
type Build struct {
	// Tags are single build tags.
	Tags []string `json:"tags,omitzero"`
	// LDFlags are single linker flags, one per element.
	LDFlags []string `json:"ldflags,omitzero"`
	// Stamp says which variables the linker sets.
	Stamp Stamp `json:"stamp,omitzero"`
	// Env holds GOEXPERIMENT and GOFIPS140; everything else is refused.
	Env map[string]string `json:"env,omitzero"`
}

// Modules says where modules come from and how they are verified; https://go.dev/ref/mod#environment-variables.
type Modules struct {
	// Proxy has the syntax of GOPROXY.
	Proxy string `json:"proxy,omitzero"`
	// SumDB says where Go's checksum database is reached, in the syntax of GOSUMDB.
	SumDB string `json:"sumdb,omitzero"`
	// Private are the glob patterns of GOPRIVATE.
	Private []string `json:"private,omitzero"`
	// NoSumDB are the glob patterns of GONOSUMDB; they have no effect.
	NoSumDB []string `json:"nosumdb,omitzero"`
	// Insecure are hosts, with or without a port, that proxies and a checksum database may be asked at by plain http.
	Insecure []string `json:"insecure,omitzero"`
	// Rewrite has prefixes of URLs of repositories and what takes their place, as url.BASE.insteadOf of git.
	Rewrite map[string]string `json:"rewrite,omitzero"`
}

// Image is what the image holds beside the program, and what its config says.
type Image struct {
	// Base is "scratch" or an image reference.
	Base string `json:"base,omitzero"`
	// Path is where the program goes, an absolute path; a trailing slash makes it a directory.
	Path string `json:"path,omitzero"`
	// User is "uid:gid", both from 1 to 2147483647.
	User string `json:"user,omitzero" accept:"integer"`
	// Env are variables by their names.
	Env map[string]Template `json:"env,omitzero"`
	// Ports are "number/protocol".
	Ports []string `json:"ports,omitzero" accept:"integer"`
	// Workdir is an absolute path.
	Workdir string `json:"workdir,omitzero"`
	// Entrypoint and Cmd distinguish nil, not said, from empty, none.
	Entrypoint []string `json:"entrypoint,omitzero"`
	Cmd        []string `json:"cmd,omitzero"`
	Files      []Copy   `json:"files,omitzero"`
	// Labels and Annotations replace derived ones; nil removes one.
	Labels      map[string]*Template `json:"labels,omitzero"`
	Annotations map[string]*Template `json:"annotations,omitzero"`
	// StopSignal is "SIG…" or a number.
	StopSignal string `json:"stopSignal,omitzero" accept:"integer"`
	// Volumes are absolute paths.
	Volumes []string `json:"volumes,omitzero"`
	// Healthcheck is what Docker runs to find out whether the program works.
	Healthcheck Healthcheck `json:"healthcheck,omitzero"`
}

// Copy puts a file or directory of the context into the image.
type Copy struct {
	// Context is a name or an image, as in [Source]; "" is the build context.
	Context string `json:"context,omitzero"`
	// From is a slash-separated path inside the context. In its names "*" stands for any text and "?" for any sign.
	From string `json:"from"`
	// To is an absolute path in the image; a trailing slash makes it a directory.
	To string `json:"to"`
	// Owner is "uid:gid", "" is root.
	Owner string `json:"owner,omitzero" accept:"integer"`
	// Mode is that of files, in octal digits, "" as they can be read and run.
	Mode string `json:"mode,omitzero" accept:"integer"`
}
