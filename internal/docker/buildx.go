package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
)

// buildxDir is the folder of buildx's configuration, or "".
func (s Settings) buildxDir() string {
	if dir := s.getenv("BUILDX_CONFIG"); dir != "" {
		return dir
	}
	if dir := s.dir(); dir != "" {
		return filepath.Join(dir, "buildx")
	}
	return ""
}

// instance is what buildx writes down of a builder. Its own package that reads this makes folders, and forgets what it finds broken.
type instance struct {
	Name, Driver string
	Nodes        []struct {
		Name, Endpoint string
		DriverOpts     map[string]string
	}
}

// instance reads a builder of buildx; the error is [fs.ErrNotExist] if there is none of that name.
func (s Settings) instance(name string) (Builder, error) {
	dir := s.buildxDir()
	if dir == "" || name == "" || strings.ContainsAny(name, `/\`) || !filepath.IsLocal(name) {
		return Builder{}, fs.ErrNotExist
	}
	data, err := os.ReadFile(filepath.Join(dir, "instances", strings.ToLower(name)))
	if err != nil {
		return Builder{}, fmt.Errorf("reading a builder of buildx: %w", err)
	}
	var i instance
	if err := json.Unmarshal(data, &i); err != nil {
		return Builder{}, fmt.Errorf("reading the builder %q of buildx: %w", name, err)
	}
	b := Builder{Name: i.Name, Driver: i.Driver}
	for _, n := range i.Nodes {
		b.Endpoints = append(b.Endpoints, n.Endpoint)
		if i.Driver == "remote" && isTCP(n.Endpoint) && n.DriverOpts["cacert"] == "" {
			b.open = append(b.open, n.Endpoint)
		}
	}
	if b.Driver == DriverDocker && len(i.Nodes) > 0 {
		if b.Context, err = s.context(i.Nodes[0].Endpoint); err != nil {
			return Builder{}, err
		}
	}
	return b, nil
}

// instances are the names of all builders of buildx.
func (s Settings) instances() []string {
	var names []string
	if dir := s.buildxDir(); dir != "" {
		files, _ := os.ReadDir(filepath.Join(dir, "instances")) // without a folder there are none
		for _, f := range files {
			names = append(names, f.Name())
		}
	}
	return names
}

// chosen is the name of the builder that somebody has told buildx to use with a context (docker buildx use), or "": one for all
// contexts, else the last one of this context, else the default one of this context.
func (s Settings) chosen(c *Context) (string, error) {
	dir := s.buildxDir()
	if dir == "" {
		return "", nil
	}
	key := c.Name
	if key == DefaultContext {
		key = c.Host
	}
	var last struct {
		Key, Name string
		Global    bool
	}
	data, err := os.ReadFile(filepath.Join(dir, "current"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", fmt.Errorf("reading the current builder of buildx: %w", err)
	default:
		if err := json.Unmarshal(data, &last); err != nil {
			return "", fmt.Errorf("reading the current builder of buildx: %w", err)
		}
	}
	if last.Name != "" && (last.Global && exists(filepath.Join(dir, "instances", last.Name)) || last.Key == key) {
		return last.Name, nil
	}
	name, err := os.ReadFile(filepath.Join(dir, "defaults", digest.FromString(key).Encoded()[:20]))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the default builder of buildx: %w", err)
	}
	return string(name), nil
}
