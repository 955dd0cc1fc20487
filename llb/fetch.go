package llb

import (
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

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

// forges are hosts that pages of other hosts often name.
var forges = []string{"bitbucket.org", "github.com", "gitlab.com"}

// withRepositories lets a step that fetches modules reach the repositories of those that may not come from a proxy. The IDs of secrets for
// one host name it, so only hosts are served that are known before anybody is asked: others are in the netrc secret.
func (s step) withRepositories(paths []string, settings *goenv.Settings) step {
	direct := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !settings.MayBeDirect(p) })
	if len(direct) == 0 {
		settings.Rewrite, settings.TokenHost = nil, ""
		return s
	}
	hosts := slices.Clone(forges)
	for _, p := range direct {
		if host, _, _ := strings.Cut(p, "/"); settings.SkipsProxy(p) {
			hosts = append(hosts, host)
		}
	}
	for _, to := range slices.Sorted(maps.Values(settings.Rewrite)) {
		if u, err := url.Parse(to); err == nil && u.Scheme == "https" {
			hosts = append(hosts, u.Host)
		}
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	ids := []string{request.IDGitHeader, request.IDGitToken}
	s.Secrets = append(s.Secrets, request.IDKnown)
	for _, id := range ids {
		for _, host := range hosts {
			s.Secrets = append(s.Secrets, id+"."+host)
		}
		if settings.TokenHost != "" {
			s.Secrets = append(s.Secrets, id)
		}
	}
	s.SSH = true
	return s
}

// withNetwork lets a step reach servers that a certificate of the ca secret vouches for.
func (s step) withNetwork() step {
	s.Network, s.Secrets = true, append(s.Secrets, request.IDCA)
	return s
}

// roomForCA is the root of a step that downloads. It has nothing but the file in which the proxy network of BuildKit leaves its
// certificate, see [request.NetworkCA].
func (b *Builder) roomForCA() Tree {
	return b.file("make room for the network's certificate",
		action{Verb: makesDir, To: path.Dir(request.NetworkCA), Mode: 0o755, Parents: true},
		action{Verb: makesFile, To: request.NetworkCA, Mode: 0o644})
}
