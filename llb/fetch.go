package llb

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
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

// forges are hosts that pages of other hosts often name. Each adds secrets to every step that fetches, so they are not all of package forges.
var forges = []string{"bitbucket.org", "github.com", "gitlab.com"}

// maxHosts bounds the hosts of [Builder.FetchFrom]: pages of servers name them.
const maxHosts = 16

// FetchFrom has steps that fetch modules get what there is for some hosts, from now on: they have been refused there, and nobody knew before
// that they would ask. It tells whether some of the hosts are new.
func (b *Builder) FetchFrom(hosts []string) (changed bool) {
	for _, h := range hosts {
		h = strings.ToLower(h)
		if request.IsHost(h) && len(b.hosts) < maxHosts && !slices.Contains(b.hosts, h) {
			b.hosts, changed = append(b.hosts, h), true
		}
	}
	return changed
}

// repositories are those that a step may fetch modules from; nil are none.
type repositories struct {
	// hosts are those that the step gets what there is for, each with its port if it has one.
	hosts []string
}

// known are the hosts.
func (r *repositories) known() []string {
	if r == nil {
		return nil
	}
	return r.hosts
}

// repositories gives what is known of the repositories of modules that may not come from a proxy. The IDs of secrets for one host name it.
func (b *Builder) repositories(modules []gomod.Pinned, settings goenv.Settings) *repositories {
	var found *repositories
	for _, m := range modules {
		if !settings.MayBeDirect(m.Path) {
			continue
		}
		if found == nil {
			found = &repositories{slices.Clone(b.hosts)}
		}
		if host, _, _ := strings.Cut(m.Path, "/"); settings.SkipsProxy(m.Path) {
			found.hosts = append(found.hosts, host)
		}
	}
	if found == nil {
		return nil
	}
	for _, to := range settings.Rewrite {
		if u, err := url.Parse(to); err == nil && u.Scheme == "https" {
			found.hosts = append(found.hosts, strings.ToLower(u.Host))
		}
	}
	slices.Sort(found.hosts)
	found.hosts = slices.Compact(found.hosts)
	return found
}

// withRepositories lets a step that fetches modules reach repositories. Of the settings, those are left out that are for repositories alone
// where there are none.
func (s step) withRepositories(r *repositories, settings *goenv.Settings) step {
	if r == nil {
		settings.Rewrite, settings.TokenHost = nil, ""
		return s
	}
	s.Secrets = append(s.Secrets, request.IDKnown)
	given := slices.Concat(r.hosts, forges)
	slices.Sort(given)
	given = slices.Compact(given)
	for _, id := range []string{request.IDGitHeader, request.IDGitToken} {
		for _, host := range given {
			s.Secrets = append(s.Secrets, id+"."+host)
		}
		if settings.TokenHost != "" {
			s.Secrets = append(s.Secrets, id)
		}
	}
	for _, host := range r.hosts {
		s.Secrets = append(s.Secrets, request.IDGitClient+"."+host)
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
