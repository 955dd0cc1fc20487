package docker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config"
	dockercontext "github.com/docker/cli/cli/context"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/moby/moby/client"
)

// DefaultContext is the context that is no file: what the environment says, or the usual socket.
const DefaultContext = "default"

// Context is a place where a Docker daemon is.
type Context struct {
	Name string
	// Host is its address: unix://, npipe://, tcp:// or ssh://.
	Host string
	// TLS tells whether the connection is encrypted and the daemon has to prove who it is.
	TLS bool

	endpoint docker.Endpoint
}

// metadata is what a stored context says of itself, of which nothing counts here.
type metadata struct{ Description string }

func (s Settings) contextStore() *store.ContextStore {
	return store.New(filepath.Join(s.dir(), "contexts"), store.NewConfig(
		func() any { return &metadata{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} }),
	))
}

// currentContext is the name of the context that docker would use, and who says so.
func (s Settings) currentContext() (name, why string, err error) {
	if s.getenv("DOCKER_HOST") != "" {
		return DefaultContext, "DOCKER_HOST names it", nil
	}
	if name := s.getenv("DOCKER_CONTEXT"); name != "" {
		return name, "DOCKER_CONTEXT names it", nil
	}
	if s.dir() != "" {
		file, err := config.Load(s.dir())
		if err != nil {
			return "", "", fmt.Errorf("reading docker's configuration: %w", err)
		}
		if file.CurrentContext != "" {
			return file.CurrentContext, "the current context of docker", nil
		}
	}
	return DefaultContext, "the usual address of Docker", nil
}

// context finds a context by its name. The error is [errNoContext] if there is none of that name.
func (s Settings) context(name string) (*Context, error) {
	if name == DefaultContext {
		return s.defaultContext()
	}
	stored := s.contextStore()
	meta, err := stored.GetMetadata(name)
	if err != nil {
		if _, statErr := os.Stat(stored.GetStorageInfo(name).MetadataPath); statErr == nil {
			return nil, fmt.Errorf("reading the context %q of docker: %w", name, err)
		}
		return nil, fmt.Errorf("%w %q", errNoContext, name)
	}
	where, err := docker.EndpointFromContext(meta)
	if err != nil {
		return nil, fmt.Errorf("reading the context %q of docker: %w", name, err)
	}
	endpoint, err := docker.WithTLSData(stored, name, where)
	if err != nil {
		return nil, fmt.Errorf("reading the context %q of docker: %w", name, err)
	}
	return newContext(name, endpoint), nil
}

var errNoContext = errors.New("docker has no context")

func newContext(name string, endpoint docker.Endpoint) *Context {
	return &Context{Name: name, Host: endpoint.Host, TLS: endpoint.TLSData != nil && !endpoint.SkipTLSVerify, endpoint: endpoint}
}

// defaultContext is what the environment says, as docker reads it.
func (s Settings) defaultContext() (*Context, error) {
	host := s.getenv("DOCKER_HOST")
	if host == "" {
		host = client.DefaultDockerHost
	}
	endpoint := docker.Endpoint{EndpointMeta: docker.EndpointMeta{Host: host}}
	verify := s.getenv("DOCKER_TLS_VERIFY") != ""
	if verify || s.getenv("DOCKER_TLS") != "" {
		endpoint.SkipTLSVerify = !verify
		dir := s.getenv("DOCKER_CERT_PATH")
		if dir == "" {
			dir = s.dir()
		}
		var files [3]string
		for i, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
			// A daemon need not ask who the client is. Without its authority there is nothing to verify it by.
			if file := filepath.Join(dir, name); exists(file) || i == 0 && verify {
				files[i] = file
			}
		}
		var err error
		if endpoint.TLSData, err = dockercontext.TLSDataFromFiles(files[0], files[1], files[2]); err != nil {
			return nil, fmt.Errorf("reading the certificates for DOCKER_HOST: %w", err)
		}
	}
	return newContext(DefaultContext, endpoint), nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// contextNames are the names of all contexts, the default one first.
func (s Settings) contextNames() []string {
	names := []string{DefaultContext}
	if s.dir() == "" {
		return names
	}
	stored, err := store.Names(s.contextStore())
	if err != nil {
		return names // which one of them is broken, docker says
	}
	return append(names, stored...)
}
