// Package goenv holds Go's module settings as typed data: where modules come from and how they are verified
// (https://go.dev/ref/mod#environment-variables).
//
// It reads no environment and no clock: callers parse what the user wrote into [Settings], fill the gaps from [Defaults],
// call [Settings.Validate] once, and hand [Settings.Env] to a step that runs the go command. The meaning of every value is
// cmd/go's, with these exceptions, all of them refused by Validate: user names, passwords and query strings in a URL (they
// would end in cache keys and provenance), plain http except to loopback and to the hosts in Insecure, and file: proxies, which
// name a disk that a build step does not see. GOINSECURE, which is of module paths and takes the sums away, has no place here at all.
//
// No error of this package repeats the user name, password or query of a URL.
package goenv

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Settings is where modules come from and how they are verified. The zero value knows no proxy and no checksum database.
type Settings struct {
	// Proxy is GOPROXY: a list of URLs, "direct" and "off", separated by "," or "|".
	Proxy string `json:"proxy,omitzero"`
	// SumDB is GOSUMDB: a name, a name with key, both with a URL, or "off".
	SumDB string `json:"sumdb,omitzero"`
	// NoSumDB is GONOSUMDB, one pattern each; empty means Private.
	NoSumDB []string `json:"noSumdb,omitempty"`
	// NoProxy is GONOPROXY, one pattern each; empty means Private.
	NoProxy []string `json:"noProxy,omitempty"`
	// Private is GOPRIVATE, one pattern each.
	Private []string `json:"private,omitempty"`
	// Insecure are hosts, with or without a port, that are asked by plain http where a URL says so.
	Insecure []string `json:"insecure,omitempty"`
	// Rewrite has prefixes of URLs of repositories and what takes their place.
	Rewrite map[string]string `json:"rewrite,omitempty"`
	// TokenHost is the one host that gets credentials for git which name no host; "" is none.
	TokenHost string `json:"tokenHost,omitempty"`
}

// Variables that carry to a step what the go command does not know.
const (
	insecureVar  = "MODSHIP_INSECURE"
	rewriteVar   = "MODSHIP_REWRITE" // pairs, with a space between the two and between pairs: URLs have none
	tokenHostVar = "MODSHIP_TOKEN_HOST"
)

// Env returns the settings as KEY=VALUE, sorted by key. The five keys of the go command are always there, so that nothing a caller
// puts in front of them can show through; it takes an empty value as an unset one.
func (s Settings) Env() []string {
	env := []string{
		"GONOPROXY=" + strings.Join(s.NoProxy, ","),
		"GONOSUMDB=" + strings.Join(s.NoSumDB, ","),
		"GOPRIVATE=" + strings.Join(s.Private, ","),
		"GOPROXY=" + s.Proxy,
		"GOSUMDB=" + s.SumDB,
	}
	if len(s.Insecure) > 0 {
		env = append(env, insecureVar+"="+strings.Join(s.Insecure, ","))
	}
	if len(s.Rewrite) > 0 {
		var pairs []string
		for _, from := range slices.Sorted(maps.Keys(s.Rewrite)) {
			pairs = append(pairs, from, s.Rewrite[from])
		}
		env = append(env, rewriteVar+"="+strings.Join(pairs, " "))
	}
	if s.TokenHost != "" {
		env = append(env, tokenHostVar+"="+s.TokenHost)
	}
	return env
}

// Or returns s with every empty field taken from d.
func (s Settings) Or(d Settings) Settings {
	if s.Proxy == "" {
		s.Proxy = d.Proxy
	}
	if s.SumDB == "" {
		s.SumDB = d.SumDB
	}
	s.NoSumDB = orPatterns(s.NoSumDB, d.NoSumDB)
	s.NoProxy = orPatterns(s.NoProxy, d.NoProxy)
	s.Private = orPatterns(s.Private, d.Private)
	s.Insecure = orPatterns(s.Insecure, d.Insecure)
	if len(s.Rewrite) == 0 {
		s.Rewrite = maps.Clone(d.Rewrite)
	}
	s.TokenHost = cmp.Or(s.TokenHost, d.TokenHost)
	return s
}

// SkipsProxy reports whether the module is fetched from its origin and never from a proxy: it matches GONOPROXY, or
// GOPRIVATE where GONOPROXY is empty.
func (s Settings) SkipsProxy(modulePath string) bool {
	return matchAny(orPatterns(s.NoProxy, s.Private), modulePath)
}

// MayBeDirect reports whether the module may be fetched from its origin: because it is one that no proxy is asked for, or because the list
// of proxies ends there.
func (s Settings) MayBeDirect(modulePath string) bool {
	if s.SkipsProxy(modulePath) {
		return true
	}
	proxies, err := ParseProxies(s.Proxy)
	return err == nil && slices.ContainsFunc(proxies, func(p Proxy) bool { return p.Kind == KindDirect })
}

// OnlyHost is the host of all modules that no proxy is asked for, or "" if there are several, or if a pattern stands for several.
func (s Settings) OnlyHost() string {
	only := ""
	for _, pattern := range orPatterns(s.NoProxy, s.Private) {
		host, _, _ := strings.Cut(pattern, "/")
		if strings.ContainsAny(host, "*?[\\") || !strings.Contains(host, ".") || only != "" && host != only {
			return ""
		}
		only = host
	}
	return only
}

// orPatterns returns a copy of the first list that is not empty.
func orPatterns(a, b []string) []string {
	if len(a) == 0 {
		a = b
	}
	return slices.Clone(a)
}

func matchAny(patterns []string, modulePath string) bool {
	return module.MatchPrefixPatterns(strings.Join(patterns, ","), modulePath)
}
