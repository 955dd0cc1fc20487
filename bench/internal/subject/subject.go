// Package subject has the modules that the benchmark builds, and the edits that it makes to them.
//
// A [Tree] is one copy of a subject's source. Its edits are counted, not dated: the same edits in the same order make the
// same files, and no two of them make equal ones. A tree compiles after every edit.
package subject

import (
	"cmp"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Subject is a module and what is edited in it. Paths are relative to the module's root.
type Subject struct {
	// Version is that of a published module, and empty where Files has the module.
	Name, Module, Version string
	// Files is a txtar archive of a module that is made for the benchmark.
	Files []byte
	// Main is the main package as in ./cmd/server, Second another one, or "" if the module has no second one.
	Main, Second string
	// Programs are the main packages that are built at once, or none if it is Main alone. What they import together, Main imports.
	Programs []string
	// C is how modship is to compile C, in its configuration's words; "" means not at all, as the other peers do.
	C string
	// MainFile is a file of the main package, LeafFile one of an own package that imports no own package and that the main
	// package needs. Neither has a build constraint.
	MainFile, LeafFile string
	// Bump is the dependency that the scenario bump upgrades, as MODULE@VERSION.
	Bump string
}

//go:embed targets8.txtar
var targets8 []byte

// All are the subjects, the quick one first.
func All() []Subject {
	return []Subject{
		{
			Name: "hey", Module: "github.com/rakyll/hey", Version: "v0.1.5", Main: ".",
			MainFile: "hey.go", LeafFile: "requester/print.go", Bump: "golang.org/x/text@v0.34.0",
		},
		{
			Name: "crane", Module: "github.com/google/go-containerregistry", Version: "v0.22.1", Main: "./cmd/crane", Second: "./cmd/gcrane",
			MainFile: "cmd/crane/main.go", LeafFile: "internal/redact/redact.go", Bump: "github.com/docker/docker-credential-helpers@v0.9.8",
		},
		{
			Name: "ko", Module: "github.com/google/ko", Version: "v0.19.1", Main: ".",
			MainFile: "main.go", LeafFile: "pkg/caps/caps.go", Bump: "golang.org/x/sync@v0.22.0",
		},
		{
			Name: "telegraf", Module: "github.com/influxdata/telegraf", Version: "v1.37.2", Main: "./cmd/telegraf",
			MainFile: "cmd/telegraf/main.go", LeafFile: "filter/filter.go", Bump: "golang.org/x/sync@v0.20.0",
		},
		{
			Name: "targets8", Module: "bench.example/targets8", Files: targets8, Main: "./union",
			Programs: []string{
				"./cmd/admin", "./cmd/api", "./cmd/cron", "./cmd/gateway", "./cmd/health", "./cmd/mirror", "./cmd/registry", "./cmd/worker",
			},
			MainFile: "cmd/api/main.go", LeafFile: "shared/shared.go", Bump: "golang.org/x/net@v0.48.0",
		},
	}
}

// Target is a main package under a name.
type Target struct{ Name, Main string }

// Names of the targets that are no programs: of Main and of Second.
const (
	First  = "first"
	Second = "second"
)

// Targets are all main packages that the benchmark builds.
func (s Subject) Targets() []Target {
	targets := []Target{{First, s.Main}}
	if s.Second != "" {
		targets = append(targets, Target{Second, s.Second})
	}
	for _, main := range s.Programs {
		targets = append(targets, Target{path.Base(main), main})
	}
	return targets
}

// Takes tells whether the subject has a second main package or programs, where these are asked for.
func (s Subject) Takes(second, union bool) bool {
	return (!second || s.Second != "") && (!union || len(s.Programs) > 0)
}

// MainOf is the main package of a target.
func (s Subject) MainOf(target string) string {
	i := slices.IndexFunc(s.Targets(), func(t Target) bool { return t.Name == target })
	return s.Targets()[i].Main
}

// Built are the names of the targets of an ordinary build.
func (s Subject) Built() []string {
	if len(s.Programs) == 0 {
		return []string{First}
	}
	var names []string
	for _, main := range s.Programs {
		names = append(names, path.Base(main))
	}
	return names
}

// Find returns the subjects of the names, in their order.
func Find(names []string) ([]Subject, error) {
	all := All()
	var found []Subject
	for _, name := range names {
		i := slices.IndexFunc(all, func(s Subject) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no subject is named %q; there are %s", name, strings.Join(Names(), ", "))
		}
		found = append(found, all[i])
	}
	return found, nil
}

// Names are the names of all subjects.
func Names() []string {
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
	}
	return names
}

// Prepared is a subject that is ready to be copied and edited.
type Prepared struct {
	Subject
	// Source is the directory of the module as it is published.
	Source string
	// Import is the standard package that the scenario std-import adds.
	Import Import
	// BumpedMod and BumpedSum are go.mod and go.sum with the upgraded dependency.
	BumpedMod, BumpedSum []byte
}

// Tree is a copy of a subject that builds and edits may change.
type Tree struct {
	Dir   string
	of    *Prepared
	edits int
}

// Copy makes a tree in dir, which it empties first.
func (p *Prepared) Copy(dir string) (*Tree, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := CopyDir(p.Source, dir); err != nil {
		return nil, err
	}
	t := &Tree{Dir: dir, of: p}
	return t, cmp.Or(t.addMark(p.MainFile), t.addMark(p.LeafFile))
}

// Unpack writes Files into dir.
func (s Subject) Unpack(dir string) error {
	files, err := txtar.FS(txtar.Parse(s.Files))
	if err != nil {
		return fmt.Errorf("reading the files of %s: %w", s.Name, err)
	}
	return os.CopyFS(dir, files)
}

// CopyDir copies files so that they can be written, as those of the module cache cannot.
func CopyDir(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	out, err := exec.Command("cp", "-R", "--no-preserve=mode", from+"/.", to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copying %s: %w\n%s", from, err, out)
	}
	return nil
}

// Write writes a file of the tree that is no edit, such as its Dockerfile.
func (t *Tree) Write(name, content string) error {
	return os.WriteFile(filepath.Join(t.Dir, name), []byte(content), 0o644)
}
