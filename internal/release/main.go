// Command release makes what is published of Modship, of a checkout at a commit: the frontend image, an archive of all commands for each
// platform with their manual pages and completions, the SBOMs, checksums, and their signature.
//
// Modship builds all of it, and this command packs it. What comes out is a function of the commit alone: neither the folder, the time nor the
// machine is in it. It is run in the root of the module by make, and before it the program modship and the frontend image's files have
// to be there.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/target"
)

// release is what is made, and of what.
type release struct {
	// out is where it goes; built is what BuildKit has made, a folder for each command below binaries and sbom.
	out, built string
	// modship is the program that builds.
	modship string
	// platforms are those of the archives, image those of the frontend image.
	platforms, image []target.Target
	// version and created are those of the commit.
	version string
	created time.Time
}

// commands are what is released. The first has a configuration of its own; the others are targets of another one.
var commands = []string{"modship", "oci-diff", "cgo-check", "oci-lint-go"}

// configured gives the configuration of a command, and the target that gives something of it.
func configured(command, what string) (file, target string) {
	if command == commands[0] {
		return "Dockerfile", what
	}
	return "image-tools.yaml", command + "/" + what
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "error: releasing: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	r := &release{}
	flags.StringVar(&r.out, "out", "dist", "`FOLDER` that the release is written to")
	flags.StringVar(&r.built, "built", "", "`FOLDER` with what docker buildx bake release has built, in place of building it here")
	flags.StringVar(&r.modship, "modship", "bin/modship", "`PROGRAM` that builds")
	platforms := flags.String("platforms", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "`PLATFORM`s of the archives")
	image := flags.String("image-platforms", "linux/amd64,linux/arm64", "`PLATFORM`s of the frontend image")
	key := flags.String("key", "", "`FILE` of an ECDSA key in PEM to sign the checksums with (default: they are not signed)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if r.platforms, err = parsePlatforms(*platforms, target.ParsePort); err != nil {
		return err
	}
	if r.image, err = parsePlatforms(*image, target.Parse); err != nil {
		return err
	}
	sign, err := readSigner(*key) // before hours of work
	if err != nil {
		return err
	}
	return r.make(ctx, sign)
}

func parsePlatforms(list string, parse func(string) (target.Target, error)) ([]target.Target, error) {
	var all []target.Target
	for s := range strings.SplitSeq(list, ",") {
		t, err := parse(s)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// joined is the list as --platform takes it.
func joined(platforms []target.Target) string {
	var all []string
	for _, t := range platforms {
		all = append(all, t.String())
	}
	return strings.Join(all, ",")
}

// make makes the release, a call a part of it.
func (r *release) make(ctx context.Context, sign signer) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if old, err := os.ReadDir(r.out); err == nil && len(old) > 0 {
		return fmt.Errorf("the folder %s is not empty", r.out)
	}
	if err := r.identify(ctx); err != nil {
		return err
	}
	if r.built == "" {
		dir, err := os.MkdirTemp("", "modship-release-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		r.built = dir
		if err := r.build(ctx); err != nil {
			return err
		}
	}
	docs, err := r.documents(ctx)
	if err != nil {
		return err
	}
	for _, platform := range r.platforms {
		if err := r.archive(platform, docs); err != nil {
			return fmt.Errorf("packing for %s: %w", platform, err)
		}
	}
	if err := r.takeBuilt(); err != nil {
		return err
	}
	return r.seal(sign)
}

// identify asks what the images say of the commit.
func (r *release) identify(ctx context.Context) error {
	text, err := exec.CommandContext(ctx, r.modship, "annotate", "--format", "json", ".").Output()
	if err != nil {
		return fmt.Errorf("asking %s for the version: %w", r.modship, err)
	}
	var said map[string]string
	if err := json.Unmarshal(text, &said); err != nil {
		return fmt.Errorf("reading the annotations: %w", err)
	}
	r.version = said["org.opencontainers.image.version"]
	if r.version == "" || strings.ContainsAny(r.version, "/\\ ") {
		return fmt.Errorf("the checkout has no version that a file can be named with: %q", r.version)
	}
	if r.created, err = time.Parse(time.RFC3339, said["org.opencontainers.image.created"]); err != nil {
		return fmt.Errorf("reading the time of the commit: %w", err)
	}
	return nil
}

// build has modship build everything.
func (r *release) build(ctx context.Context) error {
	image := []string{"build", "--platform", joined(r.image), "-o", "type=oci,dest=" + r.frontend(), "."}
	if err := r.run(ctx, image...); err != nil {
		return err
	}
	for _, command := range commands {
		for _, what := range []string{"binaries", "sbom"} {
			file, part := configured(command, what)
			err := r.run(ctx, "build", "-f", file, "--platform", joined(r.platforms), "--target", part, "-o", filepath.Join(r.built, what, command), ".")
			if err != nil {
				return fmt.Errorf("building %s of %s: %w", what, command, err)
			}
		}
	}
	return nil
}

func (r *release) run(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, r.modship, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// frontend is the frontend image as BuildKit has made it.
func (r *release) frontend() string { return filepath.Join(r.built, "frontend.tar") }

// name is that of a file of the release for a platform.
func (r *release) name(what string, platform target.Target, suffix string) string {
	return what + "-" + r.version + "-" + platform.FileName() + suffix
}

// takeBuilt copies what is released as it was built: the image and the SBOMs.
func (r *release) takeBuilt() error {
	if err := copyFile(r.frontend(), filepath.Join(r.out, "modship-frontend-"+r.version+".oci.tar")); err != nil {
		return err
	}
	for _, command := range commands {
		for _, platform := range r.platforms {
			from := filepath.Join(r.built, "sbom", command, fileName(command, platform)+".spdx.json")
			if err := copyFile(from, filepath.Join(r.out, r.name(command, platform, ".spdx.json"))); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileName is the name that modship gives to files of a platform.
func fileName(command string, platform target.Target) string {
	return command + "-" + platform.FileName()
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	return err
}

// files lists what is in the folder, sorted.
func files(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, err
}
