package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
	docker "github.com/moby/moby/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/safetext"
)

// What --load loads an image into. A cluster of kind may have a name behind a colon.
const (
	loadDocker = "docker"
	loadKind   = "kind"
)

// JoinLoad makes one argument of "--load kind" and "--load kind:CLUSTER": a flag that may stand without a value takes none from the
// argument behind it.
func JoinLoad(args []string) []string {
	joined := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(joined, args[i:]...)
		}
		if args[i] == "--load" && i+1 < len(args) && isKind(args[i+1]) {
			joined = append(joined, "--load="+args[i+1])
			i++
			continue
		}
		joined = append(joined, args[i])
	}
	return joined
}

func isKind(target string) bool { return target == loadKind || strings.HasPrefix(target, loadKind+":") }

// parseLoad gives the output for --load. Of which type it is, the builder and the store of Docker decide.
func (o OutputOptions) parseLoad(mistakes *diag.List) []output {
	switch {
	case o.Load == "":
		return nil
	case o.Load != loadDocker && !isKind(o.Load) || o.Load == loadKind+":":
		flagMistake(mistakes, "load", "%q is nothing to load into", o.Load).Help = "write --load, --load kind or --load kind:CLUSTER"
		return nil
	case o.Load != loadDocker && len(o.Tags) == 0:
		flagMistake(mistakes, "load", "an image in a cluster of kind needs a name").Help = "give it with --tag"
	}
	out := newOutput(client.ExporterDocker, "")
	out.load = o.Load
	return []output{out}
}

// loadTimeout is how long Docker may take to say what it is.
const loadTimeout = 10 * time.Second

// dockerLoad is Docker taking an image while it is built.
type dockerLoad struct {
	pipe *io.PipeWriter
	done chan error
	err  error
}

// openDocker finds the Docker daemon that images are loaded into: that of the builder, else the current one.
func (b *build) openDocker(ctx context.Context, env Env, d *Daemon) (api *docker.Client, host string, classic bool, err error) {
	at := d.Docker
	if at == nil {
		if at, err = env.Docker.Daemon(); err != nil {
			return nil, "", false, err
		}
	}
	if api, err = at.API(); err != nil {
		return nil, "", false, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, loadTimeout, fmt.Errorf("no answer within %v", loadTimeout))
	defer cancel()
	info, err := api.Info(ctx, docker.InfoOptions{})
	if err != nil {
		return nil, "", false, fmt.Errorf("asking Docker at %s: %w", at.Host, errors.Join(err, api.Close()))
	}
	classic = !slices.Contains(info.Info.DriverStatus, [2]string{"driver-type", "io.containerd.snapshotter.v1"})
	return api, at.Host, classic, nil
}

// newDockerLoad begins to load.
func newDockerLoad(ctx context.Context, api *docker.Client) *dockerLoad {
	r, w := io.Pipe()
	l := &dockerLoad{pipe: w, done: make(chan error, 1)}
	go func() {
		err := load(ctx, api, r)
		r.CloseWithError(cmp.Or(err, io.ErrClosedPipe)) // or BuildKit would write on to nobody
		l.done <- errors.Join(err, api.Close())
	}()
	return l
}

func load(ctx context.Context, api *docker.Client, archive io.Reader) error {
	said, err := api.ImageLoad(ctx, archive)
	if err != nil {
		return fmt.Errorf("loading the image into Docker: %w", err)
	}
	defer said.Close()
	for messages := json.NewDecoder(said); ; {
		var message struct {
			Error string `json:"error"`
		}
		switch err := messages.Decode(&message); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading what Docker says of the image: %w", err)
		case message.Error != "":
			return fmt.Errorf("loading the image into Docker: %s", safetext.Short(message.Error))
		}
	}
}

func (l *dockerLoad) Write(p []byte) (int, error) { return l.pipe.Write(p) }

// Close waits until Docker has the image.
func (l *dockerLoad) Close() error {
	if l.done != nil {
		_ = l.pipe.Close() // which never fails
		l.err = <-l.done
		l.done = nil
	}
	return l.err
}

// kind is a cluster of kind that takes an archive.
type kind struct{ program, cluster string }

// findKind looks for the cluster before anything is built.
func findKind(ctx context.Context, env Env, target string) (*kind, error) {
	path, _ := env.LookupEnv("PATH")
	program, err := localfile.FindProgram("kind", path)
	if err != nil {
		return nil, &diag.Error{Range: diag.Range{File: "--load"}, Msg: "kind is not in PATH", Help: "install it, or write an archive for it: -o type=oci,dest=FILE"}
	}
	fromEnv, _ := env.LookupEnv("KIND_CLUSTER_NAME")
	_, name, _ := strings.Cut(target, ":")
	k := &kind{program, cmp.Or(name, fromEnv, "kind")}
	out, err := k.run(ctx, "get", "clusters")
	if err != nil {
		return nil, err
	}
	clusters := strings.Fields(out)
	if slices.Contains(clusters, k.cluster) {
		return k, nil
	}
	mistake := &diag.Error{Range: diag.Range{File: "--load"}, Msg: fmt.Sprintf("kind has no cluster named %q", k.cluster)}
	if len(clusters) > 0 {
		mistake.Help = "it has " + strings.Join(clusters, ", ")
	}
	return nil, mistake
}

// load has kind hand an archive to all nodes of the cluster.
func (k *kind) load(ctx context.Context, archive string) error {
	_, err := k.run(ctx, "load", "image-archive", archive, "--name", k.cluster)
	return err
}

func (k *kind) run(ctx context.Context, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, k.program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("running kind %s: %w: %s", strings.Join(args[:2], " "), err, safetext.Short(strings.Join(strings.Fields(stderr.String()), " ")))
	}
	return stdout.String(), nil
}

// openKind has the output written to a file that kind reads afterwards.
func (o *output) openKind(ctx context.Context, env Env) (err error) {
	if o.kind, err = findKind(ctx, env, o.load); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "modship-load-")
	if err != nil {
		return fmt.Errorf("making a folder for the image: %w", err)
	}
	o.temporary = dir
	o.Type = client.ExporterOCI
	file := filepath.Join(dir, "image.tar")
	o.Output = func(map[string]string) (io.WriteCloser, error) { return os.Create(file) }
	o.finish = func(ctx context.Context) error { return o.kind.load(ctx, file) }
	return nil
}
