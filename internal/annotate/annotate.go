// Package annotate finds out what an image of a module would say of itself, in a local folder and without a build: the
// annotations and labels that `modship build` would write, as far as they are known before the program is there. Other builders
// take them from [Output].
//
// The project is read as for a build, by package project: files are read where they are, and what are steps of a build is done here.
// Five things are different:
//
//   - Nothing that only the program can tell is said (golang.org/version, golang.org/module, golang.org/build-id), and nothing
//     of a base image, which is the other builder's (org.opencontainers.image.base.*).
//   - The git folder is read where it is, also in a parent of the module's folder and of a worktree or a submodule, whatever an
//     ignore file says of it: the annotations of a build need it and its context does not.
//   - Without a module cache nobody knows which packages of the module its dependencies import in turn. An edit in one of those
//     alone goes unnoticed in the version.
//   - Of the contexts that the configuration lays over the folder, only folders are read that the request names.
//   - Where the Go version would be asked for, build tags such as go1.26 go by the go line.
//
// It reads files below the folder of the module and the git folder. It writes nothing, starts nothing and asks nobody.
package annotate

import (
	"context"
	"fmt"
	"os"

	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/vcs"
)

// Request says which image is meant.
type Request struct {
	// Dir is the root of the build context. Folder, Package and Shown are as in [project.Project].
	Dir                    string
	Folder, Package, Shown string
	// Name and Config are the configuration file. Ignore is the ignore file of its own that it has beside it; nil says that
	// there is none, and then Dir's counts.
	Name           string
	Config, Ignore []byte
	// File is where the configuration was read from, "" if it is not on disk.
	File string
	// Git is what the user's own configuration of git says.
	Git vcs.User
	// Target is an image of the configuration, "" for its top level.
	Target string
	// Platforms are those of the images, one at least, as in "linux/arm64".
	Platforms []string
	// Args are the build arguments, among them SOURCE_DATE_EPOCH.
	Args map[string]string
	// Labels are the user's --label.
	Labels map[string]string
	// Contexts are folders by the names that source of the configuration has for them.
	Contexts map[string]string
}

// Found is what is said of the module. Of several platforms it is what all of them have in common.
type Found struct {
	// Annotations are those of the manifest, Labels those of the image's configuration.
	Annotations, Labels map[string]string
	// Warnings are sentences for the user: why something is not known, or not what it seems.
	Warnings []string
}

// Read answers a request. Its error joins a [diag.Error] for every mistake in the user's files and flags, or is a plain error
// where reading fails; then what was found are the warnings before.
func Read(r Request) (*Found, error) {
	m := &module{request: r}
	defer func() { closeAll(m.roots) }()
	p, err := m.read(context.Background())
	if err != nil {
		return &Found{Warnings: m.warnings}, err
	}
	return m.describe(p)
}

// read is the way of the data, a call a phase.
func (m *module) read(ctx context.Context) (*plan.Analyzed, error) {
	root, err := os.OpenRoot(m.request.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of the module: %w", err)
	}
	defer root.Close()
	if m.tree, err = openContext(localfile.FS{FS: root.FS()}, m.request.Dir, m.request.Ignore); err != nil {
		return nil, err
	}
	if err := m.readInput(ctx); err != nil {
		return nil, err
	}
	draft, err := m.draft(ctx)
	if err != nil {
		return nil, err
	}
	found := plan.Findings{VCS: m.readCommit(ctx, draft)}
	if found.Licenses, err = m.project.ReadLicense(ctx, m, draft); err != nil {
		return nil, err
	}
	return draft.Analyze(m.project.Input, found)
}

// describe makes the annotations and labels of all images.
func (m *module) describe(p *plan.Analyzed) (*Found, error) {
	var annotations, labels []map[string]string
	opts := image.Options{Labels: m.request.Labels}
	for _, img := range p.Images {
		a, err := image.Annotations(p, img, opts)
		if err != nil {
			return nil, fmt.Errorf("making the annotations for %s: %w", img.Target, err)
		}
		l, err := image.Labels(p, img, opts)
		if err != nil {
			return nil, fmt.Errorf("making the labels for %s: %w", img.Target, err)
		}
		annotations, labels = append(annotations, a), append(labels, l)
	}
	return &Found{
		Annotations: m.agreed("annotation", annotations),
		Labels:      m.agreed("label", labels),
		Warnings:    m.warnings,
	}, nil
}
