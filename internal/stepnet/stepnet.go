// Package stepnet is the network of build steps on the private BuildKit.
//
// A step there has a network namespace of its own with nothing in it but a loopback interface, on which a [Gateway] listens: a proxy
// for HTTP. So a step sees no interface, no port and no abstract socket of the machine, and what it can reach is what the gateway is
// ready to reach for it: servers elsewhere, and of this machine only what the user who builds has named, never what a repository
// names. The gateway needs neither iptables nor plugins nor devices of the kernel.
//
// Each build has its own address in [Prefix], at which the gateway knows what that build may do, and which HTTP proxy of the user's
// it goes through.
package stepnet

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// Prefix holds the addresses of gateways. Nothing else uses this half of the loopback network.
var Prefix = netip.MustParsePrefix("127.128.0.0/9")

// Port is where gateways listen.
const Port = 3128

// Hostname is the name of the host for each step that has a network. BuildKit keeps the network namespace of a step without one for the
// next step, of whatever build, and the kernel keeps for a minute which address each connection in it went to: that of the gateway, by
// which it knows a build. A step with a name has a namespace that is made for it and removed after it.
const Hostname = "modship"

// Proxy chooses the proxy of a request as [http.ProxyFromEnvironment] does, which asks none for a loopback address. In a step with a
// gateway that address is the step's own, where nobody listens; what the user has named of this machine is behind the gateway.
func Proxy(req *http.Request) (*url.URL, error) {
	return proxyFor(httpproxy.FromEnvironment(), req)
}

func proxyFor(c *httpproxy.Config, req *http.Request) (*url.URL, error) {
	if u, err := url.Parse(c.HTTPProxy); err == nil && c.HTTPProxy == c.HTTPSProxy && isGateway(u.Hostname()) {
		return u, nil
	}
	return c.ProxyFunc()(req.URL)
}

func isGateway(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && Prefix.Contains(addr)
}

// Servers gives host:port of the URLs in a list of module proxies and in the name of a checksum database, for [Settings].
func Servers(goproxy, gosumdb string) []string {
	var all []string
	for _, text := range slices.Concat(strings.FieldsFunc(goproxy, func(r rune) bool { return r == ',' || r == '|' }), strings.Fields(gosumdb)) {
		if !strings.Contains(text, "://") {
			text = "https://" + text // as cmd/go reads it; what is no name of a server does no harm
		}
		if u, err := url.Parse(strings.TrimSpace(text)); err == nil && u.Hostname() != "" {
			all = append(all, hostPort(u))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ProxyOf reads the user's proxies out of variables, in which those in upper case count more, as for the programs of steps.
func ProxyOf(lookup func(name string) string) httpproxy.Config {
	get := func(name string) string {
		if v := lookup(name); v != "" {
			return v
		}
		return lookup(strings.ToLower(name))
	}
	c := httpproxy.Config{HTTPProxy: get("HTTP_PROXY"), HTTPSProxy: get("HTTPS_PROXY"), NoProxy: get("NO_PROXY")}
	for _, p := range []*string{&c.HTTPProxy, &c.HTTPSProxy} {
		if *p == "" {
			*p = get("ALL_PROXY")
		}
	}
	return c
}
