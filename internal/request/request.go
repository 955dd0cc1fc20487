// Package request is the contract between the graph, which writes build steps into LLB, and the modship binary that runs
// in them: the name of each step, what it is told, and where its mounts are.
//
// A request travels in the environment of `modship step NAME`. It is a part of the vertex's cache key, so it holds nothing
// but what the step's output depends on.
package request

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// Where the mounts of a step are. They are the same in every step: -trimpath keeps them out of binaries, and equal paths
// keep the action IDs of cmd/go equal from step to step.
const (
	Binary     = "/modship"      // this program
	GoRoot     = "/usr/local/go" // the toolchain
	ModCache   = "/go/modcache"  // GOMODCACHE
	GoCache    = "/go/cache"     // GOCACHE
	KeptCache  = "/go/kept"      // entries of GOCACHE kept between builds
	SeedCache  = "/go/seed"      // entries of GOCACHE that an image has
	Turn       = "/go/turn"      // held by one step at a time, of those that compile the same packages
	Slots      = "/go/slots"     // files that steps lock while they compile
	Fetched    = "/go/modules"   // folders 0, 1, … of what step modules gave for each part
	Graphed    = "/go/graph"     // what step graph gave
	Zips       = "/go/zips"      // module zips kept between builds
	Vendor     = "/go/vendor"    // the vendored files that a build needs
	Included   = "/go/includes"  // what C of the module's own packages may read beyond what cmd/go hashes
	Source     = "/src"          // files of the build context; of step vcs, folders 0, 1, … that each hold a part
	Git        = "/git"          // holds a repository's folder .git, and no more
	Config     = "/config"       // holds the configuration of the build, as ConfigFile
	Out        = "/out"          // what the step gives
	Said       = "/said"         // what a step says for the frontend to read
	Analysis   = "/go/analysis"  // what step analyze said
	Go         = "/go/toolchain" // what step toolchain said
	ZigArchive = "/opt/zig"      // what step zig gave, for step sysroot
	Program    = "/program"      // what a step before has linked
	SysrootDir = "/sysroot"      // the root that step sysroot gave, for steps that do not run in it
	Base       = "/base"         // folders 0, 1, … that each hold a layer of the image, for step files
	Contexts   = "/contexts"     // folders 1, 2, … that each hold files of another context, for step files
	Licensed   = "/go/licenses"  // what step licenses gave
	Work       = "/work"         // of this step alone: the tree that cmd/go works in
	Temp       = "/tmp"          // the step's own root

	Secrets     = "/run/secrets"          // secrets by their IDs
	SecretCA    = Secrets + "/" + IDCA    // PEM certificates to trust beside Mozilla's
	SecretNetrc = Secrets + "/" + IDNetrc // credentials for module proxies and repositories
	SecretKnown = Secrets + "/" + IDKnown // keys of servers of ssh
	SSHAgent    = "/run/ssh-agent"        // the socket of an agent

	// NetworkCA is where BuildKit's proxy network puts the certificate of its proxy, if there is such a file in the root of a step
	// (executor.InjectProxyCA); it takes it out afterwards.
	NetworkCA = "/etc/ssl/certs/ca-certificates.crt"
)

// The IDs under which a client gives secrets.
const (
	IDCA    = "ca"
	IDNetrc = "netrc"
	IDKnown = "known_hosts"
	// IDGitHeader and IDGitToken are BuildKit's; ".HOST" behind one of them says for which host it is.
	IDGitHeader = "GIT_AUTH_HEADER"
	IDGitToken  = "GIT_AUTH_TOKEN"
	// IDGitClient, always with ".HOST" behind it, is a value of the header Authorization that `modship build` finds out when it is asked.
	IDGitClient = "GIT_CLIENT_HEADER"

	IDSSH = "default" // of an agent
)

var host = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$`)

// IsHost tells whether a text can stand for HOST in the ID of a secret: a name or an address of IPv4, with a port or without.
func IsHost(s string) bool { return host.MatchString(s) }

// Files that steps leave in [Out], or in [Said] beside large outputs, for the frontend to read.
const (
	ConfigFile   = "config"        // in [Config], for step vcs
	VersionsFile = "versions.json" // of step resolve: a list of Go versions such as "go1.26.8"
	NoticesFile  = "notices.json"  // of step notices: a [NoticesReport]
	GraphFile    = "graph.json"    // of step graph: a list of gomod.Module
	ScanFile     = "scan.json"     // of step scan: a [scan.Result]
	CommitFile   = "commit.json"   // of step vcs: a [vcs.Found]
	IncludesFile = "includes.json" // of step includes, in [Said]: a cinclude.Found
	LicenseFile  = "license"       // of step license: an SPDX expression, or nothing
	LicensesDir  = "licenses"      // of step modules: a folder of license texts, each named by its SHA-256
	LicensesFile = "licenses.json" // of step modules: the names of these texts by module@version; of step licenses: SPDX identifiers by name
	ZipsFile     = "zips.json"     // of step modules: the SHA-256 of kept zips, in hex, by the names that module proxies have for them
	GoFile       = "go.json"       // of step toolchain, in [Said]: a [FetchedGo]
	AnalysisFile = "analysis.json" // of step analyze, in [Said] and AnalyzedDir: an [analyze.Summary]
	TokenFile    = "token"         // of step analyze, in [Said]: what TokenVariable was when it ran, if it was anything
	SeedFile     = "seed.json"     // of step seed, in [Said]: a [SeedReport]
	ZigFile      = "zig.tar.gz"    // of step zig: the archive
	SysrootFile  = "sysroot.json"  // of step sysroot: a [SysrootReport]
	ProgramFile  = "program.json"  // of step compile, in [Said]: a [ProgramReport]
)

// TokenVariable holds a word that only one build has. What a step leaves of it tells whether the step ran in this build: it is one of the
// proxy variables, which BuildKit keeps out of cache keys, for a scheme that no step uses.
const TokenVariable = "FTP_PROXY"

// Versions lists the Go toolchains that the module proxy has.
type Versions struct {
	// Build is the platform that the toolchain is to run on.
	Build target.Target `json:"build"`
}

// Notices asks the module proxy for what the newest versions of modules say of those that are required.
type Notices struct {
	Modules []module.Version `json:"modules"`
}

// NoticesReport is notices.json.
type NoticesReport struct {
	// Notices are of the modules of which something is said.
	Notices []Notice `json:"notices"`
	// Unasked is why not all are known, or "".
	Unasked string `json:"unasked,omitempty"`
}

// Notice is what is said of a module.
type Notice struct {
	Module module.Version `json:"module"`
	gomod.Notice
}

// Toolchain fetches and verifies one Go toolchain into [Out].
type Toolchain struct {
	// Version is such as "1.26.8".
	Version string `json:"version"`
	// Build is the platform that the toolchain is to run on.
	Build target.Target `json:"build"`
	// Pins are h1: sums of which the toolchain has to have one.
	Pins []string `json:"pins,omitempty"`
	// AllSystems keeps the source for other systems than Linux.
	AllSystems bool `json:"allSystems,omitempty"`
}

// FetchedGo is go.json.
type FetchedGo struct {
	// Sum is the h1: sum of the toolchain's module, which was verified.
	Sum string `json:"sum"`
}

// Scan reads the module's own packages.
type Scan struct {
	scan.Request
}

// VCS reads what commit the files of the context come from.
type VCS struct {
	vcs.Question
	// Folder is what a worktree has for itself below .git, or "".
	Folder string `json:"folder,omitempty"`
	// Parts is the number of folders of [Source] to compare with the commit.
	Parts int `json:"parts"`
}

// License recognises the license files in a folder of [Source].
type License struct {
	// Dir is relative to [Source], with slashes.
	Dir string `json:"dir"`
}

// Licenses recognises the license texts that step modules gave, in the folders of [Fetched].
type Licenses struct{}

// Graph follows the requirements of modules whose files do not name all of them: it chooses the build list, and keeps the go.mod files
// that say so in [Out], laid out as GOMODCACHE.
type Graph struct {
	// Root is as in [gomod.Table].
	Root string `json:"root,omitempty"`
	// Hosts are as in [Modules].
	Hosts []string `json:"hosts,omitempty"`
}

// Modules downloads modules into [Out], laid out as GOMODCACHE, and verifies each. Their license files are in LicensesDir and
// LicensesFile.
type Modules struct {
	Modules []gomod.Pinned `json:"modules"`
	// Hosts are those of repositories that the step gets what the client has for. Where another lets nobody in who is not known, the step
	// says so, and the frontend has it run again.
	Hosts []string `json:"hosts,omitempty"`
	// Kept leaves the zips where builds keep them for each other, in [Zips], and names their content in ZipsFile.
	Kept bool `json:"kept,omitempty"`
	// Again names a build in which some of those were gone.
	Again string `json:"again,omitempty"`
}

// ModuleParts is the number of parts in which modules are fetched. A new version of one module has the others of its part looked at
// again, and each part costs the start of a step.
const ModuleParts = 16

// ModulePart gives the part that a module belongs to, from 0. It goes by the path alone: all other parts stay what they are. Modules whose
// paths have the first three elements in common, as those of one repository of a forge do, are in one part, which so fetches that repository
// once.
func ModulePart(path string) int {
	elements := strings.SplitN(path, "/", repositoryElements+1)
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join(elements[:min(len(elements), repositoryElements)], "/")))
	return int(h.Sum32() % ModuleParts)
}

// repositoryElements are those of host, owner and name.
const repositoryElements = 3

// FetchedPart is what step modules gave for a part.
func FetchedPart(part int) string { return path.Join(Fetched, strconv.Itoa(part)) }

// Analyze lists what the outgoing imports pull in and keeps those files only, for each image apart: then the dependencies of
// one platform stay compiled when another is added.
type Analyze struct {
	// Images are in the order of the plan.
	Images []Imports `json:"images"`
	// Table are the modules. The step does not see the source of those in the context.
	gomod.Table
}

// Imports are the outgoing imports of one image.
type Imports struct {
	Build Build `json:"build"`
	// Imports are import paths outside of the own modules and of the standard library.
	Imports []string `json:"imports"`
	// Programs are which of them the programs of each of several targets have, by [scan.JoinMains]. What is said is said of each target.
	Programs map[string][]string `json:"programs,omitempty"`
	// CgoOff says that cgo is off for good, so that a package without files but those with cgo is a mistake.
	CgoOff bool `json:"cgoOff,omitempty"`
}

// AnalyzedDir is the folder of what step analyze gives for a platform: below [Out] with the folders modcache and vendor, below
// [Said] with AnalysisFile.
func AnalyzedDir(t target.Target) string { return t.FileName() }

// ProgramsDir is the folder below AnalyzedDir of [Said] for the programs of one of several targets, with AnalysisFile. The name of a file cannot
// be as long as the import paths of many.
func ProgramsDir(joined string) string {
	sum := sha256.Sum256([]byte(joined))
	return hex.EncodeToString(sum[:16])
}

// Seed tells whether compiled packages of earlier builds are there in [KeptCache]. Where none are, it puts those of [SeedCache] there, if
// that is mounted.
type Seed struct {
	// Cache is the ID of what is mounted, and Token names the build: in another one, other packages may be kept.
	Cache string `json:"cache"`
	Token string `json:"token"`
}

// SeedReport is seed.json.
type SeedReport struct {
	// Kept is the number of entries that were there.
	Kept int `json:"kept"`
}

// Deps compiles packages that are not the module's own into [GoCache].
type Deps struct {
	Build Build `json:"build"`
	// Imports are import paths; what they import in turn is compiled as well.
	Imports []string `json:"imports"`
}

// Compile builds the main package Main, an import path, into the file Path below [Out], and others beside it into the same folder.
type Compile struct {
	Build   Build    `json:"build"`
	Main    string   `json:"main"`
	Path    string   `json:"path"`
	LDFlags []string `json:"ldflags,omitempty"` // one flag per element
	Beside  []Linked `json:"beside,omitempty"`
	// ExtLDFlags are for the linker of C.
	ExtLDFlags []string `json:"extldflags,omitempty"`
	// VCS goes into the build information, as `go build` in a checkout puts it there; nil means nothing.
	VCS *vcs.Facts `json:"vcs,omitempty"`
}

// Linked is a further program of [Compile]: Path has the name that the go command gives it.
type Linked struct {
	Main    string   `json:"main"`
	Path    string   `json:"path"`
	LDFlags []string `json:"ldflags,omitempty"`
}

// Programs are all of a request, in its order.
func (c Compile) Programs() []Linked {
	return append([]Linked{{Main: c.Main, Path: c.Path, LDFlags: c.LDFlags}}, c.Beside...)
}

// ProgramReport is program.json.
type ProgramReport struct {
	binary.File
	// Beside are further programs, in the order of the request.
	Beside []binary.File `json:"beside,omitempty"`
	// Pointers are files of the context that are pointers of Git LFS, and are in the program as such.
	Pointers []string `json:"pointers,omitempty"`
}

// Rootfs writes the files that every image has: certificates, time zones, accounts, one of which is UID and GID.
type Rootfs struct {
	UID int `json:"uid"`
	GID int `json:"gid"`
}

// Files adds folders, then files of [Source] and [Contexts], to what an image has.
type Files struct {
	// Below is the number of folders of [Base], each laid over the one before.
	Below   int      `json:"below,omitempty"`
	Folders []Folder `json:"folders,omitempty"`
	Copies  []Copy   `json:"copies,omitempty"`
}

// Folder is made where the image does not have it, and then belongs to UID and GID.
type Folder struct {
	Path string `json:"path"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
}

// Copy puts the file From of [Source], or what is in the folder From, to the absolute path To. To is a folder if it ends in a slash
// or if the image has a folder there.
type Copy struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Context is the number of a folder of [Contexts] in place of Source, counted from 1.
	Context int `json:"context,omitempty"`
	// Pattern says that From is a pattern of [path.Match]: whatever it matches goes into the folder To.
	Pattern bool `json:"pattern,omitempty"`
	// UID and GID own what is copied; the folders that are made above it are root's.
	UID int `json:"uid,omitempty"`
	GID int `json:"gid,omitempty"`
	// Mode is the permissions of files; 0 is whatever lets everybody read them.
	Mode uint32 `json:"mode,omitempty"`
}

// Build is what decides the action IDs of cmd/go. Deps and Compile must agree on all of it, or everything compiles twice.
type Build struct {
	Target target.Target `json:"target"`
	// Root is the folder below [Work] that cmd/go works in, "" for that itself.
	Root string `json:"root,omitempty"`
	// Work says that go.work is in force, Vendor that dependencies come from [Vendor].
	Work   bool     `json:"work,omitempty"`
	Vendor bool     `json:"vendor,omitempty"`
	Tags   []string `json:"tags,omitempty"`
	// Env holds GOEXPERIMENT and GOFIPS140.
	Env map[string]string `json:"env,omitempty"`
	// PGO is the profile below [Source], or "".
	PGO string `json:"pgo,omitempty"`
	// Cgo is how C is compiled; nil is CGO_ENABLED=0. To list packages it takes no more than that it is not nil.
	Cgo *Cgo `json:"cgo,omitempty"`
	// Flags are more flags of `go build`. To list packages it takes none.
	Flags []string `json:"flags,omitempty"`
}

// variable is the prefix of the environment variables that carry a request, in order: MODSHIP_REQUEST_0 and on.
const variable = "MODSHIP_REQUEST_"

// maxVariable is below Linux's limit for one variable, MAX_ARG_STRLEN (128 KiB).
const maxVariable = 96 << 10

// Env encodes a request as environment variables, KEY=VALUE. Arguments would do as well, but BuildKit prints those of a
// step that fails.
func Env(req Request) ([]string, error) {
	b, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("encoding a step's request: %w", err)
	}
	var env []string
	for len(b) > 0 {
		n := min(len(b), maxVariable)
		for n < len(b) && !utf8.RuneStart(b[n]) { // variables travel as protobuf strings, which must be UTF-8
			n--
		}
		env = append(env, fmt.Sprintf("%s%d=%s", variable, len(env), b[:n]))
		b = b[n:]
	}
	return env, nil
}

// Decode reads a request back from the environment.
func Decode[T any](lookup func(name string) (value string, ok bool)) (T, error) {
	var (
		req     T
		encoded strings.Builder
	)
	for i := 0; ; i++ {
		part, ok := lookup(variable + strconv.Itoa(i))
		if !ok {
			break
		}
		encoded.WriteString(part)
	}
	if encoded.Len() == 0 {
		return req, errors.New("the environment holds no request: steps are run by the builds that modship makes")
	}
	d := json.NewDecoder(strings.NewReader(encoded.String()))
	d.DisallowUnknownFields()
	if err := d.Decode(&req); err != nil {
		return req, fmt.Errorf("decoding the step's request: %w", err)
	}
	return req, nil
}
