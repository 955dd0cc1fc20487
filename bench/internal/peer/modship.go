//go:build linux

package peer

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/subject"
)

// modshipSyntax is buildx with a frontend image.
func modshipSyntax() Peer {
	return Peer{
		Name: "modship-syntax", BuildKit: true, Pushes: true, Own: true, Many: true,
		Prepare: func(s Site) error { return errors.Join(writeConfig(s), writeBake(s)) },
		Commands: func(s Site, o Order) []lab.Command {
			attrs, more := ",compression=zstd", own(o)
			if o.Gzip {
				attrs = ""
			}
			if o.Next {
				more = append(more, "--build-arg", "BUILDKIT_SYNTAX="+s.Lab.NextFrontend)
			}
			return []lab.Command{s.buildx(o, attrs, more...)}
		},
	}
}

// modshipClient is the command line without a frontend image.
func modshipClient() Peer {
	return Peer{
		Name: "modship-client", BuildKit: true, Pushes: true, Own: true, Prepare: writeConfig,
		Commands: func(s Site, o Order) []lab.Command {
			program, compression := s.Lab.Modship, "auto"
			if o.Next {
				program = s.Lab.NextModship
			}
			if o.Gzip {
				compression = "gzip"
			}
			args := []string{program, "build", "--addr", s.Daemon.Addr(), "--progress", "plain", "--push", "--compression", compression}
			args = append(append(append(args, common(o)...), own(o)...), s.Tree.Dir)
			return []lab.Command{{Args: args, Env: s.Daemon.Env(), Dir: s.Lab.Home}}
		},
	}
}

func writeConfig(s Site) error {
	var b strings.Builder
	// Without C like CGO_ENABLED=0 of the other peers: telegraf has packages that would take it.
	fmt.Fprintf(&b, "# syntax=%s\nmain: %s\ncgo: %s\n", s.Lab.Frontend, s.Subject.Main, cmp.Or(s.Subject.C, "{enabled: off}"))
	if more := s.Subject.Targets()[1:]; len(more) > 0 {
		b.WriteString("targets:\n")
		for _, target := range more {
			fmt.Fprintf(&b, "  %s: {main: %s}\n", target.Name, target.Main)
		}
	}
	return s.Tree.Write("Dockerfile", b.String())
}

// own are the flags for one target that only modship understands.
func own(o Order) []string {
	var flags []string
	switch target := o.Targets[0]; {
	case o.SeedTo != "":
		flags = append(flags, "--target", "compile-cache")
	case target != subject.First:
		flags = append(flags, "--target", target)
	}
	if o.SeedFrom != "" {
		flags = append(flags, "--build-context", "modship-seed=docker-image://"+o.SeedFrom)
	}
	return flags
}
