package llb

import (
	"path"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/request"
)

// download makes the vertex of a step that downloads modules or Go.
func (b *Builder) download(name string, s step, settings goenv.Settings) *vertex {
	s.Root = b.roomForCA()
	s = s.withNetwork()
	s.Secrets = append(s.Secrets, request.IDNetrc)
	s.Env = settings.Env()
	return b.run(name, s)
}

// withNetwork lets a step reach servers that a certificate of the ca secret vouches for.
func (s step) withNetwork() step {
	s.Network, s.Secrets = true, []string{request.IDCA}
	return s
}

// roomForCA is the root of a step that downloads. It has nothing but the file in which the proxy network of BuildKit leaves its
// certificate, see [request.NetworkCA].
func (b *Builder) roomForCA() Tree {
	return b.file("make room for the network's certificate",
		action{Verb: makesDir, To: path.Dir(request.NetworkCA), Mode: 0o755, Parents: true},
		action{Verb: makesFile, To: request.NetworkCA, Mode: 0o644})
}
