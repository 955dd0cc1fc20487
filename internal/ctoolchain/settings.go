package ctoolchain

import (
	"cmp"
	"slices"

	"github.com/modship-build/modship/internal/defaults"
)

// Settings says how C is compiled and linked. Everything has a default, so that a module with cgo builds without a word.
type Settings struct {
	// Enabled is "auto", "on" or "off"; "" is auto: on where a package outside of the standard library uses cgo.
	Enabled string `json:"enabled,omitzero" accept:"boolean"`
	// Libc is "glibc" or "musl", Link "static" or "dynamic".
	Libc string `json:"libc,omitzero"`
	Link string `json:"link,omitzero"`
	// PIE asks for a position-independent executable.
	PIE bool `json:"pie,omitzero"`
	// Compiler is "gcc" or "zig".
	Compiler string `json:"compiler,omitzero"`
	// Base is the image of Debian or Ubuntu that gcc and the packages are installed into.
	Base string `json:"base,omitzero"`
	// Glibc is the oldest glibc that the program is to run with, such as "2.28"; zig alone can tell.
	Glibc    string        `json:"glibc,omitzero"`
	Packages AddedPackages `json:"packages,omitzero"`
	// CFlags and so on are flags that CGO_CFLAGS has beside Go's own, one per element.
	CFlags   []string `json:"cflags,omitzero"`
	CPPFlags []string `json:"cppflags,omitzero"`
	CXXFlags []string `json:"cxxflags,omitzero"`
	LDFlags  []string `json:"ldflags,omitzero"`
	// CC and CXX are the compilers of the builder image: programs, without flags.
	CC  string    `json:"cc,omitzero"`
	CXX string    `json:"cxx,omitzero"`
	Zig ZigSource `json:"zig,omitzero"`
}

// AddedPackages are Debian packages for the target's architecture.
type AddedPackages struct {
	// Build are there for the compile, Runtime also in an image on scratch: what the program opens when it runs.
	Build   []string `json:"build,omitzero"`
	Runtime []string `json:"runtime,omitzero"`
}

// ZigSource says where zig comes from: an image, or an archive with its digest.
type ZigSource struct {
	// Image is a reference of an image with zig in its PATH.
	Image string `json:"image,omitzero"`
	// URL is the https address of an archive, .tar.gz or .tgz, for the machine that builds; Digest is its "sha256:…".
	URL    string `json:"url,omitzero"`
	Digest string `json:"digest,omitzero"`
}

// Provider gives the provider that is asked for; builder says that there is a builder image.
func (s Settings) Provider(builder bool) Provider {
	kind := Kind(cmp.Or(s.Compiler, defaults.Compiler))
	if builder {
		kind = BuilderImage
	}
	return Of(kind, Libc(cmp.Or(s.Libc, defaults.Libc)))
}

// Compilers are the words for a compiler in the settings.
func Compilers() []string { return []string{string(GCC), string(Zig)} }

// Images are those that the settings name, by themselves or by their defaults, for one provider or another.
func (s Settings) Images() []string {
	var refs []string
	for _, p := range providers {
		if from := p.Origin(s, ""); from.Image != "" && !slices.Contains(refs, from.Image) {
			refs = append(refs, from.Image)
		}
	}
	return refs
}

// Conflict is settings that exclude each other.
type Conflict struct {
	// Key is the one below cgo at which it is said, or "".
	Key       string
	Msg, Help string
}

// Conflicts gives those that no value shows by itself. builder says that there is a builder image.
func (s Settings) Conflicts(builder bool) []Conflict {
	var found []Conflict
	for _, p := range providers {
		if p.Conflicts == nil {
			continue
		}
		for _, c := range p.Conflicts(s, builder) {
			if !slices.Contains(found, c) { // two of a kind say the same
				found = append(found, c)
			}
		}
	}
	return append(found, broken([]rule{
		{s.Enabled == "off" && s.Libc != "", Conflict{"libc", "cgo is off, and a program without C has no C library", "remove one of them"}},
	})...)
}

// rule is a conflict, and whether there is one.
type rule struct {
	broken bool
	Conflict
}

func broken(rules []rule) []Conflict {
	var found []Conflict
	for _, r := range rules {
		if r.broken {
			found = append(found, r.Conflict)
		}
	}
	return found
}
