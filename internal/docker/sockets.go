package docker

import (
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/context/docker"
)

// socket is where a program that brings Docker puts its socket. They make a context of docker as well, but it is the current one only if
// the docker command is there to be told, and if nobody has chosen another.
type socket struct{ name, path string }

func (s Settings) sockets() []socket {
	var found []socket
	add := func(name, base string, path ...string) {
		if base != "" {
			found = append(found, socket{name, filepath.Join(append([]string{base}, path...)...)})
		}
	}
	home := s.home()
	add("Docker Desktop", home, ".docker", "run", "docker.sock")
	add("Docker Desktop", home, ".docker", "desktop", "docker.sock")
	add("Docker without root", s.getenv("XDG_RUNTIME_DIR"), "docker.sock")
	add("Colima", home, ".colima", "default", "docker.sock")
	add("Colima", home, ".config", "colima", "default", "docker.sock")
	add("OrbStack", home, ".orbstack", "run", "docker.sock")
	add("Rancher Desktop", home, ".rd", "docker.sock")
	add("Lima", home, ".lima", "docker", "sock", "docker.sock")
	return found
}

// usualSockets are the contexts that nobody has set up and whose socket is there.
func (s Settings) usualSockets() []Choice {
	var choices []Choice
	for _, socket := range s.sockets() {
		if !exists(socket.path) {
			continue
		}
		name := strings.ToLower(strings.ReplaceAll(socket.name, " ", "-"))
		c := newContext(name, docker.Endpoint{EndpointMeta: docker.EndpointMeta{Host: "unix://" + socket.path}})
		choices = append(choices, Choice{c.builder(), "the socket of " + socket.name})
	}
	return choices
}

func isTCP(addr string) bool { return strings.HasPrefix(addr, "tcp://") }

// builder is the BuildKit of the daemon.
func (c *Context) builder() Builder {
	b := Builder{Name: c.Name, Driver: DriverDocker, Endpoints: []string{c.Host}, Context: c}
	if isTCP(c.Host) && c.endpoint.TLSData == nil && !c.endpoint.SkipTLSVerify {
		b.open = []string{c.Host}
	}
	return b
}
