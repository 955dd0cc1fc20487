// Package docker knows the BuildKits that a user has set up for Docker: the builders of buildx, and the BuildKit of the Docker daemon
// that each context of the docker command leads to. It says which of them is meant, and connects to it.
//
// [Settings.Named] takes the user's word for a builder. [Settings.Current] gives what docker and buildx would use if nobody says
// anything, the most likely first; whether somebody listens there, only connecting tells. Files of docker and of buildx are read and
// never written. A builder is connected to as its driver asks for: that of the driver docker is the Docker daemon itself, with which the
// package speaks through docker's own client library over a unix socket, TCP, TLS or ssh. To all others buildx connects
// (docker buildx dial-stdio), which also starts them.
package docker

import (
	"cmp"
	"os"
	"path/filepath"
)

// Settings are where a user's settings for Docker are.
type Settings struct {
	// Getenv reads the environment: DOCKER_CONFIG, DOCKER_CONTEXT, DOCKER_HOST, DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH,
	// BUILDX_CONFIG, XDG_RUNTIME_DIR, HOME and PATH. Nil is an empty environment.
	Getenv func(string) string
}

func (s Settings) getenv(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

// home is "" for somebody who has none.
func (s Settings) home() string {
	if s.Getenv == nil {
		return ""
	}
	home, _ := os.UserHomeDir() // Windows has another variable for it
	return cmp.Or(s.getenv("HOME"), home)
}

// dir is the folder of docker's configuration, or "".
func (s Settings) dir() string {
	if dir := s.getenv("DOCKER_CONFIG"); dir != "" {
		return dir
	}
	if home := s.home(); home != "" {
		return filepath.Join(home, ".docker")
	}
	return ""
}

// DriverDocker is the driver of builders that are the BuildKit of a Docker daemon.
const DriverDocker = "docker"

// Builder is a BuildKit that somebody has set up.
type Builder struct {
	// Name is that of the builder of buildx, or of the context of docker.
	Name string
	// Driver is that of buildx: docker, docker-container, kubernetes, remote or cloud.
	Driver string
	// Endpoints are the contexts or addresses of its nodes.
	Endpoints []string
	// Context is where the Docker daemon is, for the driver docker, and nil for others.
	Context *Context
	// open are the endpoints to which nothing is encrypted, wherever they are.
	open []string
}

// Plain gives the addresses, if any, that buildx or docker speak with over TCP without encrypting it.
func (b Builder) Plain() []string { return b.open }

// Choice is a builder, and why it is the one.
type Choice struct {
	Builder
	Why string
}
