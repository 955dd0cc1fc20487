package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/docker"
)

// mobyExporter is Docker's own exporter, into its image store, whichever that is.
const mobyExporter = "moby"

// deliver settles how the outputs get where they belong with the builder that was found, and says what it cannot do. What is wrong is said
// before anything is built, and warn gets what is only worth knowing. The error is an [*ExitError].
func (b *build) deliver(ctx context.Context, env Env, d *Daemon, warn func(string)) error {
	err := b.settle(ctx, env, d, warn)
	switch {
	case err == nil:
		return nil
	case diag.Wrong(err):
		return exitError(ctx, ExitUsage, err)
	}
	return exitError(ctx, ExitFailed, err)
}

func (b *build) settle(ctx context.Context, env Env, d *Daemon, warn func(string)) error {
	var mistakes diag.List
	if d.ClassicStore { // nothing of more than one layer can be made there; the frontend says it to others than this program
		classicMistake(env, d, &mistakes, "builder", "way to put layers together")
		return mistakes.Err()
	}
	for i := range b.outputs {
		out := &b.outputs[i]
		var err error
		switch {
		case isKind(out.load):
			err = out.openKind(ctx, env)
		case out.load != "" && d.Docker == nil:
			err = b.loadInto(ctx, env, d, out, &mistakes)
		case out.load != "", out.Type == client.ExporterImage && d.Docker != nil:
			out.Type, out.store = client.ExporterImage, "Docker at "+d.Docker.Host
		}
		found := diag.All(err)
		if mistakes = append(mistakes, found...); err != nil && len(found) == 0 {
			return err
		}
	}
	b.outputs = withoutTwins(b.outputs)
	b.opt.Exports = nil
	for _, out := range b.outputs {
		entry := out.ExportEntry
		if entry.Type == client.ExporterImage && d.Docker != nil {
			entry.Type = mobyExporter
		}
		b.opt.Exports = append(b.opt.Exports, entry)
	}
	if d.Docker == nil && b.mode != progressui.RawJSONMode && !storesImages(b.workers) && slices.ContainsFunc(b.outputs, output.staysInCache) {
		warn("this BuildKit has no image store, so the image stays in its cache: --load puts it into Docker, --push into its registry, -o type=oci,dest=FILE into a file")
	}
	return mistakes.Err()
}

// loadInto sends the output to the Docker daemon of this machine.
func (b *build) loadInto(ctx context.Context, env Env, d *Daemon, out *output, mistakes *diag.List) error {
	api, host, classic, err := b.openDocker(ctx, env, d)
	if err != nil {
		return fmt.Errorf("--load: %w; -o type=docker,dest=FILE writes an archive for docker load", err)
	}
	out.store = "Docker at " + host
	if !classic {
		out.Type = client.ExporterOCI // which holds several platforms, and what is said of them
	} else if b.severalPlatforms() {
		flagMistake(mistakes, "load", "Docker at %s keeps images in its classic store, which holds an image of one platform", host).
			Help = "give one --platform, or use --push or -o type=oci,dest=FILE"
	}
	var loading *dockerLoad
	out.Output = func(map[string]string) (io.WriteCloser, error) {
		loading = newDockerLoad(context.WithoutCancel(ctx), api)
		return loading, nil
	}
	out.finish = func(context.Context) error {
		if loading == nil {
			return errors.New("BuildKit has exported nothing to load into Docker")
		}
		return loading.Close()
	}
	return nil
}

// classicMistake says what cannot be done, and where it can.
func classicMistake(env Env, d *Daemon, mistakes *diag.List, flag, what string) *diag.Error {
	mistake := flagMistake(mistakes, flag, "Docker at %s keeps images in its classic store, with which its BuildKit has no %s", d.Docker.Host, what)
	mistake.Help = "turn on Docker's containerd image store"
	var others []string
	for _, b := range env.Docker.All() {
		if b.Driver != docker.DriverDocker {
			others = append(others, "--builder "+b.Name)
		}
	}
	if len(others) > 0 {
		mistake.Help += ", or build with " + strings.Join(others, " or ")
	} else {
		mistake.Help += ", or make a builder that can: docker buildx create --use"
	}
	return mistake
}

func (b *build) severalPlatforms() bool {
	return strings.Contains(b.opt.FrontendAttrs["platform"], ",")
}

// withoutTwins leaves one of the outputs that are put into the image store of Docker, which need not be done twice.
func withoutTwins(outputs []output) []output {
	stored := slices.IndexFunc(outputs, func(o output) bool { return o.Type == client.ExporterImage && o.store != "" && o.load == "" })
	if stored < 0 {
		return outputs
	}
	return slices.DeleteFunc(outputs, func(o output) bool { return o.Type == client.ExporterImage && o.store != "" && o.load != "" })
}

// executorLabel is a label of every worker; that of a worker with containerd behind it is not "oci", and has an image store.
const executorLabel = "org.mobyproject.buildkit.worker.executor"

func storesImages(workers []*client.WorkerInfo) bool {
	return slices.ContainsFunc(workers, func(w *client.WorkerInfo) bool { return w.Labels[executorLabel] != "oci" })
}

// staysInCache tells whether an output with a name is put nowhere but into the store of the daemon.
func (o output) staysInCache() bool {
	return o.Type == client.ExporterImage && !o.pushes() && o.Attrs["name"] != ""
}
