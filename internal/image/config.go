// Package image makes what an image says of itself: its configuration, with the labels, and its annotations. It takes the plan,
// the facts of the built program and bytes, never a client. [Keys] is the one table of what is said and where it comes from.
package image

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/plan"
)

// Options are what a configuration depends on beside the plan.
type Options struct {
	// Base is the configuration of the base image, or nil for scratch.
	Base []byte
	// Labels are the user's --label; they win over all others.
	Labels map[string]string
	// Program is what was read from the built program; nil leaves out what only it can tell.
	Program *binary.Facts
	// Recipe says how the image is made again; the zero value says nothing of it.
	Recipe Recipe
}

// Config gives the configuration of the image for one platform as JSON (OCI image-spec v1.1, config.md). The time of the image
// and of its layers is that of the plan's metadata.
func Config(p *plan.Plan, img plan.Image, opts Options) ([]byte, error) {
	image, err := baseConfig(opts.Base)
	if err != nil {
		return nil, err
	}
	image.Platform = img.Target.OCI()
	labels, err := Labels(&p.Analyzed, img, opts)
	if err != nil {
		return nil, err
	}
	image.Created = &p.Metadata.Created
	addHistory(&image.Image, p, img, opts.Base)
	setProcess(&image.Config.ImageConfig, p.Runtime)
	image.Config.Healthcheck = healthcheck(p.Runtime.Healthcheck)
	image.Config.Env = setAll(image.Config.Env, environment(p, img, labels))
	image.Config.Labels = labels
	return json.Marshal(image)
}

// baseConfig keeps of the base what belongs to its layers and what its processes rely on: environment and history. Its
// labels, command, stop signal and health check speak of another program.
func baseConfig(raw []byte) (*dockerspec.DockerOCIImage, error) {
	image := &dockerspec.DockerOCIImage{}
	if raw != nil {
		var base dockerspec.DockerOCIImage
		if err := json.Unmarshal(raw, &base); err != nil {
			return nil, fmt.Errorf("decoding the configuration of the base image: %w", err)
		}
		image.RootFS = base.RootFS
		image.History = base.History
		image.Config.Env = base.Config.Env
	}
	image.RootFS.Type = "layers"
	if image.RootFS.DiffIDs == nil {
		image.RootFS.DiffIDs = []digest.Digest{} // a null is no valid configuration; the exporter fills the list
	}
	if !slices.ContainsFunc(image.Config.Env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=") }) {
		image.Config.Env = append([]string{"PATH=" + defaults.Path}, image.Config.Env...)
	}
	return image, nil
}

// setProcess says how the program is run.
func setProcess(c *ocispecs.ImageConfig, r plan.Runtime) {
	c.User = fmt.Sprintf("%d:%d", r.UID, r.GID)
	c.Entrypoint = r.Entrypoint
	c.Cmd = r.Cmd
	c.WorkingDir = path.Clean(cmp.Or(r.Workdir, defaults.Workdir))
	if r.StopSignal != "" {
		c.StopSignal = r.StopSignal
	}
	c.ExposedPorts = set(r.Ports)
	c.Volumes = set(r.Volumes)
}

// healthcheck is what Docker reads (docker-image-spec v1.3); nil is none. The OCI format has no place for it.
func healthcheck(h config.Healthcheck) *dockerspec.HealthcheckConfig {
	if len(h.Words()) == 0 {
		return nil
	}
	return &dockerspec.HealthcheckConfig{
		Test:     append([]string{"CMD"}, h.Words()...),
		Interval: h.Duration(h.Interval), Timeout: h.Duration(h.Timeout),
		StartPeriod: h.Duration(h.StartPeriod), StartInterval: h.Duration(h.StartInterval), Retries: h.Count(),
	}
}

// environment gives the variables of the plan with their facts in; one of which unknown facts leave nothing is left out.
func environment(p *plan.Plan, img plan.Image, labels map[string]string) map[string]string {
	known, env := p.Known(img), map[string]string{}
	for name, template := range p.Runtime.Env {
		if value, ok := template.Fill(known); ok {
			env[name] = value
		}
	}
	if p.Runtime.OTel {
		maps.Copy(env, otelEnv(labels, p.Main.Name))
	}
	return env
}

func setAll(env []string, values map[string]string) []string {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		env = setEnv(env, name, values[name])
	}
	return env
}

// setEnv replaces a variable in place, or adds it.
func setEnv(env []string, name, value string) []string {
	kv := name + "=" + value
	for i, have := range env {
		if strings.HasPrefix(have, name+"=") {
			env[i] = kv
			return env
		}
	}
	return append(env, kv)
}

func set(list []string) map[string]struct{} {
	if len(list) == 0 {
		return nil
	}
	m := make(map[string]struct{}, len(list))
	for _, v := range list {
		m[v] = struct{}{}
	}
	return m
}
