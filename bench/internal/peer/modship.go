//go:build linux

package peer

import (
	"fmt"

	"github.com/modship-build/modship/bench/internal/lab"
)

// modshipSyntax is buildx with a frontend image.
func modshipSyntax() Peer {
	return Peer{
		Name: "modship-syntax", BuildKit: true, Pushes: true, Prepare: writeConfig,
		Commands: func(s Site, o Order) []lab.Command { return []lab.Command{s.buildx(o, target(o)...)} },
	}
}

// modshipClient is the command line without a frontend image.
func modshipClient() Peer {
	return Peer{
		Name: "modship-client", BuildKit: true, Pushes: true, Prepare: writeConfig,
		Commands: func(s Site, o Order) []lab.Command {
			args := []string{s.Lab.Modship, "build", "--addr", s.Daemon.Addr(), "--progress", "plain"}
			args = append(append(append(args, common(o)...), target(o)...), s.Tree.Dir)
			return []lab.Command{{Args: args, Env: s.Daemon.Env(), Dir: s.Lab.Home}}
		},
	}
}

func writeConfig(s Site) error {
	// Like CGO_ENABLED=0 of the other peers: telegraf has packages that would take C.
	config := fmt.Sprintf("# syntax=%s\nmain: %s\ncgo: {enabled: off}\n", s.Lab.Frontend, s.Subject.Main)
	if s.Subject.Second != "" {
		config += "targets: {second: {main: " + s.Subject.Second + "}}\n"
	}
	return s.Tree.Write("Dockerfile", config)
}

func target(o Order) []string {
	if o.Second {
		return []string{"--target", "second"}
	}
	return nil
}
